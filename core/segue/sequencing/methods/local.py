"""Local search: an order that no small move makes better.

The moves are 2-opt (turn a stretch round), Or-opt (carry up to three tracks elsewhere, either way
round) and, between pins, swaps. A move is only looked at where it brings a track next to a near
neighbour (Bentley, "Fast algorithms for geometric traveling salesman problems", 1992), and only
tracks whose surroundings changed are looked at again. Every gain is exact, along the arc too.
Plain Python lists carry the state: at these sizes a look-up in a list beats a call into numpy.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from operator import mul

import numpy as np
from numpy.typing import NDArray

from segue.sequencing.problem import Problem

_LEAST_GAIN = 1e-9
_LONGEST_CARRIED = 3
_TURN_TOLERANCE = 1.5
"""How much worse than none a turn may look, all tracks taken to be at their levels."""
LONGEST_SWAPPED = 4
_Stretch = tuple[int, int, int, float, float, float, float, int]
"""A stretch's last place, the row there and the one behind it, what joining those that it leaves
gains, the least any transition of its last row costs, and its pull, misfit and length."""
_ROOMY = 25
"""From so many places between two pins, on the mean, turns and carries find most; else swaps help,
since no turn or carry takes a track past a pin."""


class LocalSearch:
    """An order of a problem's n tracks, and the moves that better it.

    `order` is a list of n + 2: rows, with the number n standing at either end; `place` says where
    each row stands, 1 to n; `pull` is arc · level of what stands at each place. A move never
    changes a pinned position, so an order that keeps the pins goes on keeping them.

    `near` is how many neighbours of each track are tried, `closeness` how much levels count in who
    is near, `slack` what a move may lose in transitions before its arc is looked at. `potentials`
    are those of `segue.sequencing.methods.exact.potentials_of`, for lists without an arc.
    """

    def __init__(
        self,
        problem: Problem,
        order: Sequence[int],
        *,
        near: int = 10,
        closeness: float = 0.25,
        slack: float = 0.25,
        potentials: NDArray[np.float64] | None = None,
    ) -> None:
        self.count = count = len(problem)
        costs = np.zeros((count + 1, count + 1))
        costs[:count, :count] = problem.transitions
        self.arc, self.has_arc = problem.arc, problem.arc != 0
        if potentials is not None:
            costs = costs + potentials[:, None] + potentials
        self.costs: list[list[float]] = costs.tolist()
        self.lowest: list[float] = costs.min(axis=1).tolist()
        distance = costs[:count, :count].copy()
        if self.has_arc:
            distance += closeness * problem.arc * (problem.levels[:, None] - problem.levels) ** 2
        self.distance: list[list[float]] = distance.tolist() if self.has_arc else self.costs
        np.fill_diagonal(distance, np.inf)
        nearest = distance.argsort(axis=1, kind="stable")[:, : min(near, max(count - 1, 0))]
        self.near: list[list[int]] = nearest.tolist()
        self.targets: list[float] = [0.0, *problem.targets.tolist(), 0.0]
        self.backwards = self.targets[::-1]
        self.lengths = range(1, _LONGEST_CARRIED + 1)
        # What a place is worth more than the one `length` before or after it.
        self.later = {s: _shifted(self.targets, s) for s in self.lengths}
        self.earlier = {s: _shifted(self.targets, -s) for s in self.lengths}
        self.pulls: list[float] = [*(problem.arc * problem.levels).tolist(), 0.0]
        pinned = (int(place in problem.fixed) for place in range(count))
        self.pins_before: list[int] = [0, *accumulate([0, *pinned, 0])]
        self.has_pins = bool(problem.fixed)
        self.ideal: list[float] = [0.0, *(problem.arc * problem.targets**2 / 2).tolist(), 0.0]
        roomy = count >= _ROOMY * (len(problem.fixed) + 1)
        self.has_swaps = not roomy and any(0 < place < count - 1 for place in problem.fixed)
        swapped = range(1, LONGEST_SWAPPED + 1) if self.has_swaps else ()
        self.swappable = {
            s: [at for at in range(1, count + 2 - s) if self.free(at, at + s - 1)] for s in swapped
        }
        self.slack = slack if self.has_arc else 0.0
        self.tolerance = min(max(10.0 / (count or 1), 0.05), 0.2)  # the same of a carry
        self.order: list[int] = []
        self.place: list[int] = []
        self.pull: list[float] = []
        self.start(order)

    def start(self, order: Sequence[int]) -> None:
        """Begin anew from an order of all rows, which must keep the pins."""
        self.order = [self.count, *order, self.count]
        self.place = [0] * (self.count + 1)
        for place, row in enumerate(order, 1):
            self.place[row] = place
        self.pull = [self.pulls[row] for row in self.order]

    def state(self) -> tuple[list[int], list[int], list[float]]:
        """A copy of where everything stands, for `restore`."""
        return self.order[:], self.place[:], self.pull[:]

    def restore(self, state: tuple[list[int], list[int], list[float]]) -> None:
        """Go back to a state; it must not be used again."""
        self.order, self.place, self.pull = state

    def free(self, low: int, high: int) -> bool:
        """Whether no place from `low` to `high` is pinned."""
        return self.pins_before[low] == self.pins_before[high + 1]

    def put(self, low: int, rows: list[int]) -> None:
        """Let `rows`, a rearrangement of what stands from place `low` on, stand there."""
        high = low + len(rows)
        self.order[low:high] = rows
        place = self.place
        for position, row in enumerate(rows, low):
            place[row] = position
        if self.has_arc:
            pulls = self.pulls
            self.pull[low:high] = [pulls[row] for row in rows]

    def improve(self, rows: Sequence[int]) -> float:
        """Better the order around some rows until no move helps; return the gain, 0 or more."""
        queue = [row for row in dict.fromkeys(rows) if row != self.count]
        waiting = [False] * self.count + [True]  # the ends never wait
        for row in queue:
            waiting[row] = True
        total = 0.0
        while queue:
            row = queue.pop()
            waiting[row] = False
            while True:
                gain, touched = self._better(row)
                if not touched:
                    break
                total += gain
                for other in touched:
                    if not waiting[other]:
                        waiting[other] = True
                        queue.append(other)
        return total

    def _better(self, row: int) -> tuple[float, tuple[int, ...]]:
        """Make the first move found that helps and brings `row` next to a near neighbour.

        Return its gain and the rows whose surroundings changed, none when no move helps.
        """
        costs, order, place = self.costs, self.order, self.place
        of_row, distance, slack = costs[row], self.distance[row], self.slack
        has_arc, targets, ideal, off = self.has_arc, self.targets, self.ideal, self.tolerance
        here, least = place[row], -slack
        for side in (1, -1):
            beside = order[here + side]
            of_beside, lost = costs[beside], of_row[beside]
            limit = distance[beside] if beside < self.count else float("inf")
            stretches: list[_Stretch] = []
            for near in self.near[row]:
                if distance[near] >= limit:
                    break
                first = lost - of_row[near]
                if first < -slack:
                    continue
                there = place[near]
                of_near = costs[near]
                after, before = order[there + 1], order[there - 1]
                freed, other = of_near[after], of_near[before]
                beyond = after if side == 1 else before
                gain = first + of_near[beyond] - of_beside[beyond]
                if gain > -slack and beyond != row:
                    gain = self._turn(here, there, side, gain)
                    if gain > _LEAST_GAIN:
                        return gain, (beside, near, beyond, row)
                # Carry `row` and up to two tracks on its other side to either side of `near`.
                stretches = stretches or self._stretches(row, side)
                most = first + (freed if freed > other else other)
                for at, end, behind, closing, lowest, weight, own, length in stretches:
                    if end == near:
                        break
                    if has_arc:  # what the stretch gains along the arc, give or take a place
                        along = weight * targets[there] - own - length * ideal[there]
                        least = -off - along
                    if most + closing - lowest <= least:
                        continue
                    of_end = costs[end]
                    for across, beyond in ((1, after), (-1, before)):
                        if beyond == row or beyond == end:  # noqa: SIM109 (a tuple costs time here)
                            continue
                        gain = first + closing + of_near[beyond] - of_end[beyond]
                        if gain > least:
                            low, high = (at, here) if side == 1 else (here, at)
                            gap = there if across == 1 else there - 1
                            gain = self._carry(low, high, gap, across == side, gain)
                            if gain > _LEAST_GAIN:
                                return gain, (beside, behind, near, beyond, end, row)
                if self.has_swaps:
                    gain, touched = self._swap(here, there + side, -slack)
                    if touched:
                        return gain, touched
        return 0.0, ()

    def _stretches(self, row: int, side: int) -> list[_Stretch]:
        """The stretches of up to three tracks that end with `row` on its `side`."""
        order, costs, pull, at = self.order, self.costs, self.pull, self.place[row]
        targets, ideal = self.targets, self.ideal
        of_beside = costs[order[at + side]]
        found, weight, own = [], 0.0, 0.0
        for length in self.lengths:
            end, behind = order[at], order[at - side]
            if self.has_arc:
                weight += pull[at]
                own += pull[at] * targets[at] - ideal[at]
            closing = costs[end][behind] - of_beside[behind]
            found.append((at, end, behind, closing, self.lowest[end], weight, own, length))
            if behind == self.count:
                break
            at -= side
        return found

    def _turn(self, here: int, there: int, side: int, gain: float) -> float:
        """2-opt: turn round what lies between, if that gains; return the whole gain."""
        low, high = (here, there) if here < there else (there, here)
        low, high = (low + 1, high) if side == 1 else (low, high - 1)
        width, targets = high - low, self.targets
        if self.has_arc:  # what is lost where all stand at their levels, along a straight arc
            rise = targets[high] - targets[low]
            loss = self.arc * rise * rise * (width + 1) * (width + 2) / (6 * width or 1)
            if gain - loss < -_TURN_TOLERANCE:
                return 0.0
        if self.has_pins and not self.free(low, high):
            return 0.0
        if self.has_arc:
            pull, size = self.pull[low : high + 1], self.count + 1
            gain += sum(map(mul, pull, self.backwards[size - high : size - low + 1]))
            gain -= sum(map(mul, pull, targets[low : high + 1]))
        if gain > _LEAST_GAIN:
            self.put(low, self.order[low : high + 1][::-1])
        return gain

    def _carry(self, low: int, high: int, gap: int, turned: bool, gain: float) -> float:
        """Or-opt: carry the stretch low..high to behind place `gap`, if that gains."""
        order, length = self.order, high - low + 1
        first, last = (low, gap) if gap > high else (gap + 1, high)
        if self.has_pins and not self.free(first, last):
            return 0.0
        rows = order[low : high + 1]
        if turned:
            rows.reverse()
        if self.has_arc:
            if gap > high:
                start, passed, shift = gap - length + 1, slice(high + 1, gap + 1), self.earlier
            else:
                start, passed, shift = gap + 1, slice(gap + 1, low), self.later
            targets, place, pulls, ideal = self.targets, self.place, self.pulls, self.ideal
            passing = 0.0
            for position, row in enumerate(rows, start):
                old = place[row]
                gain += pulls[row] * (targets[position] - targets[old])
                passing += ideal[old] - ideal[position]
            if gain + passing < -self.tolerance:
                return 0.0
            gain += sum(map(mul, self.pull[passed], shift[length][passed]))
        if gain > _LEAST_GAIN:
            if gap > high:
                self.put(low, order[high + 1 : gap + 1] + rows)
            else:
                self.put(gap + 1, rows + order[gap + 1 : low])
        return gain

    def _swap(self, here: int, there: int, least: float) -> tuple[float, tuple[int, ...]]:
        """Swap the tracks at two places, if that gains; return the gain and who is touched."""
        order, costs = self.order, self.costs
        one, other = order[here], order[there]
        if other == self.count or -2 < here - there < 2:
            return 0.0, ()
        if self.has_pins and not (self.free(here, here) and self.free(there, there)):
            return 0.0, ()
        left, right = order[here - 1], order[here + 1]
        before, after = order[there - 1], order[there + 1]
        of_one, of_other = costs[one], costs[other]
        gain = of_one[left] + of_one[right] - of_one[before] - of_one[after]
        gain += of_other[before] + of_other[after] - of_other[left] - of_other[right]
        if gain > least and self.has_arc:
            gain += (self.pull[here] - self.pull[there]) * (
                self.targets[there] - self.targets[here]
            )
        if gain <= _LEAST_GAIN:
            return 0.0, ()
        self.put(here, [other])
        self.put(there, [one])
        return gain, (one, other, left, right, before, after)


def _shifted(values: list[float], by: int) -> list[float]:
    """values[k + by] − values[k], 0 where that leaves the list."""
    size = len(values)
    return [values[k + by] - values[k] if 0 < k + by < size - 1 else 0.0 for k in range(size)]
