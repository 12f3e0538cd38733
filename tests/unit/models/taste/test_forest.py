from __future__ import annotations

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier

from segue.models.taste.forest import Forest, grow


def drawn(n=120, n_groups=30, seed=0):
    rng = np.random.default_rng(seed)
    numbers = rng.normal(size=(n, 5)).astype(np.float32)
    labels = (numbers[:, 0] + rng.normal(size=n) > 0).astype(np.int64)
    return numbers, labels, rng.integers(0, n_groups, n)


def test_it_says_the_mean_of_what_scikit_learns_trees_say():
    numbers, labels, groups = drawn()
    forest, _ = grow(numbers, labels, groups, trees=7, rng=np.random.default_rng(5))
    asked = np.random.default_rng(1).normal(size=(50, 5)).astype(np.float32)

    rng, said = np.random.default_rng(5), []
    _, member = np.unique(groups, return_inverse=True)
    n_groups = member.max() + 1
    for _ in range(7):
        weight = np.bincount(rng.integers(0, n_groups, n_groups), minlength=n_groups)[member]
        tree = DecisionTreeClassifier(
            min_samples_leaf=3, max_features="sqrt", random_state=int(rng.integers(2**31))
        )
        tree.fit(numbers[weight > 0], labels[weight > 0], sample_weight=weight[weight > 0])
        said.append(tree.predict_proba(asked)[:, 1])
    np.testing.assert_allclose(forest.predict(asked), np.mean(said, axis=0), atol=1e-12)


def test_a_groups_own_labels_never_change_its_out_of_bag_word():
    numbers, labels, groups = drawn()
    mine = groups == groups[0]
    flipped = np.where(mine, 1 - labels, labels)
    before, honest = grow(numbers, labels, groups, trees=40, rng=np.random.default_rng(5))
    after, again = grow(numbers, flipped, groups, trees=40, rng=np.random.default_rng(5))
    np.testing.assert_array_equal(honest[mine], again[mine])
    # What is not honest, the word of all trees, does change, and so does that on other groups.
    assert (before.predict(numbers[mine]) != after.predict(numbers[mine])).any()
    assert (honest[~mine] != again[~mine]).any()


def test_a_row_that_is_in_every_bag_gets_the_share_of_likes():
    numbers, labels, _ = drawn()
    _, honest = grow(
        numbers, labels, np.zeros(labels.size, int), trees=3, rng=np.random.default_rng(0)
    )
    np.testing.assert_allclose(honest, labels.mean())


def test_with_one_label_only_it_says_that_label():
    numbers, labels, groups = drawn()
    for label in (0, 1):
        forest, _ = grow(
            numbers, np.full(labels.size, label), groups, trees=3, rng=np.random.default_rng(0)
        )
        np.testing.assert_array_equal(forest.predict(numbers), label)


def test_a_tree_written_by_hand_is_followed_to_its_leaf():
    forest = Forest(
        feature=np.array([0, -1, 1, -1, -1], dtype=np.int32),
        threshold=np.array([0.5, -2, 3.0, -2, -2]),
        left=np.array([1, -1, 3, -1, -1], dtype=np.int32),
        right=np.array([2, -1, 4, -1, -1], dtype=np.int32),
        value=np.array([0.5, 0.1, 0.6, 0.4, 0.9]),
        roots=np.array([0], dtype=np.int32),
    )
    asked = np.array([[0.5, 9], [0.6, 3.0], [0.6, 3.1]], dtype=np.float32)
    assert forest.predict(asked).tolist() == [0.1, 0.4, 0.9]


def test_restored_it_is_the_same():
    numbers, labels, groups = drawn()
    forest, _ = grow(numbers, labels, groups, trees=4, rng=np.random.default_rng(0))
    again = Forest.restored(forest.tensors("x"), "x")
    np.testing.assert_array_equal(again.predict(numbers), forest.predict(numbers))


def test_nobody_asked_nothing_said():
    numbers, labels, groups = drawn()
    forest, _ = grow(numbers, labels, groups, trees=2, rng=np.random.default_rng(0))
    assert forest.predict(numbers[:0]).shape == (0,)


@pytest.mark.parametrize("n", [2047, 2048, 2049])
def test_many_rows_are_answered_as_few_are(n):
    numbers, labels, groups = drawn()
    forest, _ = grow(numbers, labels, groups, trees=2, rng=np.random.default_rng(0))
    many = np.resize(numbers, (n, 5))
    np.testing.assert_array_equal(forest.predict(many)[-3:], forest.predict(many[-3:]))
