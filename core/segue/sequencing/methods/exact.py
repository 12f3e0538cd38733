"""The exact optimum of a short list, by dynamic programming over sets of tracks.

Held and Karp, "A dynamic programming approach to sequencing problems" (1962): the best way to
place a set of tracks and end with a given one does not depend on how the rest will be placed.
Costs of positions fit in, since the position of the last track is the size of the set.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from segue.errors import UsageError
from segue.sequencing.problem import Problem

# Lower bounds: what no order of a list can undercut.
#
# For transitions, the bound of Held and Karp ("The traveling-salesman problem and minimum spanning
# trees", 1970): a path over the tracks, closed through one more node that costs nothing, is a
# spanning tree of the tracks with two edges to that node (a 1-tree). Prices on the tracks change
# every closed path by the same amount, so that the cheapest 1-tree under any prices bounds all
# paths; subgradient steps look for prices under which it bounds best. For the arc, no order fits
# better than the one that sorts the levels as the targets are sorted (the rearrangement
# inequality). The sum of both bounds the objective; pins can only raise it.


def transition_bound(transitions: NDArray[np.float64], steps: int = 300) -> float:
    """A lower bound of the cost of a path through all n tracks: (n, n) float64 symmetric."""
    count = len(transitions)
    if count < 3:
        return float(transitions[0, 1]) if count == 2 else 0.0
    off = ~np.eye(count, dtype=bool)
    low, spread = float(transitions[off].min()), float(np.ptp(transitions[off]))
    prices = np.zeros(count)
    best, stale = -np.inf, 0
    step = max(spread, 1e-9) / 10
    for _ in range(steps):
        priced = transitions + prices[:, None] + prices
        degrees, edges = _spanning_tree(priced)
        ends = np.argpartition(prices, 1)[:2]  # the extra node's two edges cost only their prices
        bound = sum(edges) + float(prices[ends].sum()) - 2 * float(prices.sum())
        degrees[ends] += 1
        if bound > best + 1e-9 * max(1.0, abs(low)):
            best, stale = bound, 0
        else:
            stale += 1
            if stale >= 5:
                step, stale = step * 0.7, 0
        slope = degrees - 2
        if not slope.any() or step < 1e-7 * max(spread, 1e-9):
            break  # the 1-tree is a path: the bound is the optimum
        prices = prices + step * slope
    return best


def worst_bound(transitions: NDArray[np.float64]) -> float:
    """What the worst transition of a path through all n tracks cannot undercut: (n, n), symmetric.

    Every track but the two ends needs two neighbours, and the costliest edge of a minimum spanning
    tree parts the tracks in two, which some transition has to join.
    """
    if len(transitions) < 3:
        return float(transitions[0, 1]) if len(transitions) == 2 else float("nan")
    others = transitions.copy()
    np.fill_diagonal(others, np.inf)
    second = np.sort(np.partition(others, 1, axis=1)[:, 1])
    return max(*_spanning_tree(others)[1], float(second[-3]))


def lower_bound(problem: Problem, steps: int = 300) -> float:
    """A lower bound of the objective over all orders, pins aside: the worst is no better than the
    mean."""
    fit = ((np.sort(problem.levels) - np.sort(problem.targets)) ** 2).sum() / 2
    steps_bound = transition_bound(problem.transitions, steps)
    tail = problem.worst * steps_bound / max(len(problem) - 1, 1)
    return steps_bound + tail + problem.arc * float(fit)


def _spanning_tree(costs: NDArray[np.float64]) -> tuple[NDArray[np.int64], list[float]]:
    """Degrees (n,) and edge costs of a minimum spanning tree, by Prim's algorithm on a full
    matrix."""
    count = len(costs)
    outside = costs.copy()  # infinite to every track that is in the tree
    outside[:, 0] = np.inf
    nearest, parent = outside[0].copy(), np.zeros(count, dtype=np.int64)
    edges: list[float] = []
    ends: list[int] = []
    for _ in range(count - 1):
        new = int(nearest.argmin())
        edges.append(float(nearest[new]))
        ends += (new, int(parent[new]))
        outside[:, new] = nearest[new] = np.inf
        row = outside[new]
        closer = row < nearest
        np.copyto(nearest, row, where=closer)
        parent[closer] = new
    return np.bincount(ends, minlength=count), edges


def potentials_of(transitions: NDArray[np.float64], steps: int = 40) -> NDArray[np.float64]:
    """What to add to the costs of each track, and of the ends, (n + 1,), so that few look near that
    are not.

    A closed path through the tracks and the ends meets each twice, so every order's cost changes by
    the same amount, and no move's gain changes at all. The potentials are those of Held and Karp's
    bound: a track that a minimum spanning tree joins to many others grows dearer, one at the tip of
    a branch cheaper (Helsgaun, 2000, section 4.1).
    """
    costs = np.zeros((len(transitions) + 1,) * 2)
    costs[:-1, :-1] = transitions
    potentials = last = np.zeros(len(costs))
    best, highest, step = potentials, -np.inf, 0.1
    wanted = np.full(len(costs), 2)
    wanted[-1] = 1
    for _ in range(steps):
        degrees, edges = _spanning_tree(costs + potentials[:, None] + potentials)
        bound = sum(edges) - 2 * float(potentials.sum())
        if bound > highest:
            best, highest = potentials, bound
        surplus = degrees - wanted
        potentials = potentials + step * (0.7 * surplus + 0.3 * last)
        last, step = surplus, 0.96 * step
    return best


MOST_TRACKS = 13
"""The longest list that is solved exactly: 13 · 2¹³ states."""


def exact_order(problem: Problem) -> NDArray[np.int64]:
    """An order of the lowest objective among those that keep every pin: (n,) int64.

    Where the worst transition counts, the transitions as bad as the worst of the best order are
    ruled out, again and again, as long as what is left could still be better.

    Raises UsageError for more than `MOST_TRACKS` tracks.
    """
    best = _least_sum(problem)
    if not problem.worst or len(problem) < 3:
        return best
    apart = problem.transitions.copy()
    np.fill_diagonal(apart, np.inf)
    least = float(apart.min(axis=1).max())  # every track has a transition no better than its best
    tried, ruled_out = best, replace(problem, worst=0.0)
    while ruled_out.cost(tried) + problem.worst * least < problem.cost(best) - 1e-9:
        worst = problem.transitions[tried[:-1], tried[1:]].max()
        if worst <= least:
            break
        kept = np.where(problem.transitions >= worst, _RULED_OUT, problem.transitions)
        ruled_out = replace(ruled_out, transitions=kept)
        tried = _least_sum(ruled_out)
        if problem.cost(tried) < problem.cost(best):
            best = tried
    return best


_RULED_OUT = 1e6


def _least_sum(problem: Problem) -> NDArray[np.int64]:
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
