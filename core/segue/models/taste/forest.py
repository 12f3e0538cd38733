"""A forest grown by scikit-learn, bagged by whole groups, kept and evaluated as plain arrays.

Breiman, "Random forests", Machine Learning 45 (2001). Where a group (an artist, a recording) is
left out of a tree's bag, that tree's word on it is honest: the mean over such trees is an
out-of-bag estimate that never saw the group.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segue.models.data import Floats

_BLOCK = 2048


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """Trees as arrays over all nodes; a leaf's `feature` is −1 and `value` its share of 1.

    A row goes `left` where its feature is at most `threshold`. `roots` (n_trees,).
    """

    feature: NDArray[np.int32]
    threshold: NDArray[np.float64]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: NDArray[np.float64]
    roots: NDArray[np.int32]

    def predict(self, numbers: Floats) -> NDArray[np.float64]:
        """The mean share of 1 over trees: (n, d) float32 to (n,)."""
        blocks = [self._of(numbers[s : s + _BLOCK]) for s in range(0, len(numbers), _BLOCK)]
        return np.concatenate(blocks) if blocks else np.zeros(0)

    def _of(self, numbers: Floats) -> NDArray[np.float64]:
        node = np.broadcast_to(self.roots, (len(numbers), self.roots.size)).copy()
        row = np.arange(len(numbers))[:, None]
        while True:
            feature = self.feature[node]
            inner = feature >= 0
            if not inner.any():
                return np.asarray(self.value[node].mean(axis=1))
            goes_left = numbers[row, np.maximum(feature, 0)] <= self.threshold[node]
            step = np.where(goes_left, self.left[node], self.right[node])
            node = np.where(inner, step, node)

    def tensors(self, prefix: str) -> dict[str, NDArray[np.generic]]:
        """Every array of it, under a prefix."""
        return {f"{prefix}_{name}": getattr(self, name) for name in self.__slots__}

    @classmethod
    def restored(cls, tensors: Mapping[str, NDArray[np.generic]], prefix: str) -> Forest:
        """The inverse of `tensors`."""
        arrays = {name: tensors[f"{prefix}_{name}"] for name in cls.__slots__}
        return cls(**arrays)  # type: ignore[arg-type]  # one array a field


def grow(
    numbers: Floats,
    labels: NDArray[np.integer],
    groups: NDArray[np.integer],
    *,
    trees: int,
    rng: np.random.Generator,
    min_leaf: int = 3,
) -> tuple[Forest, NDArray[np.float64]]:
    """A forest and its out-of-bag word on each training row: (n,).

    Each tree sees a bootstrap of whole groups. A row in every bag gets the share of 1 overall.
    """
    from sklearn.tree import DecisionTreeClassifier

    _, member = np.unique(groups, return_inverse=True)
    n_groups = int(member.max()) + 1
    total, votes = np.zeros(labels.size), np.zeros(labels.size)
    parts: list[tuple[NDArray[np.generic], ...]] = []
    for _ in range(trees):
        weight = np.bincount(rng.integers(0, n_groups, n_groups), minlength=n_groups)[member]
        rows = np.flatnonzero(weight)
        tree = DecisionTreeClassifier(
            min_samples_leaf=min_leaf, max_features="sqrt", random_state=int(rng.integers(2**31))
        ).fit(numbers[rows], labels[rows], sample_weight=weight[rows])
        share = _share_of_one(tree.tree_.value[:, 0, :], tree.classes_)
        out = np.flatnonzero(weight == 0)
        if out.size:
            total[out] += share[tree.apply(numbers[out])]
            votes[out] += 1
        inner = tree.tree_.children_left >= 0
        parts.append(
            (
                np.where(inner, tree.tree_.feature, -1),
                tree.tree_.threshold,
                tree.tree_.children_left,
                tree.tree_.children_right,
                share,
            )
        )
    forest = _joined(parts)
    return forest, np.where(votes > 0, total / np.maximum(votes, 1), labels.mean())


def _share_of_one(values: NDArray[np.float64], classes: NDArray[np.integer]) -> NDArray[np.float64]:
    """The weighted share of label 1 in every node, from scikit-learn's class shares."""
    whole = values.sum(axis=1)
    ones = values[:, list(classes).index(1)] if 1 in classes else np.zeros(len(values))
    return np.asarray(ones / whole)


def _joined(parts: list[tuple[NDArray[np.generic], ...]]) -> Forest:
    sizes = np.array([len(part[0]) for part in parts])
    roots = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    shift = np.repeat(roots, sizes)
    feature, threshold, left, right, value = (
        np.concatenate([part[place] for part in parts]) for place in range(5)
    )
    return Forest(
        feature=feature.astype(np.int32),
        threshold=threshold.astype(np.float64),
        left=(left + shift).astype(np.int32),
        right=(right + shift).astype(np.int32),
        value=value.astype(np.float64),
        roots=roots.astype(np.int32),
    )
