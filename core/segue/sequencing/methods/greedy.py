"""The greedy order: always the cheapest next track, by the cost the original projects used.

Below it the beam, which keeps several beginnings, by the joint objective.

    cost(c | prefix p) = flow · ‖spicyness · ŷ(p) − z_c‖₂ − sweetness · K(last, c)
                                                          − smoothness · T(last, c)

ŷ(p) is what the next track's scaled features should be after p, z_c what the candidate's are,
K the circle of fifths (`segue.music.keys`) and T the folded tempo (`segue.music.features`).

What is unknown is neutral: an unknown key or tempo costs 0; a flow over m known features is the
norm times √(d/m), d the number of features, so that it is comparable with a full one; a candidate
of which no feature is known has the mean flow of the other candidates (0 would be the best
possible value), or 0 where no candidate's is known. ŷ of the empty prefix is 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from segue.errors import UsageError
from segue.music.features import octaves
from segue.music.keys import fifths_match, fifths_positions
from segue.sequencing.problem import Problem
from segue.sequencing.songs import Songs
from segue.sequencing.transitions import FLOW

NextFeatures = Callable[[NDArray[np.float32]], NDArray[np.floating]]
"""From a prefix, (p, d) float32 scaled with NaN unknown and p ≥ 1, to the features (d,) that the
next track should have."""

_SAME_COST_DECIMALS = 9
"""Costs are compared to this many decimals, so that equal tracks tie whatever the rounding."""

_KEY_TABLE = fifths_match(np.arange(-1, 12)[:, None], np.arange(-1, 12)[None, :])
"""K of every pair of positions on the circle of fifths, both shifted by one for the unknown."""


@dataclass(frozen=True, slots=True)
class OriginalWeights:
    """The four weights of the original recipe. `spicyness` above 1 exaggerates the direction."""

    flow: float = 1.0
    sweetness: float = 1.0
    smoothness: float = 1.0
    spicyness: float = 1.2


def prefix_mean(prefix: NDArray[np.float32]) -> NDArray[np.float64]:
    """The mean of what is known in a prefix, (p, d) to (d,); 0 where nothing is."""
    known = np.isfinite(prefix)
    counts = known.sum(axis=0)
    sums = np.where(known, prefix, 0.0).sum(axis=0, dtype=np.float64)
    return np.asarray(sums / np.maximum(counts, 1))


@dataclass(frozen=True)
class _Songs:
    """Tracks prepared for costs: everything that does not depend on the prefix, row by row."""

    filled: NDArray[np.float64]
    known: NDArray[np.float64]
    squares: NDArray[np.float64]
    stretch: NDArray[np.float64]
    position: NDArray[np.int64]
    cos: NDArray[np.float64]
    sin: NDArray[np.float64]

    @cached_property
    def any_unknown(self) -> bool:
        """Whether there is a track of which no feature is known."""
        return bool(np.isnan(self.stretch).any())

    def take(self, rows: NDArray[np.int64]) -> _Songs:
        return _Songs(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


def _prepare(songs: Songs) -> _Songs:
    features = songs.features
    known = np.isfinite(features)
    filled = np.where(known, features, 0.0).astype(np.float64)
    counts = known.sum(axis=1)
    stretch = np.sqrt(features.shape[1] / np.maximum(counts, 1))
    angle = 2 * np.pi * octaves(songs.tempo)
    # cos(a − b) = cos a · cos b + sin a · sin b, with 0 for both where the tempo is unknown.
    return _Songs(
        filled=filled,
        known=known.astype(np.float64),
        squares=(filled**2).sum(axis=1),
        stretch=np.where(counts > 0, stretch, np.nan),
        position=fifths_positions(songs.key, songs.mode),
        cos=np.where(np.isnan(angle), 0.0, np.cos(angle)),
        sin=np.where(np.isnan(angle), 0.0, np.sin(angle)),
    )


class _Prefix:
    """What the tracks placed so far say about the next one."""

    def __init__(self, features: NDArray[np.float32], next_features: NextFeatures | None) -> None:
        self._features = features
        self._next_features = next_features
        self._rows: list[int] = []
        self._sum = np.zeros(features.shape[1])
        self._count = np.zeros(features.shape[1])

    @property
    def last(self) -> int | None:
        return self._rows[-1] if self._rows else None

    def expected(self) -> NDArray[np.float64]:
        """ŷ: (d,) float64. Without a model it is the prefix mean, kept as a running sum."""
        if not self._rows:
            return np.zeros_like(self._sum)
        if self._next_features is None:
            return np.asarray(self._sum / np.maximum(self._count, 1))
        answer = np.asarray(self._next_features(self._features[self._rows]), dtype=np.float64)
        return np.where(np.isfinite(answer), answer, 0.0)

    def append(self, row: int) -> None:
        self._rows.append(row)
        if self._next_features is None:
            known = np.isfinite(self._features[row])
            self._sum += np.where(known, self._features[row], 0.0)
            self._count += known


def _flows(songs: _Songs, target: NDArray[np.float64]) -> NDArray[np.float64]:
    """‖target − z‖ over known features, stretched to full width; NaN where none is known."""
    squared = songs.squares - 2 * (songs.filled @ target) + songs.known @ target**2
    return np.asarray(np.sqrt(np.maximum(squared, 0.0)) * songs.stretch)


def _step_costs(
    songs: _Songs,
    still_open: NDArray[np.bool_],
    everything: _Songs,
    prefix: _Prefix,
    weights: OriginalWeights,
) -> NDArray[np.float64]:
    """The cost of each of `songs` as the next track; +∞ for those no longer open."""
    flow = _flows(songs, weights.spicyness * prefix.expected())
    if songs.any_unknown:
        unknown = np.isnan(flow)
        neutral = flow[still_open & ~unknown]
        flow[unknown] = neutral.mean() if neutral.size else 0.0
    cost = weights.flow * flow
    if (last := prefix.last) is not None:
        cost -= weights.sweetness * _KEY_TABLE[everything.position[last] + 1][songs.position + 1]
        angle = everything.cos[last] * songs.cos + everything.sin[last] * songs.sin
        cost -= weights.smoothness * angle
    cost[~still_open] = np.inf
    return np.asarray(cost)


def greedy_order(
    tracks: Songs,
    weights: OriginalWeights | None = None,
    *,
    first: Sequence[int] = (),
    next_features: NextFeatures | None = None,
) -> NDArray[np.int64]:
    """Order tracks greedily: every index 0..n−1 once, (n,) int64.

    `first` are indices that open the list in the order given. Of equal costs the lower index wins.
    Raises UsageError when `first` repeats an index or leaves the list.
    """
    count = len(tracks)
    if len(set(first)) < len(first) or any(not 0 <= index < count for index in first):
        raise UsageError(
            f"the opening tracks {list(first)} must be different, from 0 to {count - 1}"
        )
    weights = weights or OriginalWeights()
    everything = _prepare(tracks)
    prefix = _Prefix(tracks.features, next_features)
    order = list(first)
    for index in order:
        prefix.append(index)
    still = np.ones(count, dtype=bool)
    still[order] = False
    rows = np.flatnonzero(still)
    songs, still_open, placed = everything.take(rows), np.ones(len(rows), dtype=bool), 0
    while len(order) < count:
        costs = _step_costs(songs, still_open, everything, prefix, weights)
        best = int(np.argmin(np.round(costs, _SAME_COST_DECIMALS)))
        order.append(int(rows[best]))
        prefix.append(int(rows[best]))
        still_open[best] = False
        placed += 1
        if placed * 4 > len(rows):  # dropping placed rows now and then keeps a step O(open rows)
            rows, placed = rows[still_open], 0
            songs, still_open = everything.take(rows), np.ones(len(rows), dtype=bool)
    return np.array(order, dtype=np.int64)


# Beam search: several beginnings are kept at once, each carried on by its best next tracks.
#
# The beginnings are grown by the objective; among the next tracks that look best, what a model says
# the next track should sound like (ŷ, which may look at the whole beginning) re-ranks. So a
# recurrent model takes part without making the objective depend on more than the last track.


def beam_order(
    problem: Problem,
    songs: Songs,
    next_features: NextFeatures | None = None,
    *,
    width: int = 12,
    flow: float = 1.0,
    spicyness: float = 1.2,
) -> NDArray[np.int64]:
    """An order of all tracks that keeps the pins: (n,) int64. Of equals the lower rows win.

    Without `next_features` ŷ is the mean of the beginning. `flow` weighs how far a track may lie
    from spicyness · ŷ, in the unit of the objective's own flow.
    """
    count = len(problem)
    guess = next_features or prefix_mean
    place = problem.position_costs()
    waiting = set(problem.fixed.values())
    beams: list[tuple[float, float, list[int]]] = [(0.0, 0.0, [])]
    for position in range(count):
        grown: list[tuple[float, float, int, int]] = []
        for index, (cost, rank, rows) in enumerate(beams):
            free = _candidates(problem, rows, position, waiting)
            step = place[free, position]
            if rows:
                step = step + problem.transitions[rows[-1], free]
            nearest = np.argsort(step, kind="stable")[: 2 * width]
            free, step = free[nearest], step[nearest]
            if rows:
                extra = (
                    flow * FLOW * _distance(songs, free, spicyness * guess(songs.features[rows]))
                )
            else:
                extra = np.zeros(len(free))
            for row, own, off in zip(free.tolist(), step.tolist(), extra.tolist(), strict=True):
                grown.append((rank + own + off, cost + own, index, row))
        grown.sort()
        beams = [(cost, rank, [*beams[i][2], row]) for rank, cost, i, row in grown[:width]]
    return np.array(beams[0][2], dtype=np.int64)


def _candidates(
    problem: Problem, rows: list[int], position: int, waiting: set[int]
) -> NDArray[np.int64]:
    if position in problem.fixed:
        return np.array([problem.fixed[position]], dtype=np.int64)
    taken = np.zeros(len(problem), dtype=bool)
    taken[[*rows, *waiting]] = True
    return np.flatnonzero(~taken)


def _distance(
    songs: Songs, rows: NDArray[np.int64], target: NDArray[np.floating]
) -> NDArray[np.float64]:
    """The root mean square distance of tracks' known features from a target, (m,).

    A track of which nothing is known has the mean of the others, or 0 with no others.
    """
    apart = songs.features[rows].astype(np.float64) - np.where(np.isfinite(target), target, 0.0)
    known = np.isfinite(apart)
    counts = known.sum(axis=1)
    distance = np.sqrt(np.where(known, apart**2, 0.0).sum(axis=1) / np.maximum(counts, 1))
    some = counts > 0
    return np.where(some, distance, float(distance[some].mean()) if some.any() else 0.0)
