"""A fitted embedding: what sounds and reads like the seeds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from segue.models.data import Floats, Indices
from segue.models.embedding.neighbours import Clusters, distances
from segue.models.evidence import Pieces, from_query
from segue.models.scorer import Json, Query
from segue.models.vocabulary import Vocabulary

NAME = "embedding"


@dataclass(frozen=True, slots=True, eq=False)
class EmbeddingScorer:
    """`vectors` (n, k) of all tracks, `known` (n,) whether anything is known of a track.

    A track of which nothing is known stands at the mean distance of the others.
    """

    vocabulary: Vocabulary
    vectors: Floats
    known: NDArray[np.bool_]
    clusters: Clusters

    @property
    def name(self) -> str:
        """`embedding`."""
        return NAME

    @property
    def notes(self) -> tuple[str, ...]:
        """How many tracks nothing is known of."""
        unknown = int((~self.known).sum())
        return (f"{unknown} tracks have neither features nor lyrics",) if unknown else ()

    def score(self, query: Query) -> Floats:
        """(n_tracks,) float32 in 0..1: the mean over seeds of 1 / (1 + distance)."""
        seeds = query.seeds if query.seeds.size else query.playlist
        seeds = seeds[self.known[seeds]]
        if seeds.size == 0:
            return np.zeros(len(self.vectors), dtype=np.float32)
        near = (1.0 / (1.0 + distances(self.vectors[seeds], self.vectors))).mean(axis=0)
        near[~self.known] = near[self.known].mean()
        return np.asarray(near, dtype=np.float32)

    def evidence(self, query: Query, tracks: Indices) -> tuple[Pieces, ...]:
        """The seeds that pulled each of `tracks` in."""
        return from_query(self.score, query, tracks)

    def tensors(self) -> dict[str, NDArray[np.generic]]:
        """Every array by name."""
        return {
            "vectors": self.vectors,
            "known": self.known.astype(np.uint8),
            "centres": self.clusters.centres.astype(np.float32),
            "member": self.clusters.member.astype(np.int32),
        }

    def config(self) -> dict[str, Json]:
        """Every plain value."""
        return {"silhouette": self.clusters.silhouette}

    @classmethod
    def restored(
        cls,
        vocabulary: Vocabulary,
        tensors: Mapping[str, NDArray[np.generic]],
        config: Mapping[str, Json],
    ) -> Self:
        """The inverse of `tensors` and `config`."""
        silhouette = config.get("silhouette")
        clusters = Clusters(
            tensors["centres"].astype(np.float32),
            tensors["member"].astype(np.int64),
            float(silhouette) if isinstance(silhouette, int | float) else 0.0,
        )
        vectors = tensors["vectors"].astype(np.float32)
        return cls(vocabulary, vectors, tensors["known"].astype(np.bool_), clusters)
