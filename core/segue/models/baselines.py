"""The simple scorers that learners are measured beside, and the comparison with them.

Where a learner does no better than its baseline, that baseline is saved in its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self, cast, get_args

import numpy as np
from numpy.typing import NDArray

from segue.errors import NotEnoughDataError
from segue.models.data import (
    NO_INDICES,
    Floats,
    Indices,
    Reals,
    TrackTable,
    TrainingData,
    Vocabulary,
)
from segue.models.learners import LEARNERS
from segue.models.scorer import (
    Evidence,
    Json,
    Pieces,
    Query,
    from_query,
    standings,
    weighed,
)
from segue.music.features import ABSTRACT

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Asked = Literal["seeds", "list", "nothing"]
"""Whose artists count: the mean over seeds, the sum over seeds and list, or nobody's."""

_PARTS_OF_CSR = ("data", "indices", "indptr")
LATEST = 3
"""How many last tracks of the playlist stand in for missing seeds."""


def seeds_of(query: Query) -> Indices:
    """The seeds of a query, else the last tracks of its playlist."""
    return query.seeds if query.seeds.size else query.playlist[-LATEST:]


@dataclass(frozen=True, slots=True, eq=False)
class BaselineScorer:
    """How many tracks of a query a track's artist made, plus a number of the track's own.

    `artist` (n,) are group numbers, −1 unknown; `prior` (n,). Where it is known how `alike` artists
    are (n_artists, n_artists), that of the query's to the track's, times the prior. Where tracks
    have `vectors` (n, k), NaN unknown, their nearness to the query's is added: the mean of 1 / (1 +
    distance), and of an unknown one the mean of the others'. `label` says in words what it goes
    by. Raises NotEnoughDataError where it would say the same of every track.
    """

    vocabulary: Vocabulary
    name: str
    label: str
    artist: Indices
    prior: Floats
    asked: Asked = "nothing"
    notes: tuple[str, ...] = ()
    alike: csr_array | None = None
    vectors: Floats | None = None

    def __post_init__(self) -> None:
        idle = self.asked == "nothing" and self.vectors is None
        if idle and np.unique(self.prior).size < 2:
            raise NotEnoughDataError(f"{self.name}: {self.label} says the same of every track")

    def score(self, query: Query) -> Floats:
        """(n_tracks,) float32. An empty query gets the prior."""
        rows = seeds_of(query)
        if self.asked == "list":
            rows = np.unique(np.concatenate([query.seeds, query.playlist]))
        matches = np.zeros(len(self.prior))
        if self.asked != "nothing":
            matches = self._matches(rows) / (max(rows.size, 1) if self.asked == "seeds" else 1)
        if self.alike is not None and rows.size:
            return np.asarray(matches * self.prior, dtype=np.float32)
        return np.asarray(matches + self._nearness(rows) + self.prior, dtype=np.float32)

    def evidence(self, query: Query, tracks: Indices) -> tuple[Pieces, ...]:
        """The query's tracks by the same artist; where nobody is asked, what it goes by."""
        if self.asked != "nothing" or self.vectors is not None:
            return from_query(self.score, query, tracks)
        above = standings(self.prior)[tracks]
        return weighed([Evidence("feature", 0.0, name=self.label)], above[None])

    def _matches(self, rows: NDArray[np.integer]) -> NDArray[np.float64]:
        artists = self.artist[rows]
        counts = np.bincount(artists[artists >= 0], minlength=int(self.artist.max(initial=-1)) + 2)
        if self.alike is not None:
            counts = np.asarray(counts[:-1] @ self.alike)
        return np.where(self.artist >= 0, counts[self.artist], 0).astype(np.float64)

    def _nearness(self, rows: NDArray[np.integer]) -> Reals:
        if self.vectors is None:
            return np.zeros(1)
        known = np.asarray(np.isfinite(self.vectors).all(axis=1))
        rows = rows[known[rows]]
        if not rows.size:
            return np.zeros(1)
        vectors = self.vectors[known]
        total = np.zeros(len(vectors))
        for row in rows:
            gaps = vectors - self.vectors[row]
            total += 1 / (1 + np.sqrt(np.einsum("ij,ij->i", gaps, gaps)))
        near = total / rows.size
        found = np.full(known.size, near.mean())
        found[known] = near
        return found

    def tensors(self) -> dict[str, NDArray[np.generic]]:
        """Every array by name."""
        parts = {} if self.alike is None else {p: getattr(self.alike, p) for p in _PARTS_OF_CSR}
        parts |= {} if self.vectors is None else {"vectors": self.vectors}
        return {"artist": self.artist, "prior": self.prior, **parts}

    def config(self) -> dict[str, Json]:
        """Every plain value; `baseline` tells it from a learner's own scorer."""
        return {
            "baseline": self.label,
            "name": self.name,
            "asked": self.asked,
            "notes": list(self.notes),
        }

    @classmethod
    def restored(
        cls,
        vocabulary: Vocabulary,
        tensors: Mapping[str, NDArray[np.generic]],
        config: Mapping[str, Json],
    ) -> Self:
        """The inverse of `tensors` and `config`. Raises ValueError where they do not fit."""
        notes, asked = config["notes"], config["asked"]
        if not isinstance(notes, list) or asked not in get_args(Asked):
            raise ValueError("the card does not say which baseline this is")
        alike = None
        if "indptr" in tensors:
            from scipy.sparse import csr_array  # every plan reads this module, and few need it

            indptr, indices = (tensors[p].astype(np.int32) for p in ("indptr", "indices"))
            size = indptr.size - 1
            values = tensors["data"].astype(np.float32)
            alike = csr_array((values, indices, indptr), shape=(size, size))
        return cls(
            vocabulary,
            name=str(config["name"]),
            label=str(config["baseline"]),
            artist=tensors["artist"].astype(np.int32),
            prior=tensors["prior"].astype(np.float32),
            asked=cast(Asked, asked),
            notes=tuple(map(str, notes)),
            alike=alike,
            vectors=tensors["vectors"].astype(np.float32) if "vectors" in tensors else None,
        )


