"""Filling a duration: which of some tracks, best first, come nearest to a given length.

The best tracks are taken as they come while much is left; the last stretch is an exact knapsack
over what comes next. If that misses the target, one over all of them is tried.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

TOLERANCE_MS = 30_000
"""How far from the target a list may end when it can be helped."""

LAST_STRETCH_MS = 20 * 60_000
_FINEST_STEP_MS = 100
_MOST_STEPS = 40_000
_NEARNESS = 0.01
"""How much of a score (mean over the time, 0..1) is given for being a whole tolerance nearer."""


def fill_duration(
    durations_ms: Sequence[int], values: Sequence[float], target_ms: int
) -> list[int]:
    """Choose tracks whose durations add up to nearly `target_ms`: their indices, ascending.

    Tracks come best first; `values` (n,) are their scores. Within `TOLERANCE_MS` of the target
    the highest mean score over the time wins, and of equals the nearest; if nothing comes that
    near, the nearest. Durations must be positive. Gives all tracks when they do not reach it.
    """
    if sum(durations_ms) <= target_ms:
        return list(range(len(durations_ms)))
    certain, total = 0, 0
    while total + durations_ms[certain] <= target_ms - LAST_STRETCH_MS:
        total += durations_ms[certain]
        certain += 1
    found = _from(certain, durations_ms, values, target_ms - total)
    if certain and abs(_total(found, durations_ms) - target_ms) > TOLERANCE_MS:
        other = _from(0, durations_ms, values, target_ms)
        found = min(found, other, key=lambda f: abs(_total(f, durations_ms) - target_ms))
    return found


def _total(indices: Sequence[int], durations_ms: Sequence[int]) -> int:
    return sum(durations_ms[index] for index in indices)


def _from(
    certain: int, durations_ms: Sequence[int], values: Sequence[float], target_ms: int
) -> list[int]:
    rest = np.array(durations_ms[certain:], dtype=np.int64)
    worth = np.array(values[certain:], dtype=np.float64)
    chosen = _knapsack(rest, worth - worth.min(), target_ms)
    return [*range(certain), *(certain + index for index in chosen)]


def _knapsack(
    durations: NDArray[np.int64], worth: NDArray[np.float64], target_ms: int
) -> list[int]:
    """The best subset near a target, by dynamic programming over total time in small steps.

    A subset's worth is Σ worth · duration: as the total is nearly fixed, that is the mean over
    the time, which favours neither short nor long tracks.
    """
    step = max(_FINEST_STEP_MS, target_ms // _MOST_STEPS)
    weights = np.maximum(np.rint(durations / step).astype(np.int64), 1)
    target = round(target_ms / step)
    width = target + int(weights.max()) + 1
    best = np.full(width, -np.inf)
    best[0] = 0.0
    taken = np.zeros((len(weights), width), dtype=bool)
    for row, weight in enumerate(weights):
        if weight >= width:
            continue
        candidate = best[:-weight] + worth[row] * weight
        better = candidate > best[weight:]
        taken[row, weight:] = better
        best[weight:][better] = candidate[better]
    totals = np.flatnonzero(np.isfinite(best))
    apart = np.abs(totals - target) * (step / TOLERANCE_MS)
    mean = best[totals] / np.maximum(totals, 1)
    preference = np.where(apart <= 1, mean - _NEARNESS * apart, -np.inf)
    # Totals are rounded: look at the real ones, the most preferred first, then the nearest.
    near = totals[np.lexsort((apart, -preference))]
    nearest: list[int] = []
    nearest_off = target_ms
    for total in near[:50]:
        chosen = _trace(taken, weights, int(total))
        off = abs(int(durations[chosen].sum()) - target_ms)
        if off <= TOLERANCE_MS:
            return chosen
        if off < nearest_off:
            nearest, nearest_off = chosen, off
    return nearest


def _trace(taken: NDArray[np.bool_], weights: NDArray[np.int64], total: int) -> list[int]:
    """The subset that reached a total: its indices, ascending."""
    chosen = []
    for row in range(len(weights) - 1, -1, -1):
        if taken[row, total]:
            chosen.append(row)
            total -= int(weights[row])
    return chosen[::-1]
