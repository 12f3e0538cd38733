from __future__ import annotations

import numpy as np
import pytest

from segue.metrics import mean_interval, statistic_interval


def test_an_interval_of_a_constant_is_that_constant():
    assert mean_interval([2.0] * 9, rng=np.random.default_rng(0)) == (2.0, 2.0)


def test_the_interval_is_about_two_standard_errors_wide():
    values = np.random.default_rng(1).normal(0, 1, 400)
    low, high = mean_interval(values, rng=np.random.default_rng(0))
    assert high - low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.1)


def test_rows_of_a_group_share_their_fate():
    values = np.repeat(np.random.default_rng(1).normal(0, 1, 40), 25)
    groups = np.repeat(np.arange(40), 25)
    loose = mean_interval(values, rng=np.random.default_rng(0))
    held = mean_interval(values, rng=np.random.default_rng(0), groups=groups)
    assert held[1] - held[0] == pytest.approx(5 * (loose[1] - loose[0]), rel=0.15)


def test_undefined_draws_are_left_out():
    def share(rows: np.ndarray) -> float:
        return float("nan") if rows[0] == 0 else 1.0

    assert statistic_interval(share, 3, rng=np.random.default_rng(0)) == (1.0, 1.0)
