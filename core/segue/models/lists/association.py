"""Fitted associations: which tracks go with a seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from segue.evaluation.originals import AssociationNet
from segue.models.data import Floats, Indices
from segue.models.lists.arrays import Reals
from segue.models.lists.model import EvidenceModel
from segue.models.lists.training_rounds import LIBRARY
from segue.models.scorer import Json, Query
from segue.models.vocabulary import Vocabulary

NAME = "association"

LATEST = 3
"""Without seeds, so many last tracks of the playlist stand for them."""


def seeds_of(query: Query) -> Indices:
    """The seeds of a query, else the last tracks of its playlist."""
    return query.seeds if query.seeds.size else query.playlist[-LATEST:]


@dataclass(frozen=True, slots=True, eq=False)
class AssociationScorer:
    """Everything known of tracks and lists, asked one seed at a time."""

    vocabulary: Vocabulary
    model: EvidenceModel

    @property
    def name(self) -> str:
        """`association`."""
        return NAME

    @property
    def notes(self) -> tuple[str, ...]:
        """Nothing to note."""
        return ()

    def score(self, query: Query) -> Floats:
        """(n_tracks,) float32: the mean over seeds. Without seeds, the lists' popularity."""
        seeds = seeds_of(query)
        if seeds.size == 0:
            return self.model.prior()
        rows = [self.score_seed(int(seed), LIBRARY) for seed in seeds]
        return np.asarray(np.mean(rows, axis=0), dtype=np.float32)

    def score_seed(self, seed: int, setting: str) -> Floats:
        """(n_tracks,) for one seed under a setting of `segue.models.lists.training_rounds`."""
        return self.model.score(setting, np.array([seed], dtype=np.int32))

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


@dataclass(frozen=True, slots=True, eq=False)
class SevenFeatureScorer:
    """The small net alone: seven z-scores (n, 7) and how many lists hold each track (n,)."""

    vocabulary: Vocabulary
    net: AssociationNet
    z: Floats
    counts: Floats

    @property
    def name(self) -> str:
        """`association`."""
        return NAME

    @property
    def notes(self) -> tuple[str, ...]:
        """Says what it goes by."""
        return ("goes by seven audio features only",)

    def score(self, query: Query) -> Floats:
        """(n_tracks,) float32: the mean activation over seeds."""
        seeds = seeds_of(query)
        if seeds.size == 0:
            return np.log1p(self.counts).astype(np.float32)
        return np.asarray(self.score_seeds(seeds).mean(axis=0), dtype=np.float32)

    def score_seeds(self, seeds: Indices) -> Reals:
        """Activations of all tracks: (n_seeds, n_tracks)."""
        return self.net.activations(self.z[seeds], self.z, self.counts)

    def tensors(self) -> dict[str, NDArray[np.generic]]:
        """Every array by name."""
        return {**self.net.tensors(), "z": self.z, "counts": self.counts}

    def config(self) -> dict[str, Json]:
        """Every plain value."""
        return {"cross_talk": self.net.cross_talk, "popularity": self.net.popularity}

    @classmethod
    def restored(
        cls,
        vocabulary: Vocabulary,
        tensors: Mapping[str, NDArray[np.generic]],
        config: Mapping[str, Json],
    ) -> Self:
        """The inverse of `tensors` and `config`. Raises ValueError where they do not fit."""
        cross_talk, popularity = config.get("cross_talk"), config.get("popularity")
        if not isinstance(cross_talk, int) or not isinstance(popularity, int | float):
            raise ValueError("the card does not say which net this is")
        net = AssociationNet.restored(tensors, cross_talk, float(popularity))
        z, counts = (tensors[name].astype(np.float32) for name in ("z", "counts"))
        return cls(vocabulary, net, z, counts)
