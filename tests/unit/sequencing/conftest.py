"""Songs and problems made from a seed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from segue.sequencing.problem import Problem
from segue.sequencing.songs import Songs


def random_songs(count: int, seed: int, unknown: float = 0.0) -> Songs:
    """Songs of every kind; each value is unknown with the probability given."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(count, 8)).astype(np.float32)
    features[rng.random((count, 8)) < unknown] = np.nan
    return Songs(
        features=features,
        key=np.where(rng.random(count) < unknown, -1, rng.integers(0, 12, count)),
        mode=rng.integers(0, 2, count),
        tempo=np.where(rng.random(count) < unknown, 0.0, rng.uniform(60, 190, count)),
        energy=np.where(rng.random(count) < unknown, np.nan, rng.random(count)),
        valence=np.where(rng.random(count) < unknown, np.nan, rng.random(count)),
        artist=rng.integers(-1, max(count // 2, 1), count),
        album=rng.integers(-1, max(count, 1), count),
        duration_ms=rng.integers(120_000, 360_000, count),
    )


def random_problem(count: int, seed: int, arc: float = 1.0, pins: int = 0) -> Problem:
    """A problem with costs of either sign, an arc and pins at random."""
    rng = np.random.default_rng(seed)
    costs = rng.normal(size=(count, count))
    costs = costs + costs.T
    np.fill_diagonal(costs, 0.0)
    rows, places = rng.permutation(count)[:pins], rng.permutation(count)[:pins]
    return Problem(
        transitions=costs,
        levels=rng.normal(size=count),
        targets=rng.normal(size=count),
        arc=arc,
        fixed={int(p): int(r) for p, r in zip(places, rows, strict=True)},
    )


def keeps_pins(problem: Problem, order) -> bool:
    """Whether every pinned track stands where it is pinned."""
    return all(int(order[position]) == row for position, row in problem.fixed.items())


@pytest.fixture(name="keeps_pins", scope="session")
def _keeps_pins() -> Callable[..., bool]:
    return keeps_pins


@pytest.fixture(name="random_songs")
def _random_songs() -> Callable[..., Songs]:
    return random_songs


@pytest.fixture(name="random_problem")
def _random_problem() -> Callable[..., Problem]:
    return random_problem
