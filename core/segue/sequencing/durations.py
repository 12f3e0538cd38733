"""Durations: how long a list plays beside how long it should."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_STEP_MS = 100
"""Durations are added up in tenths of a second where sums are looked for."""

_OUTSIDE, _PER_SECOND = 20.0, 0.2
"""What a list outside the tolerance costs, and each second more: more than an order can gain."""


@dataclass(frozen=True, slots=True)
class Target:
    """A duration to meet within a tolerance, both in milliseconds."""

    duration_ms: int
    tolerance_ms: int = 30_000

    def excess(self, plays_ms: int) -> int:
        """By how much a duration lies outside the tolerance, in milliseconds; 0 inside."""
        return max(0, abs(plays_ms - self.duration_ms) - self.tolerance_ms)

    def penalty(self, plays_ms: int) -> float:
        """What a duration costs: 0 inside the tolerance."""
        excess = self.excess(plays_ms)
        return _OUTSIDE + _PER_SECOND * excess / 1000 if excess else 0.0

    def penalties(self, plays_ms: NDArray[np.int64]) -> NDArray[np.float64]:
        """What durations cost, of any shape."""
        excess = np.abs(plays_ms - self.duration_ms) - self.tolerance_ms
        return np.where(excess > 0, _OUTSIDE + _PER_SECOND / 1000 * excess, 0.0)


def count_for(
    durations_ms: NDArray[np.int64],
    target: Target,
    scores: NDArray[np.float64],
    always: Sequence[int] = (),
) -> int:
    """How many tracks to choose for a duration: as many as play so long on average.

    The best by score decide what is average; where no such number of tracks can meet the target,
    the nearest number that can.
    """
    available = len(durations_ms)
    if available == 0:
        return 0
    order = np.argsort(-scores, kind="stable")
    plays = np.cumsum(durations_ms[order])
    guess = int(np.abs(plays - target.duration_ms).argmin()) + 1
    guess = min(max(guess, len(always), 1), available)
    for step in (0, 1, -1, 2, -2, 3, -3):
        count = guess + step
        if max(len(always), 1) <= count <= available and _can_meet(durations_ms, count, target):
            return count
    return guess


def rows_within(
    durations_ms: NDArray[np.int64],
    count: int,
    target: Target,
    scores: NDArray[np.float64],
    always: Sequence[int] = (),
) -> list[int] | None:
    """Some `count` rows that play for the target within its tolerance, `always` among them.

    None where there are none, to a tenth of a second a track. Sums are kept as bits of whole
    numbers, one number for each count of tracks: bit t of reach[k] is set when k tracks can play
    for t tenths of a second.
    """
    fixed = set(always)
    rows = [int(row) for row in np.argsort(scores, kind="stable") if int(row) not in fixed]
    need = count - len(fixed)
    if not 0 <= need <= len(rows):
        return None
    steps = np.rint(np.asarray(durations_ms) / _STEP_MS).astype(np.int64).tolist()
    base = sum(steps[row] for row in fixed)
    low = max(0, -(-(target.duration_ms - target.tolerance_ms) // _STEP_MS) - base)
    high = (target.duration_ms + target.tolerance_ms) // _STEP_MS - base
    if high < 0:
        return None
    mask = (1 << (high + 1)) - 1
    history = [[1, *([0] * need)]]
    for row in rows:
        last = history[-1]
        history.append(
            [1, *(last[k] | (last[k - 1] << steps[row]) & mask for k in range(1, need + 1))]
        )
    window = history[-1][need] >> low
    if not window:
        return None
    middle = max(0, target.duration_ms // _STEP_MS - base - low)
    above = window >> middle
    left = low + middle + _lowest(above) if above else low + window.bit_length() - 1
    chosen, k = list(fixed), need
    for place in range(len(rows), 0, -1):
        row = rows[place - 1]
        taken = (
            k > 0 and left >= steps[row] and history[place - 1][k - 1] >> (left - steps[row]) & 1
        )
        if taken:
            chosen.append(row)
            k, left = k - 1, left - steps[row]
    return chosen


def _lowest(bits: int) -> int:
    """The place of the lowest bit that is set."""
    return (bits & -bits).bit_length() - 1


def _can_meet(durations_ms: NDArray[np.int64], count: int, target: Target) -> bool:
    """Whether the target lies between the shortest and the longest `count` tracks."""
    ordered = np.sort(durations_ms)
    shortest, longest = int(ordered[:count].sum()), int(ordered[-count:].sum())
    return shortest - target.tolerance_ms <= target.duration_ms <= longest + target.tolerance_ms
