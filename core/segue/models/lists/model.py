"""What a learner over evidence keeps: the catalogue, the lists, the content model, its rankers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from segue.models.data import Floats, Indices, Rows
from segue.models.evidence import Pieces, from_query
from segue.models.lists.catalogue import Catalogue
from segue.models.lists.content import ContentModel, fit_content
from segue.models.lists.lists import TrainingLists
from segue.models.lists.ranker import Ranker
from segue.models.lists.signals import signals
from segue.models.scorer import Json, Query
from segue.models.vocabulary import Vocabulary


def lists_of(catalogue: Catalogue, lists: Sequence[Indices]) -> TrainingLists:
    """Training lists with a content model fitted on them."""
    return TrainingLists(catalogue, lists, fit_content(catalogue.content, lists))


@dataclass(frozen=True, slots=True, eq=False)
class EvidenceModel:
    """Fitted rankers by name over one set of training lists."""

    lists: TrainingLists
    rankers: Mapping[str, Ranker]

    def score(self, ranker: str, query: Indices, rows: Rows | None = None) -> Floats:
        """Scores of all tracks, or of `rows`, for a query of at least one track.

        Where that ranker was not learned, the first that was answers.
        """
        chosen = self.rankers.get(ranker) or next(iter(self.rankers.values()))
        return chosen.score(signals(self.lists, query, rows))

    def prior(self) -> Floats:
        """The answer to an empty query: how many lists hold a track, scaled to 0..1."""
        count = np.log1p(self.lists.track_count)
        return (count / max(float(count.max(initial=0.0)), 1e-9)).astype(np.float32)

    def tensors(self) -> dict[str, NDArray[np.generic]]:
        """Every array by name."""
        model = self.lists.model
        out: dict[str, NDArray[np.generic]] = dict(self.lists.catalogue.tensors())
        out["lists.tracks"] = self.lists.entry_track
        out["lists.sizes"] = self.lists.sizes.astype(np.int32)
        out["content.mean"], out["content.basis"] = model.mean, model.basis
        out["content.between"] = model.between
        for name, ranker in self.rankers.items():
            out |= ranker.tensors(name)
        return out

    def config(self) -> dict[str, Json]:
        """The signals of each ranker, in order."""
        return {"rankers": {name: list(ranker.names) for name, ranker in self.rankers.items()}}

    @classmethod
    def restored(
        cls, tensors: Mapping[str, NDArray[np.generic]], config: Mapping[str, Json]
    ) -> EvidenceModel:
        """The inverse of `tensors` and `config`. Raises ValueError where they do not fit."""
        named = config.get("rankers")
        if not isinstance(named, dict):
            raise ValueError("the card names no rankers")
        content = ContentModel(
            *(
                tensors[f"content.{part}"].astype(np.float64)
                for part in ("mean", "basis", "between")
            )
        )
        ends = np.cumsum(tensors["lists.sizes"])[:-1]
        lists = np.split(tensors["lists.tracks"].astype(np.int32), ends)
        rankers = {
            str(name): Ranker.restored([str(signal) for signal in signals_], tensors, str(name))
            for name, signals_ in named.items()
            if isinstance(signals_, list)
        }
        return cls(TrainingLists(Catalogue.restored(tensors), lists, content), rankers)


@dataclass(frozen=True, slots=True, eq=False)
class EvidenceScorer:
    """What the scorers over evidence share; each says by itself how it asks. See `Scorer`."""

    vocabulary: Vocabulary
    model: EvidenceModel

    @property
    def notes(self) -> tuple[str, ...]:
        """Nothing to note."""
        return ()

    def score(self, query: Query) -> Floats:
        """(n_tracks,) float32; see `Scorer`."""
        raise NotImplementedError

    def evidence(self, query: Query, tracks: Indices) -> tuple[Pieces, ...]:
        """The query's tracks that pulled each of `tracks` in."""
        return from_query(self.score, query, tracks)

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
