"""Choosing and ordering together: which tracks of a pool make the best list, and in which order.

One objective holds both: the order's own, what the chosen tracks score, and how long they play.
The search goes back and forth between replacing tracks by others of the pool (every position
against every track at once) and the moves of the local search, perturbing the list in between.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segue.errors import UsageError
from segue.sequencing.methods.local import LocalSearch
from segue.sequencing.methods.search import search
from segue.sequencing.problem import Problem, Settings, arc_targets, fixed_positions, problem_of
from segue.sequencing.songs import Songs, Target, count_for, rows_within

SCORE = 2.0
"""What a score weight of 1 stands for: a score of 1 instead of 0 outweighs one clash of keys."""

_ROUNDS = 180
_WARMTH = 0.5
_LEAST_GAIN = 1e-9


@dataclass(frozen=True, slots=True)
class Size:
    """How much to choose: `length` tracks, as many as play for `duration`, or both."""

    length: int | None = None
    duration: Target | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """Rows of the pool in their order, (k,) int64, and what they come to.

    `objective` is the order's own, `score` the mean of the chosen, `cost` all of it together.
    """

    order: NDArray[np.int64]
    objective: float
    score: float
    duration_ms: int
    cost: float
    notes: tuple[str, ...] = ()


def choose_and_order(
    pool: Songs,
    scores: ArrayLike,
    size: Size,
    settings: Settings | None = None,
    *,
    seed: int = 0,
    effort: float = 1.0,
) -> Chosen:
    """Choose tracks of a pool to a size, and order them.

    `scores` is (n,), higher is better, about 0..1. With a length and a duration, a list
    that meets both within the tolerance is found whenever there is one, to a tenth of a second a
    track. Pins are rows of the pool, which then are always chosen. The same input, seed
    and effort give the same answer.

    Raises UsageError when neither length nor duration is given or the pins contradict.
    """
    wanted = settings or Settings()
    worth = np.asarray(scores, dtype=np.float64)
    if len(worth) != len(pool) or not np.isfinite(worth).all():
        raise UsageError("choosing needs one finite score for every track of the pool")
    length, target = size.length, size.duration
    count = _count(pool, worth, wanted, size)
    whole = problem_of(pool, replace(wanted, pins={}))
    fixed = _fixed(wanted, len(pool), count)
    chance = random.Random(seed)  # noqa: S311 (chance, not a secret)
    targets = arc_targets(wanted.arc, count) if whole.arc else np.zeros(count)
    joint = _Joint(pool, whole, targets, worth * SCORE, fixed, target)
    best = joint.search(joint.beginning(), chance, round(_ROUNDS * effort))
    order = np.array(best, dtype=np.int64)
    if target is not None and target.excess(int(pool.duration_ms[order].sum())) > 0:
        within = rows_within(pool.duration_ms, count, target, worth, tuple(fixed.values()))
        if within is not None:
            best = joint.search(joint.placed(within), chance, round(_ROUNDS * effort))
            order = np.array(best, dtype=np.int64)
    plays = int(pool.duration_ms[order].sum())
    notes = []
    if length is not None and count < length:
        notes.append(f"only {count} of {length} tracks: the pool has no more")
    if target is not None and target.excess(plays) > 0:
        off = abs(plays - target.duration_ms) / 1000
        notes.append(f"{off:.0f} s off the duration: no {count} tracks of the pool come nearer")
    own = joint.problem(best).cost(np.arange(count))
    return Chosen(
        order=order,
        objective=own,
        score=float(worth[order].mean()) if count else 0.0,
        duration_ms=plays,
        cost=joint.cost(best),
        notes=tuple(notes),
    )


def _count(pool: Songs, worth: NDArray[np.float64], wanted: Settings, size: Size) -> int:
    if size.length is not None:
        if size.length < 0:
            raise UsageError(f"the length must be 0 or more, not {size.length}")
        return min(size.length, len(pool))
    if size.duration is None:
        raise UsageError("choosing needs a length or a duration")
    return count_for(pool.duration_ms, size.duration, worth, tuple(wanted.pins))


def _fixed(wanted: Settings, available: int, count: int) -> dict[int, int]:
    """Positions of the list to rows of the pool; rows are renumbered to be checked."""
    names = dict(enumerate(wanted.pins))
    if any(not 0 <= row < available for row in names.values()):
        raise UsageError(f"a pin names a track outside the pool, 0 to {available - 1}")
    if len(names) > count:
        raise UsageError(f"{len(names)} tracks are pinned, but the list has {count}")
    renumbered = {index: wanted.pins[row] for index, row in names.items()}
    checked = fixed_positions(replace(wanted, pins=renumbered), count)
    return {place: names[index] for place, index in checked.items()}


class _Joint:
    """The joint objective over lists of `count` rows of a pool, and its search."""

    def __init__(
        self,
        pool: Songs,
        whole: Problem,
        targets: NDArray[np.float64],
        worth: NDArray[np.float64],
        fixed: dict[int, int],
        target: Target | None,
    ) -> None:
        self.whole, self.worth, self.fixed, self.target = whole, worth, fixed, target
        self.targets, self.count = targets, len(targets)
        self.durations = pool.duration_ms
        size = len(pool)
        self.costs = np.zeros((size + 1, size + 1))
        self.costs[:size, :size] = whole.transitions
        misfit = (whole.levels - self.targets[:, None]) ** 2
        self.at = whole.arc * misfit / 2 - worth  # (count, size): what a row costs at a place

    def problem(self, rows: Sequence[int]) -> Problem:
        """The problem of ordering chosen rows, numbered as they stand."""
        index = np.array(rows, dtype=np.int64)
        return Problem(
            transitions=self.whole.transitions[np.ix_(index, index)],
            levels=self.whole.levels[index],
            targets=self.targets,
            arc=self.whole.arc,
            fixed={place: place for place in self.fixed},
        )

    def cost(self, rows: Sequence[int]) -> float:
        """The joint objective, in full."""
        index = np.array(rows, dtype=np.int64)
        steps = float(self.whole.transitions[index[:-1], index[1:]].sum())
        own = steps + float(self.at[np.arange(self.count), index].sum())
        return own + self._off(int(self.durations[index].sum()))

    def _off(self, plays: int) -> float:
        return 0.0 if self.target is None else float(self.target.penalty(plays))

    def beginning(self) -> list[int]:
        """The rows that score best, the pinned among them, in their places."""
        best = np.argsort(-self.worth, kind="stable").tolist()
        return self.placed([row for row in best if row not in self.fixed.values()])

    def placed(self, rows: Sequence[int]) -> list[int]:
        """Rows in places, the pinned ones where they are pinned, as many as are wanted."""
        pinned = set(self.fixed.values())
        others = iter([row for row in rows if row not in pinned])
        return [
            self.fixed[place] if place in self.fixed else next(others)
            for place in range(self.count)
        ]

    def search(self, rows: list[int], chance: random.Random, rounds: int) -> list[int]:
        """Iterated local search: perturb, improve again, and keep the best list."""
        if not rows:
            return rows
        current = self.improved(rows)
        cost = self.cost(current)
        best, lowest = current, cost
        free = [place for place in range(self.count) if place not in self.fixed]
        outside = len(self.worth) - self.count
        for done in range(rounds if free and outside else 0):
            tried = current[:]
            self.perturb(tried, free, chance)
            tried = self.improved(tried)
            new = self.cost(tried)
            warmth = _WARMTH * (1 - done / rounds)
            if new <= cost or chance.random() < math.exp((cost - new) / max(warmth, 1e-12)):
                current, cost = tried, new
                if cost < lowest - _LEAST_GAIN:
                    best, lowest = current, cost
        problem = self.problem(best)
        rest = search(problem, [np.arange(self.count)], seed=0, rounds=4 * self.count)
        return [best[index] for index in rest.order.tolist()]

    def perturb(self, rows: list[int], free: list[int], chance: random.Random) -> None:
        """Put rows of the pool at random in the place of a few neighbouring ones."""
        first = chance.randrange(len(free))
        for place in free[first : first + chance.randint(1, 4)]:
            new = chance.randrange(len(self.worth))
            if new not in rows:
                rows[place] = new

    def improved(self, rows: list[int]) -> list[int]:
        """Replace and reorder until neither helps."""
        while True:
            rows = self.replaced(rows)
            local = LocalSearch(self.problem(rows), range(self.count))
            if local.improve(range(self.count)) <= _LEAST_GAIN:
                return rows
            rows = [rows[index] for index in local.order[1:-1]]

    def replaced(self, rows: list[int]) -> list[int]:
        """Replace one track by the best other, again and again, while that helps."""
        index = np.array(rows, dtype=np.int64)
        places = np.arange(self.count)
        end = np.array([len(self.worth)])
        while True:
            before, after = np.concatenate([end, index[:-1]]), np.concatenate([index[1:], end])
            costs = self.costs[before, :-1] + self.costs[after, :-1] + self.at
            now = costs[places, index]
            if self.target is not None:
                plays = int(self.durations[index].sum())
                others = plays - self.durations[index][:, None] + self.durations
                costs += self.target.penalties(others)
                now = now + self._off(plays)
            costs -= now[:, None]
            costs[:, index] = 0.0
            costs[list(self.fixed)] = 0.0
            place, row = divmod(int(costs.argmin()), costs.shape[1])
            if costs[place, row] > -_LEAST_GAIN:
                return [int(row) for row in index]
            index[place] = row
