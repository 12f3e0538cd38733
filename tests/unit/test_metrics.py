"""Every metric against a value computed by hand."""

from __future__ import annotations

import math

import pytest

from segue import metrics


def test_r_precision_looks_as_deep_as_there_is_to_find():
    assert metrics.r_precision([4, 9, 1, 2], [1, 4, 7]) == pytest.approx(2 / 3)


def test_r_precision_needs_something_to_find():
    with pytest.raises(ValueError, match="at least one relevant"):
        metrics.r_precision([1, 2], [])


def test_a_hit_is_any_hit():
    assert metrics.hit_rate([5, 6, 1], [1, 2], k=3) == 1
    assert metrics.hit_rate([5, 6, 1], [1, 2], k=2) == 0


def test_ndcg_discounts_by_rank():
    found = 1 / math.log2(2) + 1 / math.log2(4)
    ideal = 1 / math.log2(2) + 1 / math.log2(3)
    assert metrics.ndcg([1, 8, 2], [1, 2]) == pytest.approx(found / ideal)


def test_ndcg_sees_nothing_below_its_depth():
    assert metrics.ndcg([*range(100, 600), 1], [1]) == 0


def test_clicks_count_pages_of_ten():
    assert metrics.clicks(range(100), [0]) == 0
    assert metrics.clicks(range(100), [9]) == 0
    assert metrics.clicks(range(100), [10]) == 1
    assert metrics.clicks(range(600), [499]) == 49


def test_clicks_without_a_hit_are_fifty_one():
    assert metrics.clicks(range(600), [500]) == 51


def test_reciprocal_rank_is_that_of_the_first():
    assert metrics.reciprocal_rank([7, 3, 1], [1, 3]) == 0.5
    assert metrics.reciprocal_rank([7], [1]) == 0


def test_coverage_counts_each_track_once():
    assert metrics.coverage([[1, 2, 3], [2, 1, 5]], n_candidates=10, k=2) == 0.2


def test_one_answer_for_all_is_hardly_distinct():
    assert metrics.distinct([4, 4, 4, 4]) == 0.25


def test_overlap_is_a_mean_over_rows():
    assert metrics.overlap([[1, 2], [3, 4]], [[2, 1], [3, 9]]) == 0.75


def test_the_confusion_matrix_has_truth_in_rows():
    table = metrics.confusion([0, 0, 1, 1, 1], [0.1, 0.7, 0.2, 0.5, 0.9])
    assert table.tolist() == [[1, 1], [1, 2]]
    assert metrics.accuracy([0, 0, 1, 1, 1], [0.1, 0.7, 0.2, 0.5, 0.9]) == pytest.approx(3 / 5)


def test_auc_counts_pairs_and_halves_ties():
    # pairs (1 over 0): 0.8>0.3, 0.8>0.5, 0.5>0.3, 0.5=0.5
    assert metrics.auc([1, 1, 0, 0], [0.8, 0.5, 0.3, 0.5]) == pytest.approx(3.5 / 4)


def test_auc_of_one_label_is_not_defined():
    assert math.isnan(metrics.auc([1, 1], [0.2, 0.4]))


def test_calibration_error_weighs_bins_by_size():
    # bin 0.9: P 0.9 and 0.94, one of two true: |0.5 - 0.92| * 2/3; bin 0.1: |0 - 0.1| * 1/3
    said = metrics.expected_calibration_error([1, 0, 0], [0.9, 0.94, 0.1])
    assert said == pytest.approx(0.42 * 2 / 3 + 0.1 / 3)


def test_a_probability_of_one_falls_in_the_last_bin():
    assert metrics.expected_calibration_error([1], [1.0]) == 0


def test_pearson_is_one_on_a_line_and_undefined_on_a_constant():
    assert metrics.pearson_r([1, 2, 3], [2, 4, 6]) == pytest.approx(1)
    assert metrics.pearson_r([1, 2, 3], [1, 0, 2]) == pytest.approx(0.5)
    assert math.isnan(metrics.pearson_r([1, 1], [2, 3]))


def test_macro_f1_is_the_plain_mean_over_classes():
    # class 0: 2*1/(2+1) = 2/3; class 1: 2*1/(1+2) = 2/3; class 2: 0
    assert metrics.macro_f1([0, 0, 1], [0, 1, 1]) == pytest.approx(2 / 3)
    assert metrics.macro_f1([0, 1], [0, 2]) == pytest.approx(1 / 3)
