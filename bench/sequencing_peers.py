"""The sequencer beside OR-tools on transitions alone, and beside annealing on its own objective."""

from __future__ import annotations

import itertools
import math
import random
import time

import numpy as np
from numpy.typing import NDArray
from ortools.constraint_solver import pywrapcp, routing_enums_pb2
from ortools.sat.python import cp_model

from bench._songs import drawn, pool
from segue.evaluation.sequencing import evened
from segue.sequencing.methods.search import rounds_of, search
from segue.sequencing.options import arc_of
from segue.sequencing.problem import Problem, Settings, problem_of
from segue.sequencing.report import gap_percent, shuffles
from segue.sequencing.sequence import sequence
from segue.sequencing.songs import Songs

SECONDS = 10.0
_SCALE = 1_000_000
Order = NDArray[np.int64]


def main() -> None:
    """Print both tables."""
    songs, name = pool()
    print(f"songs: {name}; gaps are of the room between the reference and random order")
    _optimum(songs)
    _routing(songs)
    _annealing(songs)


def _optimum(songs: Songs) -> None:
    print("\n50 tracks, transitions alone, beside the optimum that CP-SAT proves")
    gaps, ours, theirs, proven = [], [], [], 0
    for index, some in enumerate(drawn(songs, 50, 8, seed=1)):
        problem = problem_of(some, evened(Settings()))
        began = time.process_time()
        found = search(problem, [np.arange(50)], seed=index, rounds=rounds_of(problem, 1.0))
        ours.append(time.process_time() - began)
        began = time.perf_counter()
        best, sure = cp_sat(problem.transitions)
        theirs.append(time.perf_counter() - began)
        proven += sure
        chance = float(problem.costs(shuffles(50, 0)).mean())
        gaps.append(gap_percent(found.cost, problem.cost(best), chance) or 0.0)
    print(f"mean gap {np.mean(gaps):.4f} %, worst {np.max(gaps):.4f} %; {proven} of {len(gaps)} "
          f"proven; ours {np.mean(ours):.3f} s of cpu, CP-SAT {np.mean(theirs):.1f} s of wall")  # fmt: skip  # noqa: E501


def _routing(songs: Songs) -> None:
    print(f"\ntransitions alone, beside OR-tools routing (guided local search, {SECONDS:g} s each)")
    for count, lists in ((100, 4), (200, 4)):
        ours, theirs, took = [], [], []
        for index, some in enumerate(drawn(songs, count, lists, seed=2)):
            problem = problem_of(some, evened(Settings()))
            began = time.process_time()
            found = search(problem, [np.arange(count)], seed=index, rounds=rounds_of(problem, 1.0))
            took.append(time.process_time() - began)
            ours.append(found.cost)
            theirs.append(problem.cost(routing(problem.transitions, SECONDS)))
        wins = sum(a <= b + 1e-9 for a, b in zip(ours, theirs, strict=True))
        print(f"{count} tracks: ours {np.mean(ours):.3f} in {np.mean(took):.2f} s of cpu, "
              f"OR-tools {np.mean(theirs):.3f}; ours at least as good on {wins} of {lists}",
              flush=True)  # fmt: skip


def _annealing(songs: Songs) -> None:
    print(f"\n40 tracks, our own objective, beside {SECONDS:g} s of annealing from the same start")
    for arc in ("flat", "ramp"):
        gaps, took, steps = [], [], []
        for index, some in enumerate(drawn(songs, 40, 4, seed=3)):
            began = time.process_time()
            found = sequence(some, evened(Settings(arc=arc_of(arc))), seed=index)
            took.append(time.process_time() - began)
            cost, made = annealed(found.problem, np.arange(40), SECONDS, seed=index)
            steps.append(made)
            chance = float(found.problem.costs(shuffles(40, 0)).mean())
            gaps.append(gap_percent(found.objective, cost, chance) or 0.0)
        print(f"{arc}: ours {np.mean(took):.3f} s of cpu; gap to annealing ({np.mean(steps):,.0f} "
              f"steps): mean {np.mean(gaps):.3f} %, worst {np.max(gaps):.3f} % "
              "(below 0: ours is better)", flush=True)  # fmt: skip


