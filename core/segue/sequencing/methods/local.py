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

from segue.sequencing.arcs import widest_turns
from segue.sequencing.methods.exact import with_potentials
from segue.sequencing.problem import Problem

_LEAST_GAIN = 1e-9
_LONGEST_CARRIED = 3
_TOLERANCE = 0.5
"""How much worse than no move a carry may look, tracks in between taken to be at their levels."""
LONGEST_SWAPPED = 4
_ROOMY = 25
"""From so many places between two pins, on the mean, turns and carries find most."""


class LocalSearch:
    """An order of a problem's n tracks, and the moves that better it.

    `order` is a list of n + 2: rows, with the number n standing at either end; `place` says where
    each row stands, 1 to n; `pull` is arc · level of what stands at each place. A move never
    changes a pinned position, so an order that keeps the pins goes on keeping them.

    `near` is how many neighbours of each track are tried, `closeness` how much levels count in who
    is near, `slack` what a move may lose in transitions before its arc is looked at.
    """

    def __init__(
        self,
        problem: Problem,
        order: Sequence[int],
        *,
        near: int = 10,
        closeness: float = 0.5,
        slack: float = 0.5,
        potentials: bool = False,
    ) -> None:
        count = len(problem)
        self.count = count
        costs = np.zeros((count + 1, count + 1))
        costs[:count, :count] = problem.transitions
        self.has_arc = problem.arc != 0
        if potentials and not self.has_arc:
            costs = with_potentials(costs)
        self.costs: list[list[float]] = costs.tolist()
        distance = costs[:count, :count].copy()
        if self.has_arc:
            distance += closeness * problem.arc * (problem.levels[:, None] - problem.levels) ** 2
        self.distance: list[list[float]] = distance.tolist() if self.has_arc else self.costs
        np.fill_diagonal(distance, np.inf)
        nearest = distance.argsort(axis=1, kind="stable")[:, : min(near, max(count - 1, 0))]
        self.near: list[list[int]] = nearest.tolist()
        self.targets: list[float] = [0.0, *problem.targets.tolist(), 0.0]
        self.backwards = self.targets[::-1]
        # What a place is worth more than the one `length` before or after it.
        self.later = {s: _shifted(self.targets, s) for s in range(1, _LONGEST_CARRIED + 1)}
        self.earlier = {s: _shifted(self.targets, -s) for s in range(1, _LONGEST_CARRIED + 1)}
        self.pulls: list[float] = [*(problem.arc * problem.levels).tolist(), 0.0]
        pinned = [0, *(int(place in problem.fixed) for place in range(count)), 0]
        self.pins_before: list[int] = [0, *accumulate(pinned)]
        self.has_pins = bool(problem.fixed)
        self.widest = widest_turns(problem.targets, problem.arc) if self.has_arc else []
        self.ideal: list[float] = [0.0, *(problem.arc * problem.targets**2 / 2).tolist(), 0.0]
        # No turn or carry takes a track past a pin: there, swaps help.
        self.has_swaps = any(0 < place < count - 1 for place in problem.fixed)
        roomy = count >= _ROOMY * (len(problem.fixed) + 1)
        self.crowded = self.has_swaps and not roomy
        self.swappable = {
            length: [
                place
                for place in range(1, count + 2 - length)
                if self.free(place, place + length - 1)
            ]
            for length in (range(1, LONGEST_SWAPPED + 1) if self.has_swaps else ())
        }
        self.slack = slack if self.has_arc else 0.0
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

    def exchange(self, low: int, middle: int, high: int) -> float:
        """Exchange the stretches [low, middle) and [middle, high); return what that costs."""
        order, costs = self.order, self.costs
        before, first, left = order[low - 1], order[low], order[middle - 1]
        right, last, after = order[middle], order[high - 1], order[high]
        cost = costs[before][right] + costs[last][first] + costs[left][after]
        cost -= costs[before][first] + costs[left][right] + costs[last][after]
        targets = self.targets[low:high]
        if self.has_arc:
            cost += sum(map(mul, self.pull[low:high], targets))
        self.put(low, order[middle:high] + order[low:middle])
        if self.has_arc:
            cost -= sum(map(mul, self.pull[low:high], targets))
        return cost

    def swap(self, here: int, there: int, length: int) -> float:
        """Let two stretches of a length change places, which must not overlap; return the cost."""
        order, costs = self.order, self.costs
        edges = {place for start in (here, there) for place in (start - 1, start + length - 1)}
        places = (slice(here, here + length), slice(there, there + length))
        cost = -sum(costs[order[edge]][order[edge + 1]] for edge in edges)
        cost += sum(sum(map(mul, self.pull[place], self.targets[place])) for place in places)
        one, other = (order[place] for place in places)
        self.put(here, other)
        self.put(there, one)
        cost -= sum(sum(map(mul, self.pull[place], self.targets[place])) for place in places)
        return cost + sum(costs[order[edge]][order[edge + 1]] for edge in edges)

    def improve(self, rows: Sequence[int]) -> float:
        """Better the order around some rows until no move helps; return the gain, 0 or more."""
        queue = list(rows)
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
        costs, order, place, ends = self.costs, self.order, self.place, self.count
        of_row, distance, least = costs[row], self.distance[row], -self.slack
        here = place[row]
        for side in (1, -1):
            beside = order[here + side]
            lost = of_row[beside]
            limit = distance[beside] if beside < ends else float("inf")
            for near in self.near[row]:
                if distance[near] >= limit:
                    break
                there = place[near]
                of_near = costs[near]
                beyond = order[there + side]
                gain = lost + of_near[beyond] - of_row[near] - costs[beside][beyond]
                if gain > least:
                    gain = self._turn(here, there, side, gain)
                    if gain > _LEAST_GAIN:
                        return gain, (beside, near, beyond, row)
                # Carry `row` and up to two tracks on its other side to either side of `near`.
                end, at = row, here
                for length in (1, 2, 3):
                    if length > 1:
                        at -= side
                        end = order[at]
                    if end == near or end == ends:  # noqa: SIM109 (a tuple costs time here)
                        break
                    behind = order[at - side]
                    of_end = costs[end]
                    base = lost + of_end[behind] - costs[beside][behind] - of_row[near]
                    for across in (1, -1):
                        beyond = order[there + across]
                        if beyond == row or beyond == end:  # noqa: SIM109
                            continue
                        gain = base + of_near[beyond] - of_end[beyond]
                        if gain > least:
                            low, high = (at, here) if side == 1 else (here, at)
                            gap = there if across == 1 else there - 1
                            gain = self._carry(low, high, gap, across == side, gain)
                            if gain > _LEAST_GAIN:
                                return gain, (beside, behind, near, beyond, end, row)
                if self.has_swaps:
                    gain, touched = self._swap(here, there + side, least)
                    if touched:
                        return gain, touched
        return 0.0, ()

    def _turn(self, here: int, there: int, side: int, gain: float) -> float:
        """2-opt: turn round what lies between, if that gains; return the whole gain."""
        low, high = (here, there) if here < there else (there, here)
        low, high = (low + 1, high) if side == 1 else (low, high - 1)
        if self.has_arc and high - low > self.widest[low + high]:
            return 0.0
        if self.has_pins and not self.free(low, high):
            return 0.0
        if self.has_arc:
            pull, size = self.pull[low : high + 1], self.count + 1
            gain += sum(map(mul, pull, self.backwards[size - high : size - low + 1]))
            gain -= sum(map(mul, pull, self.targets[low : high + 1]))
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
            if gain + passing < -_TOLERANCE:
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
