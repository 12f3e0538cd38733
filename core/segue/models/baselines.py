"""The simple scorers that learners are measured beside, and the comparison with them.

Where a learner does no better than its baseline, that baseline is saved in its place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self, cast, get_args

import numpy as np
from numpy.typing import NDArray

from segue.errors import NotEnoughDataError
from segue.metrics import mean_interval, r_precision
from segue.models.data import NO_INDICES, Floats, Indices, Reals, TrainingData, Vocabulary
from segue.models.learners import LEARNERS
from segue.models.lists.episodes import Episode
from segue.models.scorer import (
    Evidence,
    HeldOut,
    Json,
    Pieces,
    Query,
    from_query,
    standings,
    weighed,
)

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Asked = Literal["seeds", "list", "nothing"]
"""Whose artists count: the mean over seeds, the sum over seeds and list, or nobody's."""

_PARTS_OF_CSR = ("data", "indices", "indptr")
MOST_PAIRS = 5_000_000
"""With more pairs of artists in lists than this, it is not found how they go together."""

LATEST = 3
"""How many last tracks of the playlist stand in for missing seeds."""


def seeds_of(query: Query) -> Indices:
    """The seeds of a query, else the last tracks of its playlist."""
    return query.seeds if query.seeds.size else query.playlist[-LATEST:]


@dataclass(frozen=True, slots=True, eq=False)
class BaselineScorer:
    """How many tracks of a query a track's artist made, plus a number of the track's own.

    `artist` (n,) are group numbers, −1 unknown; `prior` (n,). Where it is known how `alike` artists
    are (n_artists, n_artists), that of the query's to the track's, times the prior. `label` says in
    words what it goes by. Raises NotEnoughDataError where it would say the same of every track.
    """

    vocabulary: Vocabulary
    name: str
    label: str
    artist: Indices
    prior: Floats
    asked: Asked = "nothing"
    notes: tuple[str, ...] = ()
    alike: csr_array | None = None

    def __post_init__(self) -> None:
        if self.asked == "nothing" and np.unique(self.prior).size < 2:
            raise NotEnoughDataError(f"{self.name}: {self.label} says the same of every track")

    def score(self, query: Query) -> Floats:
        """(n_tracks,) float32. An empty query gets the prior."""
        if self.asked == "seeds":
            rows = seeds_of(query)
            matches = self._matches(rows) / max(rows.size, 1)
        elif self.asked == "list":
            rows = np.unique(np.concatenate([query.seeds, query.playlist]))
            matches = self._matches(rows)
            if self.alike is not None and rows.size:
                return np.asarray(matches * self.prior, dtype=np.float32)
        else:
            matches = np.zeros(len(self.prior))
        return np.asarray(matches + self.prior, dtype=np.float32)

    def evidence(self, query: Query, tracks: Indices) -> tuple[Pieces, ...]:
        """The query's tracks by the same artist; where nobody is asked, what it goes by."""
        if self.asked != "nothing":
            return from_query(self.score, query, tracks)
        above = standings(self.prior)[tracks]
        return weighed([Evidence("feature", 0.0, name=self.label)], above[None])

    def _matches(self, rows: NDArray[np.integer]) -> NDArray[np.float64]:
        artists = self.artist[rows]
        counts = np.bincount(artists[artists >= 0], minlength=int(self.artist.max(initial=-1)) + 2)
        if self.alike is not None:
            counts = np.asarray(counts[:-1] @ self.alike)
        return np.where(self.artist >= 0, counts[self.artist], 0).astype(np.float64)

    def tensors(self) -> dict[str, NDArray[np.generic]]:
        """Every array by name."""
        parts = {} if self.alike is None else {p: getattr(self.alike, p) for p in _PARTS_OF_CSR}
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


def artists_together(
    data: TrainingData, name: str, lists: Sequence[Indices], why: str = ""
) -> BaselineScorer | None:
    """How much a track's artist shares lists with those of the query, as the cosine of the lists
    each stands in, times the logarithm of in how many lists the track stands.

    None where no artist is known, or lists hold more than `MOST_PAIRS` pairs of them. Raises
    NotEnoughDataError.
    """
    from scipy.sparse import csr_array, diags_array

    artists = [np.unique(data.tracks.artist[rows]) for rows in lists]
    artists = [found[found >= 0] for found in artists]
    if not 0 < sum(found.size**2 for found in artists) <= MOST_PAIRS:
        return None
    ends = np.cumsum([0, *(found.size for found in artists)])
    columns = np.concatenate([NO_INDICES, *artists])
    shape = (len(lists), int(data.tracks.artist.max(initial=-1)) + 1)
    present = csr_array((np.ones(columns.size, np.float32), columns, ends), shape=shape)
    often = np.sqrt(np.maximum(np.bincount(columns, minlength=shape[1]), 1.0))
    scaled = csr_array(present @ diags_array(1 / often))
    rows = np.concatenate([NO_INDICES, *lists])
    label = "artists that share lists, times popularity"
    return BaselineScorer(
        data.vocabulary,
        name=name,
        label=label,
        artist=data.tracks.artist,
        prior=np.log1p(np.bincount(rows, minlength=len(data.vocabulary))).astype(np.float32),
        asked="list",
        notes=(stands_in(label, name, why),) if why else (),
        alike=csr_array(scaled.T @ scaled).astype(np.float32),
    )


def stands_in(label: str, name: str, why: str) -> str:
    """The note of a baseline that stands in for a learner."""
    return f"{label} stands in for {name}: {why}"


_PARTS = 8
"""Into so many parts for each track wanted the candidates of a ranking are parted at first."""


def best_first(
    scores: Reals, query: Indices, candidates: NDArray[np.bool_], tie: Reals, depth: int
) -> NDArray[np.int64]:
    """The best `depth` candidates outside the query; ties fall by `tie`, never by row."""
    asked = candidates.copy()
    asked[query] = False
    rows = np.flatnonzero(asked)
    values = np.asarray(scores)[rows]
    width = rows.size // max(_PARTS * depth, 1)
    if width > 1:
        # The best of parts are no better than the best of all: few are left to be put in order.
        best = values[: width * _PARTS * depth].reshape(width, -1).max(axis=0)
        kept = values >= np.partition(best, best.size - depth)[best.size - depth]
        rows, values = rows[kept], values[kept]
    if rows.size > depth:
        least = np.partition(values, rows.size - depth)[rows.size - depth]
        kept = values >= least
        rows, values = rows[kept], values[kept]
    return rows[np.lexsort((tie[rows], -values))][:depth]


def compare(
    ours: Sequence[Reals],
    theirs: Sequence[Reals],
    episodes: Sequence[Episode],
    *,
    baseline: str,
    rng: np.random.Generator,
) -> HeldOut:
    """R-precision of both over the episodes, and the paired gain with its interval."""
    tie = rng.random(ours[0].size)
    everything = np.ones(tie.size, dtype=np.bool_)

    def values(scores: Sequence[Reals]) -> Reals:
        return np.array(
            [
                r_precision(best_first(s, e.query, everything, tie, e.hidden.size), e.hidden)
                for s, e in zip(scores, episodes, strict=True)
            ]
        )

    mine, other = values(ours), values(theirs)
    gains = mine - other
    return HeldOut(
        metric="r_precision",
        value=float(mine.mean()),
        baseline=baseline,
        baseline_value=float(other.mean()),
        gain=float(gains.mean()),
        gain_ci=mean_interval(gains, rng=rng),
        n=gains.size,
    )
