"""Beam search: several beginnings are kept at once, each carried on by its best next tracks.

The beginnings are grown by the objective; among the next tracks that look best, what a model says
the next track should sound like (ŷ, which may look at the whole beginning) re-ranks. So a
recurrent model takes part without making the objective depend on more than the last track.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from segue.sequencing.methods.greedy import NextFeatures, prefix_mean
from segue.sequencing.problem import Problem
from segue.sequencing.songs import Songs
from segue.sequencing.transitions import FLOW


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
