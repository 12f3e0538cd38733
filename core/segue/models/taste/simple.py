"""Plain classifiers as arrays: what taste is measured beside, and what answers with it.

They are scikit-learn's, fitted once and asked without it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from segue.models.data import Floats
from segue.models.taste.forest import Forest, joined_trees

Labels = NDArray[np.integer]
Probabilities = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Simple:
    """A fitted classifier: P = Σ over trees, or σ(base + Σ over trees + columns · weights).

    `weights` (d,); `bounded` says that the trees' mean is a probability already.
    """

    name: str
    forest: Forest
    weights: Probabilities
    base: float
    bounded: bool

    def predict(self, columns: Floats) -> Probabilities:
        """P(like) of the rows: (n, d) float32 to (n,)."""
        trees = self.forest.roots.size
        mean = self.forest.predict(columns) if trees else np.zeros(len(columns))
        if self.bounded:  # no surer than so many trees can be
            return np.clip(mean, 0.5 / trees, 1 - 0.5 / trees)
        linear = columns.astype(np.float64) @ self.weights
        return np.asarray(expit(self.base + trees * mean + linear), dtype=np.float64)

    def tensors(self, prefix: str) -> dict[str, NDArray[np.generic]]:
        """Every array of it, under a prefix."""
        return {
            **self.forest.tensors(prefix),
            f"{prefix}_weights": self.weights,
            f"{prefix}_base": np.array([self.base, float(self.bounded)]),
            f"{prefix}_name": np.frombuffer(self.name.encode(), np.uint8),
        }

    @classmethod
    def restored(cls, tensors: Mapping[str, NDArray[np.generic]], prefix: str) -> Simple:
        """The inverse of `tensors`."""
        base, bounded = tensors[f"{prefix}_base"].astype(np.float64).tolist()
        return cls(
            tensors[f"{prefix}_name"].tobytes().decode(),
            Forest.restored(tensors, prefix),
            tensors[f"{prefix}_weights"].astype(np.float64),
            base,
            bool(bounded),
        )


def logistic(columns: Floats, labels: Labels, seed: int) -> Simple:  # noqa: ARG001 - one form for all
    """Logistic regression on standardised columns."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(columns)
    fitted = LogisticRegression(max_iter=1000).fit(scaler.transform(columns), labels)
    weights = np.asarray(fitted.coef_[0] / scaler.scale_, dtype=np.float64)
    base = float(fitted.intercept_[0] - scaler.mean_ @ weights)
    return Simple("logistic regression", joined_trees([]), weights, base, bounded=False)


def forest(columns: Floats, labels: Labels, seed: int, trees: int = 300) -> Simple:
    """A random forest, otherwise as scikit-learn has it."""
    from sklearn.ensemble import RandomForestClassifier

    fitted = RandomForestClassifier(trees, random_state=seed).fit(columns, labels)
    # Inside, its trees name the classes by their place: 0. and 1.
    parts = [
        (
            np.where(tree.tree_.children_left >= 0, tree.tree_.feature, -1),
            tree.tree_.threshold,
            tree.tree_.children_left,
            tree.tree_.children_right,
            _share_of_one(tree.tree_.value[:, 0, :], fitted.classes_),
        )
        for tree in fitted.estimators_
    ]
    nothing = np.zeros(columns.shape[1])
    return Simple("random forest", joined_trees(parts), nothing, 0.0, bounded=True)


def _share_of_one(values: Probabilities, classes: Labels) -> Probabilities:
    """The weighted share of label 1 in every node, from scikit-learn's class shares."""
    whole = values.sum(axis=1)
    ones = values[:, list(classes).index(1)] if 1 in classes else np.zeros(len(values))
    return np.asarray(ones / whole)


def boosting(columns: Floats, labels: Labels, seed: int) -> Simple:
    """Gradient boosting over histograms."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    fitted = HistGradientBoostingClassifier(
        max_iter=150, learning_rate=0.05, max_leaf_nodes=12, l2_regularization=5, random_state=seed
    ).fit(columns, labels)
    trees = []
    for (predictor,) in fitted._predictors:  # noqa: SLF001 - the trees stand nowhere else
        nodes = predictor.nodes
        inner = nodes["is_leaf"] == 0
        trees.append(
            (
                np.where(inner, nodes["feature_idx"], -1),
                nodes["num_threshold"],
                np.where(inner, nodes["left"].astype(np.int64), -1),
                np.where(inner, nodes["right"].astype(np.int64), -1),
                nodes["value"],
            )
        )
    base = float(np.asarray(fitted._baseline_prediction).ravel()[0])  # noqa: SLF001 - as above
    nothing = np.zeros(columns.shape[1])
    return Simple("gradient boosting", joined_trees(trees), nothing, base, bounded=False)


CLASSIFIERS: Mapping[str, Callable[[Floats, Labels, int], Simple]] = {
    "logistic regression": logistic,
    "random forest": forest,
    "gradient boosting": boosting,
}
"""By name: (columns (n, d), labels (n,) of 1 and 0, seed) to a fitted classifier."""
