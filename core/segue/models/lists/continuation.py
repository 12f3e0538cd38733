"""The fitted continuation: how well each track continues a list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from segue.models.data import Floats, Indices
from segue.models.lists.episodes import without_repeats
from segue.models.lists.model import EvidenceModel
from segue.models.lists.training_rounds import LIBRARY
from segue.models.scorer import Json, Query
from segue.models.vocabulary import Vocabulary

NAME = "continuation"


@dataclass(frozen=True, slots=True, eq=False)
class ContinuationScorer:
    """Scores every track as a continuation of the query's playlist, seeds first."""

    vocabulary: Vocabulary
    model: EvidenceModel

    @property
    def name(self) -> str:
        """`continuation`."""
        return NAME

    @property
    def notes(self) -> tuple[str, ...]:
        """Nothing to note."""
        return ()

    def score(self, query: Query) -> Floats:
        """(n_tracks,) float32. An empty query gets the lists' popularity."""
        return self.score_rows(np.concatenate([query.seeds, query.playlist]), LIBRARY)

    def score_rows(self, playlist: Indices, setting: str) -> Floats:
        """The same for a playlist in order, under a setting of `segue.models.lists.training_rounds`."""
        rows = without_repeats(playlist.astype(np.int32))
        if rows.size == 0:
            return self.model.prior()
        return self.model.score(setting, rows)

    def tensors(self) -> dict[str, NDArray[np.generic]]:
        """Every array by name."""
        return self.model.tensors()

    def config(self) -> dict[str, Json]:
        """Every plain value."""
        return self.model.config()

    @classmethod
    def restored(
        cls,
        vocabulary: Vocabulary,
        tensors: Mapping[str, NDArray[np.generic]],
        config: Mapping[str, Json],
    ) -> Self:
        """The inverse of `tensors` and `config`."""
        return cls(vocabulary, EvidenceModel.restored(tensors, config))
