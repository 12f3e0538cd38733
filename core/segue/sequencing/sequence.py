"""Sequencing: the one function that orders a list, whatever the method, and the one that finds a
way from one song to another."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from segue.errors import UsageError
from segue.sequencing.methods.exact import exact_order, potentials_of, worst_bound
from segue.sequencing.methods.greedy import (
    NextFeatures,
    OriginalWeights,
    beam_order,
    greedy_order,
)
from segue.sequencing.methods.local import LocalSearch
from segue.sequencing.methods.search import ROOM_FOR_A_PIN, improved, rounds_of, search, soon_found
from segue.sequencing.options import Method
from segue.sequencing.problem import Problem, Settings, problem_of
from segue.sequencing.songs import Songs

SOLVED = 12
"""Up to this many tracks the exact optimum takes less time than the search."""


@dataclass(frozen=True, slots=True, eq=False)
class Sequenced:
    """An order, (n,) int64 rows, with its objective, the problem it solves and how it was found.

    `rounds` counts the search's rounds. `notes` say in words what could not be kept.
    """

    order: NDArray[np.int64]
    objective: float
    problem: Problem
    method: Method
    rounds: int = 0
    notes: tuple[str, ...] = ()


def sequence(
    songs: Songs,
    settings: Settings | None = None,
    *,
    seed: int = 0,
    effort: float = 1.0,
    next_features: NextFeatures | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Sequenced:
    """Order songs: every row once, every pin kept, as little of the objective as can be found.

    The method "search" solves lists of up to `SOLVED` tracks exactly; on longer ones it is never
    worse by the objective than "greedy" or than the order given.
    The same songs, settings, seed and effort give the same order. More `effort` looks longer, in
    proportion; `should_stop` may end the search early with the best order so far.
    `next_features` is a model's ŷ for the greedy and the beam, see `methods.greedy`.

    Raises UsageError when pins or forbidden neighbours contradict each other, the effort is not
    a number of 0 or more, or there are too many tracks to search.
    """
    wanted = settings or Settings()
    if not (np.isfinite(effort) and effort >= 0):
        raise UsageError(f"the effort must be 0 or more, not {effort}")
    problem = problem_of(songs, wanted)
    rounds = 0
    if wanted.method == "none":
        order = kept_to_pins(problem, np.arange(len(songs)))
    elif wanted.method == "beam":
        weights = wanted.weights
        order = beam_order(
            problem, songs, next_features, flow=weights.flow, spicyness=weights.spicyness
        )
    else:
        order = kept_to_pins(problem, _greedy(songs, wanted, problem, next_features))
        if wanted.method == "search" and 1 < len(songs) <= SOLVED:
            order = exact_order(problem)
        elif wanted.method == "search" and len(songs) > SOLVED:
            starts = [order, kept_to_pins(problem, np.arange(len(songs)))]
            if problem.arc:
                starts.append(kept_to_pins(problem, _along_the_arc(problem)))
            near = None if problem.arc else potentials_of(problem.transitions)
            look = partial(search, seed=seed, should_stop=should_stop, potentials=near)
            if 0 < len(problem.fixed) * ROOM_FOR_A_PIN <= len(songs):
                free = replace(problem, fixed={})
                found = look(free, starts, rounds=rounds_of(free, effort / 2))
                pinned = kept_to_pins(problem, found.order)
                most = problem.cost(pinned)
                starts = [pinned, *(start for start in starts if problem.cost(start) < most)]
                rounds = found.rounds
            found = look(problem, starts, rounds=rounds_of(problem, effort))
            rounds += found.rounds
            local = LocalSearch(problem, found.order.tolist(), potentials=near)
            order = mended(problem, local, seed=seed, effort=effort)
    order = joined(problem, order)
    broken, apart = problem.broken(order), parted(problem, order)
    notes: tuple[str, ...] = ()
    if broken:
        pairs = "1 forbidden pair stands" if broken == 1 else f"{broken} forbidden pairs stand"
        notes = (f"{pairs} side by side: no order without was found",)
    if apart:
        groups = "1 group" if len(apart) == 1 else f"{len(apart)} groups"
        notes += (f"{groups} to keep together could not be: what holds its place is in the way",)
    return Sequenced(order, problem.cost(order), problem, wanted.method, rounds, notes)


def parted(problem: Problem, order: NDArray[np.int64]) -> tuple[tuple[int, ...], ...]:
    """The groups that an order does not keep together as they are given."""
    place = {row: position for position, row in enumerate(order.tolist())}
    return tuple(
        group
        for group in problem.together
        if any(place[b] - place[a] != 1 for a, b in pairwise(group))
    )


def joined(problem: Problem, order: NDArray[np.int64]) -> NDArray[np.int64]:
    """An order with the groups kept together that are apart or the wrong way round in it.

    Costs are the same in both directions, so that a search leaves a group in either: the whole list
    is turned round where that puts more of them right and is free, then each by itself. Of a group
    that is apart the others come behind its first, where no pin is in the way.
    """
    if not parted(problem, order):
        return order
    backwards = order[::-1].copy()
    free = not problem.fixed and not problem.arc
    if free and len(parted(problem, backwards)) < len(parted(problem, order)):
        order = backwards
    for group in parted(problem, order):
        rows = order.tolist()
        places = sorted(rows.index(row) for row in group)
        if places[-1] - places[0] == len(group) - 1:
            rows[places[0] : places[-1] + 1] = group
        else:
            rest = [row for row in rows if row not in group[1:]]
            head = rest.index(group[0]) + 1
            rows = [*rest[:head], *group[1:], *rest[head:]]
        changed = kept_to_pins(problem, np.array(rows, dtype=np.int64))
        if len(parted(problem, changed)) < len(parted(problem, order)):
            order = changed
    return order


_RULED_OUT = 10.0
"""What is added to a transition that is to be parted: more than it is worth to any other."""
_MENDED = 20
"""How many transitions are parted at most."""
_MEND, _MEND_WITH_ARC, _MEND_WHERE_SOON_FOUND = (130, 7800, 3), (30, 3000, 3), (40, 3000, 5)
"""How long the search looks for an order without each of them: so many rounds, and so many over the
number of tracks at most; and after how many without a gain it ends."""


def mended(
    problem: Problem, local: LocalSearch, *, seed: int, effort: float = 1.0
) -> NDArray[np.int64]:
    """An order with its worst transitions parted one after another, where the objective gains.

    The worst is ruled out, with all that cost as much, and the search goes on from the order as it
    is; then the worst of what is left. The pins are kept; the same seed gives the same order.
    `local` stands at the order to begin with, and is used up.
    """
    order = np.array(local.order[1:-1], dtype=np.int64)
    if not problem.worst or len(problem) < 3:
        return order
    chance = random.Random(seed)  # noqa: S311 (chance, not a secret)
    costs = problem.transitions
    usual = _MEND_WITH_ARC if problem.arc else _MEND
    most, in_all, in_vain = _MEND_WHERE_SOON_FOUND if soon_found(problem) else usual
    rounds = round(effort * min(most, in_all / len(problem)))
    best = rows = order
    lowest = cost = problem.cost(order)
    above, vain = np.inf, 0
    least = -np.inf if problem.arc else worst_bound(costs)  # few rounds find no cheapest arc
    for _ in range(_MENDED):
        steps = costs[rows[:-1], rows[1:]]
        worst = steps.max()
        # The more is ruled out, the dearer the others: the worst is all that can still gain.
        if vain > in_vain or cost - problem.worst * (worst - least) >= lowest:
            break
        new = (costs >= worst) & (costs < above)
        for row in np.flatnonzero(new.any(axis=1)).tolist():
            for other in np.flatnonzero(new[row]).tolist():
                local.costs[row][other] += _RULED_OUT
        above = min(worst, above)
        places = np.flatnonzero(steps >= worst)
        local.improve(rows[np.concatenate([places, places + 1])].tolist())
        found, _ = improved(local, rounds, chance)
        local.start(found)
        rows = np.array(found, dtype=np.int64)
        cost = problem.cost(rows)
        vain = 0 if cost < lowest - 1e-9 else vain + 1
        if not vain:
            best, lowest = rows, cost
    return best


def kept_to_pins(problem: Problem, order: NDArray[np.int64]) -> NDArray[np.int64]:
    """An order changed as little as can be for every pin to hold: the others keep their order."""
    if not problem.fixed:
        return order.astype(np.int64)
    pinned = set(problem.fixed.values())
    others = iter([row for row in order.tolist() if row not in pinned])
    fixed = problem.fixed
    rows = [fixed[place] if place in fixed else next(others) for place in range(len(order))]
    return np.array(rows, dtype=np.int64)


def _along_the_arc(problem: Problem) -> NDArray[np.int64]:
    """The order that fits the arc best: levels sorted as the targets are."""
    order = np.empty(len(problem), dtype=np.int64)
    places = np.argsort(problem.targets, kind="stable")
    order[places] = np.argsort(problem.levels, kind="stable")
    return order


def _greedy(
    songs: Songs, settings: Settings, problem: Problem, next_features: NextFeatures | None
) -> NDArray[np.int64]:
    """The seeds' greedy order, pins at the beginning as its opening."""
    words = settings.weights
    weights = OriginalWeights(words.flow, words.sweetness, words.smoothness, words.spicyness)
    opening: list[int] = []
    while len(opening) in problem.fixed:
        opening.append(problem.fixed[len(opening)])
    return greedy_order(songs, weights, first=opening, next_features=next_features)


