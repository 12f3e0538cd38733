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
from operator import mul

import numpy as np
from numpy.typing import NDArray

from segue.sequencing.methods.exact import potentials_of
from segue.sequencing.methods.local import LONGEST_SWAPPED, LocalSearch
from segue.sequencing.problem import Problem

_LONGEST_STRETCH_WITH_ARC = 15
_WARMTH = 0.3
"""What a worse result may cost at first, in the unit of the key term, to be gone on from."""
_SWAPS, _PAIRS_SWAPPED = 0.8, 2
"""Between crowded pins: how often stretches that are apart change places, and how many."""
_NEAR, _NEAR_WITH_ARC, _TRIES = 0.75, 0.8, 8
"""How often an exchange joins near neighbours, and how often such a one is looked for."""
_LONGEST_CARRIED_WITH_ARC, _FARTHEST_WITH_ARC = 10, 200
"""The longest stretch that is put next to a near neighbour along an arc, and how far away."""
_ROUNDS_PER_CHECK = 8
ROOM_FOR_A_PIN = 25
"""From so many tracks a pin, most of a good flat order is the same without pins."""
_MOST_FOR_EVERY_START = 150
"""On longer lists only the best start is improved: the others take long, and are soon caught up."""
_MOST_ROUNDS, _MOST_DEAR_ROUNDS, _MOST_WITH_ARC = 8000, 4000, 5000
_SHORT = 34
"""Flat lists of fewer tracks, and those mended for longer, are looked at for as long as one of so
many."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The best order of a search: (n,) int64, its objective, and how many rounds were made."""

    order: NDArray[np.int64]
    cost: float
    rounds: int


def soon_found(problem: Problem) -> bool:
    """Whether parting the worst transitions finds more than a long search: in a short list along an
    arc, without pins."""
    short = len(problem) <= _SHORT and not problem.fixed
    return short and problem.arc != 0 and problem.worst != 0


def rounds_of(problem: Problem, effort: float) -> int:
    """How many rounds an effort stands for; 1 is the default.

    An arc makes a round about twice as dear, and finds its order in fewer; so do pins.
    """
    pinned = any(0 < place < len(problem) - 1 for place in problem.fixed)
    crowded = pinned and ROOM_FOR_A_PIN * len(problem.fixed) > len(problem)
    most = _MOST_DEAR_ROUNDS if pinned else _MOST_ROUNDS
    wanted: float
    if problem.arc and crowded:
        wanted = 8 * max(len(problem), 80)
    elif problem.arc:
        least = 5 * _SHORT if soon_found(problem) else 480
        wanted = min(max(5 * len(problem), least), _MOST_WITH_ARC) / (2 if pinned else 1)
    elif crowded:
        wanted = 16 * max(len(problem), 50)
    else:  # with few pins, the search without them comes first
        wanted = 4 * max(len(problem), 50) if pinned else 12 * max(len(problem), _SHORT)
    return round(max(effort, 0.0) * min(wanted, most))


def search(
    problem: Problem,
    starts: Sequence[NDArray[np.int64]],
    *,
    seed: int,
    rounds: int,
    should_stop: Callable[[], bool] | None = None,
    potentials: NDArray[np.float64] | None = None,
) -> Found:
    """Look for the order of the lowest objective, never worse than any of `starts`.

    Each start must keep the pins; there must be at least one. The same seed and rounds give the
    same answer, unless `should_stop`, asked every few rounds, ends the search early. `potentials`
    are found anew where they are not given and there is no arc.
    """
    costs = [problem.cost(start) for start in starts]
    best = int(np.argmin(costs))
    if len(problem) < 3:
        return Found(starts[best].copy(), costs[best], 0)
    chance = random.Random(seed)  # noqa: S311 (chance, not a secret)
    if potentials is None and not problem.arc:
        potentials = potentials_of(problem.transitions)
    local = LocalSearch(problem, starts[best].tolist(), potentials=potentials)
    ready = []
    for index, (start, cost) in enumerate(zip(starts, costs, strict=True)):
        if index != best and len(problem) > _MOST_FOR_EVERY_START:
            continue
        gain, state = _improved(local, start, chance)
        ready.append((cost - gain, state))
    _, state = min(ready, key=lambda pair: pair[0])
    local.restore(state)
    order, done = improved(local, rounds, chance, should_stop)
    found = np.array(order, dtype=np.int64)
    cost = problem.cost(found)
    if costs[best] < cost:  # rounding only: the local search never makes a start worse
        return Found(starts[best].copy(), costs[best], done)
    return Found(found, cost, done)


