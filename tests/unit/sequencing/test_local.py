"""The local search: exact gains, pins that hold."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.sequencing.methods.local import LocalSearch
from segue.sequencing.methods.search import exchange, swap
from segue.sequencing.problem import Problem
from segue.sequencing.sequence import kept_to_pins


def _problem(count, seed, arc, pins):
    rng = np.random.default_rng(seed)
    costs = rng.normal(size=(count, count))
    costs = costs + costs.T
    np.fill_diagonal(costs, 0.0)
    rows, places = rng.permutation(count)[:pins], rng.permutation(count)[:pins]
    fixed = {int(p): int(r) for p, r in zip(places, rows, strict=True)}
    return Problem(costs, rng.normal(size=count), rng.normal(size=count), arc, fixed)


problems = st.builds(
    _problem,
    count=st.integers(5, 24),
    seed=st.integers(0, 10_000),
    arc=st.sampled_from([0.0, 0.3, 5.0]),
    pins=st.integers(0, 4),
)


@given(problem=problems, seed=st.integers(0, 100), slack=st.sampled_from([0.0, 0.5, 5.0]))
@settings(max_examples=150, deadline=None)
def test_the_gain_it_adds_up_is_the_gain_in_full(problem, seed, slack):
    order = kept_to_pins(problem, np.random.default_rng(seed).permutation(len(problem)))
    local = LocalSearch(problem, order.tolist(), slack=slack)
    gain = local.improve(order.tolist())
    assert problem.cost(order) - gain == pytest.approx(problem.cost(local.order[1:-1]), abs=1e-7)


@given(problem=problems, seed=st.integers(0, 100))
@settings(max_examples=100, deadline=None)
def test_every_single_move_gains_exactly_what_it_says(problem, seed):
    order = kept_to_pins(problem, np.random.default_rng(seed).permutation(len(problem)))
    local = LocalSearch(problem, order.tolist())
    for row in order.tolist():
        before = problem.cost(local.order[1:-1])
        gain, touched = local._better(row)
        after = problem.cost(local.order[1:-1])
        assert before - after == pytest.approx(gain if touched else 0.0, abs=1e-8)


@given(problem=problems, seed=st.integers(0, 100))
@settings(max_examples=100, deadline=None)
def test_pins_hold_and_every_row_stays(keeps_pins, problem, seed):
    order = kept_to_pins(problem, np.random.default_rng(seed).permutation(len(problem)))
    local = LocalSearch(problem, order.tolist())
    local.improve(order.tolist())
    rows = local.order[1:-1]
    assert sorted(rows) == list(range(len(problem)))
    assert keeps_pins(problem, rows)
    assert all(local.order[local.place[row]] == row for row in rows)


@given(problem=problems, seed=st.integers(0, 1000))
@settings(max_examples=100, deadline=None)
def test_exchanging_two_stretches_costs_exactly_what_it_says(problem, seed):
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(problem))
    local = LocalSearch(problem, order.tolist())
    low, middle, high = (1 + np.sort(rng.permutation(len(problem) + 1)[:3])).tolist()
    cost = exchange(local, low, middle, high)
    assert problem.cost(local.order[1:-1]) - problem.cost(order) == pytest.approx(cost, abs=1e-8)


@given(problem=problems, length=st.integers(1, 2), seed=st.integers(0, 1000))
@settings(max_examples=100, deadline=None)
def test_swapping_two_stretches_costs_exactly_what_it_says(problem, length, seed):
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(problem))
    local = LocalSearch(problem, order.tolist())
    here = int(rng.integers(1, len(problem) + 2 - 2 * length))
    there = int(rng.integers(here + length, len(problem) + 2 - length))
    cost = swap(local, here, there, length)
    assert problem.cost(local.order[1:-1]) - problem.cost(order) == pytest.approx(cost, abs=1e-8)
    assert sorted(local.order[1:-1]) == list(range(len(problem)))


def test_a_circle_out_of_order_is_put_in_order():
    angle = np.linspace(0, np.pi, 12)
    points = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    costs = np.linalg.norm(points[:, None] - points, axis=2)
    problem = Problem(costs, np.zeros(12), np.zeros(12))
    order = [0, 5, 1, 2, 9, 3, 4, 6, 11, 7, 8, 10]
    local = LocalSearch(problem, order)
    local.improve(order)
    steps = [abs(a - b) for a, b in itertools.pairwise(local.order[1:-1])]
    assert set(steps) == {1}
