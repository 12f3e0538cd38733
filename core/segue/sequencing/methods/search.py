"""The global search: construct orders, improve the best, perturb it a little and improve again.

Iterated local search (Lourenço, Martin and Stützle, 2003): two neighbouring stretches change
places, which no single move of the local search undoes, and the local search repairs the rest. A
result that is little worse is sometimes gone on from, less and less often, as in annealing.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segue.sequencing.methods.greedy import NextFeatures, prefix_mean
from segue.sequencing.methods.local import LONGEST_SWAPPED, LocalSearch
from segue.sequencing.problem import Problem
from segue.sequencing.songs import Songs
from segue.sequencing.transitions import FLOW

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


_LONGEST_STRETCH_WITH_ARC = 15
_WARMTH = 0.3
"""What a worse result may cost at first, in the unit of the key term, to be gone on from."""
_SWAPS = {True: (0.8, 2), False: (0.3, 1)}
"""Between pins, crowded or not: how often stretches that are apart change places, and how many."""
_NEAR, _TRIES = 0.75, 8
"""How often an exchange joins near neighbours, and how often such a one is looked for."""
_ROUNDS_PER_CHECK = 8
ROOM_FOR_A_PIN = 25
"""From so many tracks a pin, most of a good flat order is the same without pins."""
_MOST_ROUNDS, _MOST_DEAR_ROUNDS = 8000, 3000


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The best order of a search: (n,) int64, its objective, and how many rounds were made."""

    order: NDArray[np.int64]
    cost: float
    rounds: int


def rounds_of(problem: Problem, effort: float) -> int:
    """How many rounds an effort stands for; 1 is the default.

    An arc makes a round about three times as dear, and finds its order in fewer; so do pins.
    """
    pinned = any(0 < place < len(problem) - 1 for place in problem.fixed)
    dear = bool(problem.arc) or pinned
    if problem.arc:
        wanted = (8 if pinned else 6) * max(len(problem), 80)
    elif pinned and ROOM_FOR_A_PIN * len(problem.fixed) > len(problem):
        wanted = 16 * max(len(problem), 50)
    else:  # with few pins, the search without them comes first
        wanted = (4 if pinned else 12) * max(len(problem), 50)
    return round(max(effort, 0.0) * min(wanted, _MOST_DEAR_ROUNDS if dear else _MOST_ROUNDS))


def search(
    problem: Problem,
    starts: Sequence[NDArray[np.int64]],
    *,
    seed: int,
    rounds: int,
    should_stop: Callable[[], bool] | None = None,
) -> Found:
    """Look for the order of the lowest objective, never worse than any of `starts`.

    Each start must keep the pins; there must be at least one. The same seed and rounds give the
    same answer, unless `should_stop`, asked every few rounds, ends the search early.
    """
    costs = [problem.cost(start) for start in starts]
    best = int(np.argmin(costs))
    if len(problem) < 3:
        return Found(starts[best].copy(), costs[best], 0)
    chance = random.Random(seed)  # noqa: S311 (chance, not a secret)
    local = LocalSearch(problem, starts[best].tolist(), potentials=True)
    improved = []
    for start, cost in zip(starts, costs, strict=True):
        gain, state = _improved(local, start, chance)
        improved.append((cost - gain, state))
    current, state = min(improved, key=lambda pair: pair[0])
    local.restore(state)
    lowest, order = current, local.order[1:-1]
    done = 0
    while done < rounds:
        if should_stop is not None and done % _ROUNDS_PER_CHECK == 0 and should_stop():
            break
        warmth = _WARMTH * (1 - done / rounds)
        done += 1
        before = local.state()
        cost, around = _perturb(local, chance)
        if not around:
            continue
        cost += current
        cost -= local.improve([row for row in dict.fromkeys(around) if row != local.count])
        if cost <= current or chance.random() < math.exp((current - cost) / max(warmth, 1e-12)):
            current = cost
            if cost < lowest - 1e-9:
                lowest, order = cost, local.order[1:-1]
        else:
            local.restore(before)
    found = np.array(order, dtype=np.int64)
    cost = problem.cost(found)
    if costs[best] < cost:  # rounding only: the local search never makes a start worse
        return Found(starts[best].copy(), costs[best], done)
    return Found(found, cost, done)


def _improved(
    local: LocalSearch, start: NDArray[np.int64], chance: random.Random
) -> tuple[float, tuple[list[int], list[int], list[float]]]:
    rows = start.tolist()
    local.start(rows)
    chance.shuffle(rows)
    return local.improve(rows), local.state()


def _perturb(local: LocalSearch, chance: random.Random) -> tuple[float, list[int]]:
    """Change the order a little at random; return the cost, and the rows next to the change.

    Two neighbouring stretches change places, or, where pins stand between, now and then two that
    are apart. No rows are returned where pins leave no room.
    """
    order = local.order
    share, pairs = _SWAPS[local.crowded]
    if local.has_swaps and chance.random() < share:
        cost, around = 0.0, []
        for _ in range(pairs):
            length = chance.randint(1, min(LONGEST_SWAPPED, local.count // 2))
            starts = local.swappable[length] or [1]
            here, there = chance.choice(starts), chance.choice(starts)
            if abs(here - there) >= length:
                cost += local.swap(here, there, length)
                for start in (here, there):
                    around += order[start - 1 : start + 1]
                    around += order[start + length - 1 : start + length + 1]
        return cost, around
    near = not (local.has_arc or local.crowded) and chance.random() < _NEAR
    window = (_near_window(local, chance) if near else None) or _window(local, chance)
    if window is None:
        return 0.0, []
    around = [row for place in window for row in order[place - 1 : place + 1]]
    return local.exchange(*window), around


def _near_window(local: LocalSearch, chance: random.Random) -> tuple[int, int, int] | None:
    """The same, such that two of the three new neighbours are near ones; None where none is found.

    What such an exchange costs is soon repaired, so that a round takes half the time.
    """
    count, order, place, near = local.count, local.order, local.place, local.near
    for _ in range(_TRIES):
        row = int(chance.random() * count)
        beside = near[row][int(chance.random() * len(near[row]))]
        low, middle = place[row] + 1, place[beside]
        if middle <= low:
            continue
        ends = [place[other] for other in near[order[middle - 1]]]
        ends = [high for high in ends if high > middle]
        if ends:
            high = ends[int(chance.random() * len(ends))]
            if not local.has_pins or local.free(low, high - 1):
                return low, middle, high
    return None


def _window(local: LocalSearch, chance: random.Random) -> tuple[int, int, int] | None:
    """Two neighbouring stretches [low, middle) and [middle, high) without a pin, or None."""
    count = local.count
    longest = max(count // 4, min(count // 2, 6))
    if local.has_arc:
        longest = min(longest, _LONGEST_STRETCH_WITH_ARC)
    for _ in range(4):
        first = 1 + int(chance.random() * longest)
        second = 1 + int(chance.random() * longest)
        low = 1 + int(chance.random() * (count - first - second + 1))
        high = low + first + second
        if high <= count + 1 and (not local.has_pins or local.free(low, high - 1)):
            return low, low + first, high
    return None
