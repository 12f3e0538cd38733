"""The global search, exact optimum and bounds, held against each other."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from segue.errors import UsageError
from segue.sequencing.methods.exact import (
    exact_order,
    lower_bound,
    potentials_of,
    transition_bound,
    worst_bound,
)
from segue.sequencing.methods.local import LocalSearch
from segue.sequencing.methods.search import rounds_of, search
from segue.sequencing.problem import Problem, Settings
from segue.sequencing.report import gap_percent, shuffles
from segue.sequencing.sequence import kept_to_pins, mended, sequence


@pytest.mark.parametrize("seed", range(6))
def test_the_exact_order_is_the_best_of_all_orders(random_problem, seed, keeps_pins):
    problem = random_problem(6, seed, arc=0.7, pins=seed % 3)
    orders = [o for o in itertools.permutations(range(6)) if keeps_pins(problem, o)]
    best = min(problem.cost(order) for order in orders)
    found = exact_order(problem)
    assert keeps_pins(problem, found)
    assert problem.cost(found) == pytest.approx(best)


@pytest.mark.parametrize("seed", range(6))
def test_the_exact_order_counts_the_worst_transition(random_problem, seed, keeps_pins):
    problem = replace(random_problem(6, seed, arc=0.7, pins=seed % 3), worst=3.0)
    orders = [o for o in itertools.permutations(range(6)) if keeps_pins(problem, o)]
    best = min(problem.cost(order) for order in orders)
    assert problem.cost(exact_order(problem)) == pytest.approx(best)


def test_the_objective_counts_the_worst_transition_once_more():
    costs = np.array([[0.0, 1.0, 5.0], [1.0, 0.0, 2.0], [5.0, 2.0, 0.0]])
    problem = Problem(costs, np.zeros(3), np.zeros(3), worst=4.0)
    assert problem.cost([0, 1, 2]) == 1 + 2 + 4 * 2


@pytest.mark.parametrize("seed", range(4))
def test_mending_parts_the_worst_and_never_costs_more(random_problem, seed, keeps_pins):
    problem = replace(random_problem(40, seed, arc=0.3, pins=2), worst=8.0)
    start = kept_to_pins(problem, np.random.default_rng(seed).permutation(40))
    order, again = (
        mended(problem, LocalSearch(problem, start.tolist()), seed=seed) for _ in range(2)
    )
    worst = [problem.transitions[o[:-1], o[1:]].max() for o in (start, order)]
    assert keeps_pins(problem, order)
    assert sorted(order.tolist()) == list(range(40))
    assert worst[1] < worst[0]
    assert problem.cost(order) < problem.cost(start)
    assert again.tolist() == order.tolist()


def test_fourteen_tracks_are_too_many_to_order_exactly(random_problem):
    with pytest.raises(UsageError, match="14 tracks"):
        exact_order(random_problem(14, 0))


@pytest.mark.parametrize("seed", range(10))
def test_the_search_is_within_one_percent_of_the_optimum_of_short_lists(random_problem, seed):
    problem = random_problem(12, seed, arc=0.5, pins=seed % 3)
    start = kept_to_pins(problem, np.arange(12))
    found = search(problem, [start], seed=1, rounds=rounds_of(problem, 1.0))
    chance = float(problem.costs(shuffles(12, 0)).mean())
    assert gap_percent(found.cost, problem.cost(exact_order(problem)), chance) < 1.0


@pytest.mark.parametrize("seed", range(10))
def test_no_order_undercuts_the_bound(random_problem, seed):
    problem = random_problem(9, seed, arc=0.5)
    assert lower_bound(problem) <= problem.cost(exact_order(problem)) + 1e-9


def test_the_bound_of_points_on_a_line_is_its_length():
    points = np.array([0.0, 1.0, 2.5, 4.0, 7.0])
    assert transition_bound(np.abs(points[:, None] - points)) == pytest.approx(7.0, abs=1e-3)


@pytest.mark.parametrize("seed", range(5))
def test_it_is_never_worse_than_any_start(random_problem, seed, keeps_pins):
    problem = random_problem(20, seed, pins=2)
    rng = np.random.default_rng(seed)
    starts = [kept_to_pins(problem, rng.permutation(20)) for _ in range(3)]
    found = search(problem, starts, seed=0, rounds=0)
    assert found.cost <= min(problem.cost(start) for start in starts)
    assert keeps_pins(problem, found.order)


def test_the_same_seed_gives_the_same_order(random_problem):
    problem = random_problem(30, 3)
    first, second = (search(problem, [np.arange(30)], seed=5, rounds=50) for _ in range(2))
    assert first.order.tolist() == second.order.tolist()


def test_more_rounds_are_never_worse_than_none(random_problem):
    problem = random_problem(40, 4)
    costs = [search(problem, [np.arange(40)], seed=5, rounds=r).cost for r in (0, 200)]
    assert costs[1] < costs[0]


def test_it_stops_when_asked_to_with_what_it_has(random_problem):
    problem = random_problem(30, 3)
    found = search(problem, [np.arange(30)], seed=5, rounds=10_000, should_stop=lambda: True)
    assert found.rounds == 0
    assert sorted(found.order.tolist()) == list(range(30))


def test_starts_are_not_changed(random_problem):
    problem, start = random_problem(20, 1), np.arange(20)
    search(problem, [start], seed=0, rounds=20)
    assert start.tolist() == list(range(20))


def test_potentials_change_the_cost_of_every_order_by_the_same(random_problem):
    problem = random_problem(9, 3, arc=0.0)
    costs = np.pad(problem.transitions, (0, 1))
    potentials = potentials_of(problem.transitions)
    moved = costs + potentials[:, None] + potentials
    changes = []
    for order in shuffles(9, 0)[:20]:
        closed = np.r_[9, order, 9]
        changes.append((moved - costs)[closed[:-1], closed[1:]].sum())
    assert changes == pytest.approx([changes[0]] * 20)
    assert not np.allclose(moved, costs)


def test_a_flat_list_with_few_pins_keeps_them_and_is_the_same_each_time(random_songs, keeps_pins):
    songs = random_songs(80, 5)
    wanted = Settings(pins={3: 0, 40: 40, 7: -1})
    found = sequence(songs, wanted, seed=1)
    assert keeps_pins(found.problem, found.order)
    assert found.order.tolist() == sequence(songs, wanted, seed=1).order.tolist()


def test_no_order_of_a_short_list_has_a_worst_transition_below_the_bound(random_problem):
    for seed in range(6):
        costs = random_problem(6, seed, arc=0.0).transitions
        orders = np.array(list(itertools.permutations(range(6))))
        best = costs[orders[:, :-1], orders[:, 1:]].max(axis=1).min()
        assert worst_bound(costs) <= best + 1e-9
    spread = np.abs(np.subtract.outer(np.arange(6.0), np.arange(6.0)))
    assert worst_bound(spread) == pytest.approx(1.0)


def test_a_short_list_along_an_arc_is_searched_for_less_long_where_it_is_mended_after(
    random_problem,
):
    def rounds(tracks, worst):
        return rounds_of(replace(random_problem(tracks, 0, arc=0.7), worst=worst), 1.0)

    assert 2 * rounds(30, 1.0) < rounds(30, 0.0)
    assert rounds(40, 1.0) == rounds(40, 0.0)