STRAIGHT = 8.0
"""What it costs to leave the line by its whole length, in the unit of the key term."""
NEAREST = 40
"""So many songs are looked at for each position."""
BEAM = 120
"""So many partial ways are gone on with."""

Steps = Callable[[NDArray[np.int64]], NDArray[np.float64]]
"""The transition costs of some rows: (m,) to (m, m)."""


def way_between(
    places: NDArray[np.float64], ends: tuple[int, int], length: int, steps: Steps
) -> NDArray[np.int64]:
    """The rows of a way of `length` songs, the `ends` among them: (length,) int64, by the objective

        cost(way) = Σ transitions[way[i], way[i + 1]] + STRAIGHT · Σ ‖z(way[i]) − p_i‖²

    p_i are the points that part the straight line from the first song's place z to the last one's
    into equal steps, in units of the line's own length: a near goal is gone to in small steps. A
    beam over the positions: at each only the songs nearest to its point are looked at, no song
    comes twice, and the cheapest partial ways are gone on with.

    `places` is (n, d), without unknowns. The same places and costs give the same way. Raises
    UsageError where the ends are one song, or there are fewer songs than the way is to have.
    """
    first, last = ends
    if first == last:
        raise UsageError("a way has two ends: name two different songs")
    if length < 2:
        raise UsageError("a way has 2 songs at least, its ends")
    if length > len(places):
        raise UsageError(f"a way of {length} songs needs as many; {len(places)} are known")
    line = places[last] - places[first]
    span = max(float(line @ line), 1e-12)
    points = places[first] + np.linspace(0.0, 1.0, length)[:, None] * line
    between = np.array([row for row in range(len(places)) if row not in ends], dtype=np.int64)
    # Every position sees as many songs more as the others may have taken from it.
    most = min(max(NEAREST, length), len(between))
    layers, away = [], []
    for point in points[1:-1]:
        distance = ((places[between] - point) ** 2).sum(axis=1) / span
        near = np.argsort(distance, kind="stable")[:most]
        layers.append(between[near])
        away.append(STRAIGHT * distance[near])
    pool = np.unique(np.concatenate([np.array(ends), *layers]))
    place = {int(row): index for index, row in enumerate(pool)}
    costs = steps(pool)
    ways: list[tuple[float, tuple[int, ...]]] = [(0.0, (place[first],))]
    for layer, off in zip(layers, away, strict=True):
        here = np.array([place[int(row)] for row in layer])
        grown = [
            (cost + float(step) + float(aside), (*way, int(song)))
            for cost, way in ways
            for song, step, aside in zip(here, costs[way[-1], here], off, strict=True)
            if song not in way
        ]
        ways = sorted(grown)[:BEAM]
    goal = place[last]
    _, best = min((cost + float(costs[way[-1], goal]), (*way, goal)) for cost, way in ways)
    return np.asarray(pool[list(best)], dtype=np.int64)
