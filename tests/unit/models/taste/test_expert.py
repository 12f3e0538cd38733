from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from segue import metrics
from segue.models.taste.forest import Expert, Forest, joined, logistic, sides


def always(value):
    """A forest of one leaf."""
    return Forest(
        feature=np.array([-1], dtype=np.int32),
        threshold=np.array([-2.0]),
        left=np.array([-1], dtype=np.int32),
        right=np.array([-1], dtype=np.int32),
        value=np.array([value]),
        roots=np.array([0], dtype=np.int32),
    )


def said(forest, process, weights, calibration):
    expert = Expert(always(forest), np.array(weights), np.array(calibration))
    return expert.predict(np.zeros((1, 1), dtype=np.float32), np.array([process]))[0]


def test_the_sides_are_the_logarithms_of_both_probabilities():
    odds = np.array([0.0, np.log(3)])
    np.testing.assert_allclose(
        sides(odds), [[np.log(0.5), -np.log(0.5), 1], [np.log(0.75), -np.log(0.25), 1]]
    )


@pytest.mark.parametrize("odds", [-800.0, 800.0])
def test_the_sides_hold_at_any_odds(odds):
    assert np.isfinite(sides(np.array([odds]))).all()


def test_equal_trust_in_both_sides_changes_nothing():
    assert said(0.5, 0.7, [0, 1, 0], [1, 1, 0]) == pytest.approx(expit(0.7))


def test_likes_are_trusted_less_where_their_side_weighs_more():
    # P = 1/2, 2 ln P - ln(1 - P) = -ln 2, whose probability is 1/3.
    assert said(0.5, 0.0, [0, 1, 0], [2, 1, 0]) == pytest.approx(1 / 3)


def test_forest_and_process_are_added_as_log_odds():
    assert said(0.8, 0.3, [0.5, 2, -0.1], [1, 1, 0]) == pytest.approx(
        expit(0.5 * logit(0.8) + 0.6 - 0.1)
    )


def test_a_forest_that_is_sure_counts_as_one_in_a_hundred():
    assert said(1.0, 0.0, [1, 0, 0], [1, 1, 0]) == pytest.approx(0.99)
    assert said(0.0, 0.0, [1, 0, 0], [1, 1, 0]) == pytest.approx(0.01)


def test_the_regression_is_scikit_learns():
    rng = np.random.default_rng(0)
    columns = rng.normal(size=(300, 2))
    labels = (rng.random(300) < expit(columns @ [1.5, -0.5] + 0.4)).astype(int)
    columns = np.column_stack([columns, np.ones(300)])
    free = LogisticRegression(C=1 / 0.1, tol=1e-10, max_iter=1000).fit(columns[:, :2], labels)
    weights = [*free.coef_[0], free.intercept_[0]]
    np.testing.assert_allclose(logistic(columns, labels), weights, atol=1e-4)
    held = LogisticRegression(C=1.0, fit_intercept=False, tol=1e-10, max_iter=1000)
    weights = held.fit(columns, labels).coef_[0]
    np.testing.assert_allclose(logistic(columns, labels, np.zeros(3)), weights, atol=1e-4)


def test_a_regression_on_nothing_stays_where_it_is_held():
    held = np.array([1.0, 2.0, 0.0])
    np.testing.assert_array_equal(logistic(np.zeros((0, 3)), np.zeros(0, dtype=int), held), held)


def test_a_handful_of_labels_does_not_turn_an_expert_round():
    # Five tracks of known artists, as with fifty judgements: by chance, both parts were wrong.
    labels = np.array([1, 0, 1, 0, 1])
    forest, process = np.where(labels > 0, 0.45, 0.55), np.where(labels > 0, -0.1, 0.1)
    expert = Expert.joining(always(0.5), forest, process, labels)
    for_and_against = joined(np.array([0.9, 0.1]), np.array([0.8, -0.8]))
    likely, unlikely = sides(for_and_against @ expert.weights) @ expert.calibration
    assert likely > unlikely


def test_the_regression_holds_where_the_labels_are_parted_perfectly():
    columns = np.column_stack([np.linspace(-1, 1, 40), np.ones(40)])
    weights = logistic(columns, (columns[:, 0] > 0).astype(int))
    assert np.isfinite(weights).all()
    assert weights[0] > 3


def test_with_many_labels_an_expert_goes_by_them_alone():
    rng = np.random.default_rng(2)
    labels = np.arange(401) % 2
    forest, process = rng.random(401), rng.normal(0, 0.2, 401)
    expert = Expert.joining(always(0.5), forest, process, labels)
    parts = joined(forest, process)
    np.testing.assert_array_equal(expert.weights, logistic(parts, labels))
    fewer = Expert.joining(always(0.5), forest[:400], process[:400], labels[:400])
    assert (np.abs(fewer.weights - logistic(parts[:400], labels[:400])) > 0.1).any()


def test_joining_calibrates_parts_that_say_too_much():
    rng = np.random.default_rng(1)
    truth = expit(rng.normal(0, 1.5, 3000))
    labels = (rng.random(3000) < truth).astype(int)
    process = np.tanh(3 * logit(truth))
    forest = expit(3 * logit(truth))
    expert = Expert.joining(always(0.5), forest, process, labels)
    parts = np.stack([logit(np.clip(forest, 0.01, 0.99)), process, np.ones(3000)], axis=1)
    joined = expit(sides(parts @ expert.weights) @ expert.calibration)
    assert metrics.expected_calibration_error(labels, forest) > 0.1
    assert metrics.expected_calibration_error(labels, joined) < 0.03
