"""What is read of a list so far, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from segue.models.nextstep.model import (
    WIDTH,
    imputed,
    prefix_median,
    prefix_medians,
    prefix_statistics,
)


def one_feature(*values):
    """A list whose first feature has these values and whose others are 0."""
    scaled = np.zeros((len(values), 8), dtype=np.float32)
    scaled[:, 0] = values
    return scaled


def test_the_statistics_of_three_tracks_by_hand():
    found = prefix_statistics(one_feature(1, 3, 2))
    assert found.shape == (3, WIDTH)
    assert found.dtype == np.float32
    # median, mean, sd, quartiles from the median, last, averages 0.4 and 0.15 new
    first = [1, 1, 0, 0, 0, 1, 1, 1]
    second = [2, 2, 1, -0.5, 0.5, 3, 0.6 * 1 + 0.4 * 3, 0.85 * 1 + 0.15 * 3]
    third = [2, 2, (2 / 3) ** 0.5, -0.5, 0.5, 2, 0.6 * 1.8 + 0.4 * 2, 0.85 * 1.3 + 0.15 * 2]
    np.testing.assert_allclose(found[:, 0:64:8], [first, second, third], rtol=1e-6)
    np.testing.assert_allclose(
        found[:, 64:], [[0, 1], [np.log(2), 1 / 2], [np.log(3), 1 / 3]], rtol=1e-6
    )
    others = found[:, :64].reshape(3, 8, 8)[:, :, 1:]
    np.testing.assert_array_equal(others, np.zeros_like(others))


def test_quartiles_are_interpolated_as_numpys():
    values = np.random.default_rng(0).normal(size=(9, 8)).astype(np.float32)
    found = prefix_statistics(values)[-1]
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75], axis=0)
    np.testing.assert_allclose(found[:8], middle, atol=1e-6)
    np.testing.assert_allclose(found[24:32], low - middle, atol=1e-6)
    np.testing.assert_allclose(found[32:40], high - middle, atol=1e-6)


def test_a_prefix_is_read_without_what_follows():
    values = np.random.default_rng(1).normal(size=(12, 8)).astype(np.float32)
    np.testing.assert_array_equal(prefix_statistics(values)[:5], prefix_statistics(values[:5]))


def test_an_unknown_feature_is_the_median_of_those_before_and_first_of_all_0():
    nan = np.nan
    np.testing.assert_array_equal(
        imputed(one_feature(nan, 4, nan, 1, nan))[:, 0], [0, 4, 2, 1, 1.5]
    )


def test_features_far_out_are_brought_to_four_deviations():
    np.testing.assert_array_equal(imputed(one_feature(9, -70))[:, 0], [4, -4])


def test_reading_a_list_leaves_it_as_it_is():
    values = one_feature(np.nan, 9)
    before = values.copy()
    prefix_statistics(values)
    np.testing.assert_array_equal(values, before)


def test_the_median_of_an_empty_list_is_0_and_of_one_track_the_track():
    np.testing.assert_array_equal(prefix_median(np.zeros((0, 8), np.float32)), np.zeros(8))
    row = np.arange(8, dtype=np.float32)[None] / 4
    np.testing.assert_array_equal(prefix_median(row), row[0])


def test_medians_of_every_prefix_by_hand():
    found = prefix_medians(one_feature(5, 1, 3, 2))[:, 0]
    assert found.tolist() == pytest.approx([4, 2.5, 3, 2.5])  # 5 reads as 4
