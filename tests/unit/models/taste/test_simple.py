"""Plain classifiers as arrays, and what they weigh beside the experts where judgements are few."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import expit, logit
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from segue.metrics import auc
from segue.models.data import track_table
from segue.models.taste.model import EXPERTS, FOREST, TasteModel, answer_weights, fit_model, pooled
from segue.models.taste.simple import CLASSIFIERS, Simple

PEERS = {
    "logistic regression": make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)),
    "random forest": RandomForestClassifier(300, random_state=4),
    "gradient boosting": HistGradientBoostingClassifier(
        max_iter=150, learning_rate=0.05, max_leaf_nodes=12, l2_regularization=5, random_state=4
    ),
}


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_as_arrays_it_says_what_scikit_learn_says_also_when_saved(name: str) -> None:
    rng = np.random.default_rng(0)
    columns = rng.normal(size=(120, 4)).astype(np.float32)
    labels = (columns[:, 0] + rng.normal(size=120) > 0).astype(np.int64)
    ours = CLASSIFIERS[name](columns[:80], labels[:80], 4)
    theirs = PEERS[name].fit(columns[:80], labels[:80]).predict_proba(columns[80:])[:, 1]
    if name == FOREST:  # of three hundred trees all may agree: that is no certainty
        theirs = np.clip(theirs, 1 / 600, 1 - 1 / 600)
    np.testing.assert_allclose(ours.predict(columns[80:]), theirs, atol=1e-6)
    restored = Simple.restored(ours.tensors("plain0"), "plain0")
    assert restored.name == name
    np.testing.assert_array_equal(restored.predict(columns), ours.predict(columns))


def said(labels: NDArray[np.int64], noise: float, seed: int) -> NDArray[np.float64]:
    """A probability whose log-odds lean to the right side, but for so much noise."""
    return expit(2 * labels - 1 + np.random.default_rng(seed).normal(0, noise, labels.size))


def test_an_answer_weighs_as_often_as_it_leads_and_experts_with_the_forest_their_part() -> None:
    labels = np.arange(200) % 2
    good, poor = said(labels, 0.4, 1), said(labels, 3, 2)
    led = answer_weights(labels, {EXPERTS: poor, FOREST: poor, "a": good, "b": poor}, 0)
    assert led == pytest.approx({EXPERTS: 0.25, FOREST: 0.25, "a": 0.5, "b": 0.0})
    usual = answer_weights(labels, {EXPERTS: good, FOREST: good, "a": poor, "b": poor}, 0)
    assert usual == {EXPERTS: 0.5, FOREST: 0.5, "a": 0.0, "b": 0.0}


def test_answers_that_lead_by_chance_share_what_they_weigh() -> None:
    labels = np.arange(60) % 2
    alike = {name: said(labels, 1, seed) for seed, name in enumerate((EXPERTS, "a", "b"))}
    weights = answer_weights(labels, alike | {FOREST: alike[EXPERTS]}, 0)
    assert sum(weights.values()) == pytest.approx(1)
    assert 0.25 < weights[EXPERTS] < 0.5
    assert weights["a"] + weights["b"] > 0


def test_an_answer_that_ranks_best_and_is_far_too_sure_does_not_lead() -> None:
    labels = np.arange(200) % 2
    modest = said(labels, 1, 1)
    sure = expit(40 * logit(said(labels, 0.9, 2)))
    assert auc(labels, sure) > auc(labels, modest)
    weights = answer_weights(labels, {EXPERTS: modest, FOREST: modest, "a": sure}, 0)
    assert weights["a"] == 0


def test_answers_certain_and_wrong_of_some_tracks_are_told_apart_all_the_same() -> None:
    labels = np.arange(40) % 2
    often, once = labels.astype(np.float64), labels.astype(np.float64)
    often[:10], once[:1] = 1 - often[:10], 1 - once[:1]
    weights = answer_weights(labels, {EXPERTS: often, FOREST: often, "a": once}, 0)
    assert weights["a"] == pytest.approx(0.5, abs=0.01)


def test_answers_are_joined_by_the_mean_of_their_log_odds() -> None:
    # ln(9) and ln(1/3) in equal parts: ln(√3), which is √3 / (1 + √3).
    assert pooled([np.array([0.9]), np.array([0.25])], [0.5, 0.5]) == pytest.approx([0.633975])


def test_tracks_of_which_two_answers_are_sure_are_not_ranked_by_the_third_alone() -> None:
    sure = np.array([0.9999, 0.99])
    joined = pooled([sure, sure, np.array([0.6, 0.7])], [1 / 3, 1 / 3, 1 / 3])
    assert joined[0] > joined[1]


def test_one_answer_of_no_weight_and_no_doubt_takes_no_part() -> None:
    assert pooled([np.array([1.0, 0.0]), np.array([0.2, 0.3])], [0, 1]) == pytest.approx([0.2, 0.3])


@pytest.fixture(scope="module")
def linear() -> TasteModel:
    """Likes that many columns decide together, by a straight line, and no artist."""
    rng = np.random.default_rng(0)
    n = 160
    abstract = rng.uniform(0, 1, (n, 8)).astype(np.float32)
    labels = ((abstract - 0.5).sum(axis=1) > 0).astype(np.int64)
    tracks = track_table(n, titles=[f"Song {row}" for row in range(n)], abstract=abstract)
    return fit_model(tracks, labels, context=None, seed=0, trees=20)


def test_few_judgements_that_a_line_parts_are_left_to_a_line_as_far_as_may_be(
    linear: TasteModel,
) -> None:
    weights = dict(zip([simple.name for simple in linear.plain], linear.weights[1:], strict=True))
    assert weights["logistic regression"] > 0.25
    assert sum(linear.weights) == pytest.approx(1)


def test_a_model_saved_when_one_classifier_answered_alone_answers_as_it_did(
    linear: TasteModel,
) -> None:
    alone = next(simple for simple in linear.plain if simple.name == "logistic regression")
    now = replace(linear, plain=(), weights=(1.0,)).tensors()
    before = {name: array for name, array in now.items() if name != "weights_of_answers"}
    restored = TasteModel.restored(before | alone.tensors("simple"))
    others = track_table(30, abstract=np.random.default_rng(9).random((30, 8)).astype(np.float32))
    expected = replace(linear, plain=(alone,), weights=(0.0, 1.0)).predict(others)
    np.testing.assert_array_equal(restored.predict(others), expected)


def test_a_model_that_plain_classifiers_answer_with_is_saved_with_them(linear: TasteModel) -> None:
    rng = np.random.default_rng(9)
    others = track_table(30, abstract=rng.uniform(0, 1, (30, 8)).astype(np.float32))
    restored = TasteModel.restored(linear.tensors())
    np.testing.assert_array_equal(restored.predict(others), linear.predict(others))
    likely = (others.abstract - 0.5).sum(axis=1) > 0
    assert ((linear.predict(others) > 0.5) == likely).mean() > 0.8


def test_of_many_judgements_the_experts_answer() -> None:
    rng = np.random.default_rng(0)
    abstract = rng.uniform(0, 1, (402, 8)).astype(np.float32)
    labels = ((abstract - 0.5).sum(axis=1) > 0).astype(np.int64)
    tracks = track_table(402, abstract=abstract)
    assert fit_model(tracks, labels, context=None, seed=0, trees=5).plain == ()
