"""The exact optimum of a short list, by dynamic programming over sets of tracks.

Held and Karp, "A dynamic programming approach to sequencing problems" (1962): the best way to
place a set of tracks and end with a given one does not depend on how the rest will be placed.
Costs of positions fit in, since the position of the last track is the size of the set.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from segue.errors import UsageError
from segue.sequencing.problem import Problem

MOST_TRACKS = 13
"""The longest list that is solved exactly: 13 · 2¹³ states."""


def exact_order(problem: Problem) -> NDArray[np.int64]:
    """An order of the lowest objective among those that keep every pin: (n,) int64.

    Raises UsageError for more than `MOST_TRACKS` tracks.
    """
    count = len(problem)
    if count > MOST_TRACKS:
        raise UsageError(f"{count} tracks are too many to order exactly; at most {MOST_TRACKS}")
    if count == 0:
        return np.zeros(0, dtype=np.int64)
    place = _allowed(problem)
    sets = np.arange(1 << count)
    sizes = np.bitwise_count(sets)
    best = np.full((1 << count, count), np.inf)
    came = np.full((1 << count, count), -1, dtype=np.int64)
    singles = 1 << np.arange(count)
    best[singles, np.arange(count)] = place[:, 0]
    for size in range(1, count):
        smaller = sets[sizes == size]
        for track in range(count):
            without = smaller[(smaller >> track) & 1 == 0]
            reach = best[without] + problem.transitions[:, track]
            previous = reach.argmin(axis=1)
            bigger = without | (1 << track)
            best[bigger, track] = reach[np.arange(len(without)), previous] + place[track, size]
            came[bigger, track] = previous
    order = np.zeros(count, dtype=np.int64)
    whole = (1 << count) - 1
    last = int(best[whole].argmin())
    for position in range(count - 1, -1, -1):
        order[position] = last
        whole, last = whole & ~(1 << last), int(came[whole, last])
    return order


def _allowed(problem: Problem) -> NDArray[np.float64]:
    """What each track costs at each position, infinite where a pin forbids it."""
    place = problem.position_costs()
    for position, row in problem.fixed.items():
        kept = place[row, position]
        place[row, :] = np.inf
        place[:, position] = np.inf
        place[row, position] = kept
    return place