def popularity(data: TrainingData, name: str, why: str) -> BaselineScorer:
    """How many playlists hold a track, for any query, in place of the learner `name`.

    Raises NotEnoughDataError where that tells no track from another.
    """
    lists = [np.unique(rows) for rows in data.playlists if len(rows)]
    rows = np.concatenate([NO_INDICES, *lists])
    return BaselineScorer(
        data.vocabulary,
        name=name,
        label=LEARNERS[name].baseline,
        artist=data.tracks.artist,
        prior=np.bincount(rows, minlength=len(data.vocabulary)).astype(np.float32),
        notes=(stands_in(LEARNERS[name].baseline, name, why),),
    )


def artist_match(
    data: TrainingData, name: str, asked: Asked, prior: Floats, why: str = ""
) -> BaselineScorer:
    """How many of the query's tracks a track shares its artist with, then `prior` (n_tracks,).

    `why` is why it stands in for the learner `name`; empty where it is only measured beside it.
    """
    label = LEARNERS[name].baseline
    return BaselineScorer(
        data.vocabulary,
        name=name,
        label=label,
        artist=data.tracks.artist,
        prior=prior / (1 + prior.max()),
        asked=asked,
        notes=(stands_in(label, name, why),) if why else (),
    )


INPUTS = (
    "tempo",
    "energy",
    "danceability",
    "loudness",
    "valence",
    "acousticness",
    "popularity",
)
"""The seven features, in order; popularity's stand-in is its mean where it is unknown."""

LIMIT = 4.0
"""z-scores are cut here."""


def z_scores(tracks: TrackTable) -> Floats:
    """The seven inputs standardised over the library: (n, 7), 0 where unknown or constant."""
    columns = []
    for name in INPUTS:
        column = (
            getattr(tracks, name)
            if name in ("tempo", "popularity")
            else tracks.abstract[:, ABSTRACT.index(name)]
        )
        known = np.isfinite(column)
        spread = float(column[known].std()) if known.any() else 0.0
        if spread < 1e-6:
            columns.append(np.zeros(column.size))
            continue
        scaled = (column - column[known].mean()) / spread
        columns.append(np.where(known, np.clip(scaled, -LIMIT, LIMIT), 0.0))
    return np.stack(columns, axis=1).astype(np.float32)


def nearest_features(data: TrainingData, name: str, asked: Asked, why: str) -> list[BaselineScorer]:
    """How near a track is by seven features as z-scores; of the same artist first, where asked.

    None where no two tracks differ in them.
    """
    vectors, known = z_scores(data.tracks), np.isfinite(data.tracks.abstract).any(axis=1)
    if known.sum() < 2 or not np.ptp(vectors[known], axis=0).any():
        return []
    vectors[~known] = np.nan
    label = f"{'' if asked == 'nothing' else 'same artist, then '}nearest in seven features"
    notes = (stands_in(label, name, why),) if why else ()
    prior, artist = np.zeros(len(vectors), dtype=np.float32), data.tracks.artist
    return [
        BaselineScorer(data.vocabulary, name, label, artist, prior, asked, notes, None, vectors)
    ]


def stands_in(label: str, name: str, why: str) -> str:
    """The note of a baseline that stands in for a learner."""
    return f"{label} stands in for {name}: {why}"