def improved(
    local: LocalSearch,
    rounds: int,
    chance: random.Random,
    should_stop: Callable[[], bool] | None = None,
) -> tuple[list[int], int]:
    """Perturb and improve again and again; return the best order met, and the rounds made."""
    current = lowest = 0.0  # beside the order as it stands
    order, done = local.order[1:-1], 0
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
        cost -= local.improve(around)
        if cost <= current or chance.random() < math.exp((current - cost) / max(warmth, 1e-12)):
            current = cost
            if cost < lowest - 1e-9:
                lowest, order = cost, local.order[1:-1]
        else:
            local.restore(before)
    return order, done


def _improved(
    local: LocalSearch, start: NDArray[np.int64], chance: random.Random
) -> tuple[float, tuple[list[int], list[int], list[float]]]:
    rows = start.tolist()
    local.start(rows)
    chance.shuffle(rows)
    return local.improve(rows), local.state()


def exchange(local: LocalSearch, low: int, middle: int, high: int) -> float:
    """Exchange the stretches [low, middle) and [middle, high); return what that costs."""
    order, costs = local.order, local.costs
    before, first, left = order[low - 1], order[low], order[middle - 1]
    right, last, after = order[middle], order[high - 1], order[high]
    cost = costs[before][right] + costs[last][first] + costs[left][after]
    cost -= costs[before][first] + costs[left][right] + costs[last][after]
    targets = local.targets[low:high]
    if local.has_arc:
        cost += sum(map(mul, local.pull[low:high], targets))
    local.put(low, order[middle:high] + order[low:middle])
    if local.has_arc:
        cost -= sum(map(mul, local.pull[low:high], targets))
    return cost


def swap(local: LocalSearch, here: int, there: int, length: int) -> float:
    """Let two stretches of a length change places, which must not overlap; return the cost."""
    order, costs = local.order, local.costs
    edges = {place for start in (here, there) for place in (start - 1, start + length - 1)}
    places = (slice(here, here + length), slice(there, there + length))
    cost = -sum(costs[order[edge]][order[edge + 1]] for edge in edges)
    cost += sum(sum(map(mul, local.pull[place], local.targets[place])) for place in places)
    first, second = (order[place] for place in places)
    local.put(here, second)
    local.put(there, first)
    cost -= sum(sum(map(mul, local.pull[place], local.targets[place])) for place in places)
    return cost + sum(costs[order[edge]][order[edge + 1]] for edge in edges)


def _perturb(local: LocalSearch, chance: random.Random) -> tuple[float, list[int]]:
    """Change the order a little at random; return the cost, and the rows next to the change.

    Two neighbouring stretches change places, or, where pins stand between, now and then two that
    are apart. No rows are returned where pins leave no room.
    """
    order = local.order
    if local.has_swaps and chance.random() < _SWAPS:
        cost, around = 0.0, []
        for _ in range(_PAIRS_SWAPPED):
            length = chance.randint(1, min(LONGEST_SWAPPED, local.count // 2))
            starts = local.swappable[length] or [1]
            here, there = chance.choice(starts), chance.choice(starts)
            if abs(here - there) >= length:
                cost += swap(local, here, there, length)
                for start in (here, there):
                    around += order[start - 1 : start + 1]
                    around += order[start + length - 1 : start + length + 1]
        return cost, around
    window = None
    if not local.has_swaps and chance.random() < (_NEAR_WITH_ARC if local.has_arc else _NEAR):
        window = (_window_beside if local.has_arc else _near_window)(local, chance)
    window = window or _window(local, chance)
    if window is None:
        return 0.0, []
    return _exchanged(local, window)


def _exchanged(local: LocalSearch, window: tuple[int, int, int]) -> tuple[float, list[int]]:
    """Exchange two stretches; return the cost, and the rows next to the change."""
    around = [row for place in window for row in local.order[place - 1 : place + 1]]
    return exchange(local, *window), around


def _near_window(local: LocalSearch, chance: random.Random) -> tuple[int, int, int] | None:
    """Two stretches as of `_window`, such that two of the three new neighbours are near ones.

    What such an exchange costs is soon repaired, so that a round takes half the time. None where
    none is found.
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


def _window_beside(local: LocalSearch, chance: random.Random) -> tuple[int, int, int] | None:
    """The same along an arc: a short stretch comes to stand next to a near neighbour of its end."""
    count, place, near = local.count, local.place, local.near
    for _ in range(_TRIES):
        row = int(chance.random() * count)
        here, there = place[row], place[near[row][int(chance.random() * len(near[row]))]]
        if not 2 <= abs(there - here) <= _FARTHEST_WITH_ARC:
            continue
        length = 1 + int(chance.random() * _LONGEST_CARRIED_WITH_ARC)
        left, right = (here, there) if here < there else (there, here)
        if chance.random() < 0.5:  # the left one's stretch comes up to the right one, or this to it
            low, middle, high = left - length + 1, left + 1, right
        else:
            low, middle, high = left + 1, right, right + length
        if low < 1 or high > count + 1 or (local.has_pins and not local.free(low, high - 1)):
            continue
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
