"""Plain classifiers as arrays, and when one of them answers in place of the experts."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from segue.models.data import track_table
from segue.models.taste.model import EXPERTS, FOREST, TasteModel, _better_plain, fit_model
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
    np.testing.assert_allclose(ours.predict(columns[80:]), theirs, atol=1e-6)
    restored = Simple.restored(ours.tensors())
    assert restored is not None
    assert restored.name == name
    np.testing.assert_array_equal(restored.predict(columns), ours.predict(columns))


def test_a_plain_classifier_is_used_where_it_leads_by_more_than_a_standard_error() -> None:
    labels = np.arange(200) % 2
    rng = np.random.default_rng(1)
    good, poor = labels + rng.normal(0, 0.4, 200), labels + rng.normal(0, 3, 200)
    assert _better_plain(labels, {EXPERTS: poor, "a": good, "b": poor}, 0) == "a"
    assert _better_plain(labels, {EXPERTS: good, "a": poor, "b": good}, 0) is None
    barely = good + rng.normal(0, 0.05, 200)
    assert _better_plain(labels, {EXPERTS: good, "a": barely, "b": barely}, 0) is None


def test_of_very_few_judgements_a_forest_answers_unless_another_leads_by_more_than_chance() -> None:
    labels = np.arange(60) % 2
    rng = np.random.default_rng(1)
    good, poor = labels + rng.normal(0, 0.4, 60), labels + rng.normal(0, 3, 60)
    barely = good + rng.normal(0, 0.05, 60)
    assert _better_plain(labels, {EXPERTS: barely, FOREST: good}, 0) == FOREST
    assert _better_plain(labels, {EXPERTS: good, FOREST: poor}, 0) is None
    assert _better_plain(labels, {EXPERTS: poor, FOREST: poor, "a": good}, 0) == "a"


@pytest.fixture(scope="module")
def linear() -> TasteModel:
    """Likes that many columns decide together, by a straight line, and no artist."""
    rng = np.random.default_rng(0)
    n = 160
    abstract = rng.uniform(0, 1, (n, 8)).astype(np.float32)
    labels = ((abstract - 0.5).sum(axis=1) > 0).astype(np.int64)
    tracks = track_table(n, titles=[f"Song {row}" for row in range(n)], abstract=abstract)
    return fit_model(tracks, labels, context=None, seed=0, trees=20)


def test_few_judgements_that_a_line_parts_are_left_to_a_line(linear: TasteModel) -> None:
    assert linear.simple is not None
    assert linear.simple.name == "logistic regression"


def test_a_model_that_a_plain_classifier_answers_for_is_saved_with_it(linear: TasteModel) -> None:
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
    assert fit_model(tracks, labels, context=None, seed=0, trees=5).simple is None