def cp_sat(transitions: NDArray[np.float64], seconds: float = 60.0) -> tuple[Order, bool]:
    """The best path through all tracks by CP-SAT's circuit constraint, and whether it is proven."""
    count = len(transitions)
    model = cp_model.CpModel()
    arcs, terms = [], []
    for a in range(count):
        arcs.append((count, a, model.new_bool_var("")))
        arcs.append((a, count, model.new_bool_var("")))
        for b in range(count):
            if a != b:
                used = model.new_bool_var("")
                arcs.append((a, b, used))
                terms.append(round(_SCALE * float(transitions[a, b])) * used)
    model.add_circuit(arcs)
    model.minimize(sum(terms))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = 2
    status = solver.solve(model)
    follows = {a: b for a, b, used in arcs if solver.boolean_value(used)}
    order, here = [], follows[count]
    while here != count:
        order.append(here)
        here = follows[here]
    return np.array(order), status == cp_model.OPTIMAL


def routing(transitions: NDArray[np.float64], seconds: float) -> Order:
    """A path through all tracks by OR-tools routing with guided local search."""
    count = len(transitions)
    costs = np.zeros((count + 1, count + 1), dtype=np.int64)
    off = ~np.eye(count, dtype=bool)
    shifted = np.where(off, transitions - transitions[off].min(), 0.0)
    costs[:count, :count] = np.rint(_SCALE * shifted)
    manager = pywrapcp.RoutingIndexManager(count + 1, 1, count)
    model = pywrapcp.RoutingModel(manager)
    model.SetArcCostEvaluatorOfAllVehicles(model.RegisterTransitMatrix(costs.tolist()))
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    first = routing_enums_pb2.FirstSolutionStrategy
    parameters.first_solution_strategy = first.PATH_CHEAPEST_ARC
    parameters.local_search_metaheuristic = (
        routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    )
    parameters.time_limit.FromMilliseconds(round(1000 * seconds))
    solution = model.SolveWithParameters(parameters)
    order = []
    index = solution.Value(model.NextVar(model.Start(0)))
    while not model.IsEnd(index):
        order.append(manager.IndexToNode(index))
        index = solution.Value(model.NextVar(index))
    return np.array(order)


def annealed(problem: Problem, start: Order, seconds: float, seed: int) -> tuple[float, int]:
    """The lowest objective that annealing meets, and its steps: swaps, turns and carries."""
    chance = random.Random(seed)
    costs, place = problem.transitions.tolist(), problem.position_costs().tolist()
    order, count = start.tolist(), len(problem)
    current = lowest = problem.cost(start)
    began, steps, share = time.perf_counter(), 0, 0.0
    while share < 1.0:
        if steps % 256 == 0:
            share = (time.perf_counter() - began) / seconds
            warmth = 1.0 * 0.02**share
        steps += 1
        low, high = sorted((chance.randrange(count), chance.randrange(count)))
        if low == high:
            continue
        kind = chance.randrange(3)
        window = order[low : high + 1]
        if kind == 0:
            window.reverse()
        elif kind == 1:
            window[0], window[-1] = window[-1], window[0]
        else:
            cut = chance.choice((1, len(window) - 1))
            window = window[cut:] + window[:cut]
        gain = _window_cost(costs, place, order, low, order[low : high + 1])
        gain -= _window_cost(costs, place, order, low, window)
        if gain >= 0 or chance.random() < math.exp(gain / warmth):
            order[low : high + 1] = window
            current -= gain
            lowest = min(lowest, current)
    return lowest, steps


def _window_cost(
    costs: list[list[float]], place: list[list[float]], order: list[int], low: int, rows: list[int]
) -> float:
    high = low + len(rows)
    total = sum(costs[a][b] for a, b in itertools.pairwise(rows))
    total += sum(place[row][at] for at, row in enumerate(rows, low))
    if low > 0:
        total += costs[order[low - 1]][rows[0]]
    return total + (costs[rows[-1]][order[high]] if high < len(order) else 0.0)


if __name__ == "__main__":
    main()
