"""The straight part of ŷ: its terms and its weights by hand."""

from __future__ import annotations

import numpy as np
import pytest

from segue.models.nextstep.model import WIDTH, along_line, fit_line, line_terms, prefix_statistics


def at_the_median(n):
    """Inputs of which every statistic is 0: only the constant term is left."""
    return np.zeros((n, WIDTH), dtype=np.float32)


def every_feature(*values):
    return np.repeat(np.array(values, dtype=np.float32)[:, None], 8, axis=1)


def test_the_terms_of_a_prefix_by_hand():
    inputs = prefix_statistics(every_feature(1, 3, 2, 2.8))[-1:]
    # median 2.4, mean 2.2, quartiles 1.75 and 2.85, last 2.8, averages 2.248 and 1.61425
    spread = np.std([1, 3, 2, 2.8])
    by_hand = [-0.2, spread, -0.65, 0.45, 0.4, 2.248 - 2.4, 1.61425 - 2.4, -2.4, 1]
    np.testing.assert_allclose(line_terms(inputs)[0, :, 3], by_hand, rtol=1e-5)


def test_what_is_known_of_the_artist_is_one_more_term():
    inputs = np.zeros((2, WIDTH + 9), dtype=np.float32)
    inputs[:, WIDTH : WIDTH + 8] = 0.7
    terms = line_terms(inputs)
    assert terms.shape == (2, 10, 8)
    np.testing.assert_allclose(terms[:, -1], 0.7, rtol=1e-6)


def test_the_constant_is_the_median_of_the_errors_not_their_mean():
    weights = fit_line(at_the_median(5), every_feature(1, 1, 1.5, 9, 9), ridge=1e-6)
    np.testing.assert_allclose(weights[-1], 1.5, atol=0.02)
    np.testing.assert_array_equal(weights[:-1], 0)


def test_the_ridge_holds_a_weight_back_by_hand():
    # Σ|1 − w| + 10 w² over four rows: −4 + 20 w = 0
    weights = fit_line(at_the_median(4), every_feature(1, 1, 1, 1), ridge=20)
    np.testing.assert_allclose(weights[-1], 0.2, rtol=1e-3)


def test_on_a_walk_the_last_track_gets_the_weight():
    rng = np.random.default_rng(0)
    walks = [np.cumsum(rng.normal(0, 0.2, (30, 8)), axis=0).astype("f4") for _ in range(40)]
    inputs = np.concatenate([prefix_statistics(walk)[:-1] for walk in walks])
    targets = np.concatenate([walk[1:] for walk in walks])
    weights = fit_line(inputs, targets)
    assert weights[4].min() > 0.7
    assert np.abs(weights[[5, 6]]).max() < 0.4
    assert np.abs(along_line(weights, inputs) - targets).mean() < 0.18


def test_unknown_targets_are_left_out():
    targets = every_feature(1, 1, 1, 1)
    holes = np.concatenate([targets, np.full((3, 8), np.nan, dtype=np.float32)])
    np.testing.assert_array_equal(
        fit_line(at_the_median(7), holes), fit_line(at_the_median(4), targets)
    )


def test_a_feature_never_known_keeps_the_median():
    targets = every_feature(1, 1)
    targets[:, 2] = np.nan
    weights = fit_line(at_the_median(2), targets)
    assert (weights[:, 2] == 0).all()
    assert weights[-1, 3] > 0


def test_the_answer_is_the_median_plus_the_weighted_terms():
    inputs = prefix_statistics(every_feature(1, 3))[-1:]
    weights = np.zeros((9, 8), dtype=np.float32)
    weights[4] = 0.5  # of the last track, 1 above the median 2
    weights[8, 0] = 10
    assert along_line(weights, inputs)[0].tolist() == pytest.approx([12.5] + [2.5] * 7)
