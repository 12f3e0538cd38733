"""An expert: a forest and a Gaussian process joined, and calibrated, on rows left out of both.

The calibration is Kull, Silva Filho and Flach, "Beta calibration", AISTATS 2017: it may trust
likes and dislikes to different degrees.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from segue.models.data import Floats
from segue.models.taste.forest import Forest

Probabilities = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Expert:
    """A forest, the weights (3,) of its logit, the process and 1, and a calibration (3,)."""

    forest: Forest
    weights: Probabilities
    calibration: Probabilities

    def predict(self, numbers: Floats, process: Probabilities) -> Probabilities:
        """P(like): (n,)."""
        predicted = joined(self.forest.predict(numbers), process) @ self.weights
        return np.asarray(expit(sides(predicted) @ self.calibration))

    @classmethod
    def joining(
        cls,
        forest: Forest,
        out_of_bag: Probabilities,
        process: Probabilities,
        labels: NDArray[np.integer],
    ) -> Expert:
        """An expert weighed and calibrated on what both predict for rows left out of them: (n,)."""
        parts = joined(out_of_bag, process)
        weights = logistic(parts, labels)
        return cls(forest, weights, logistic(sides(parts @ weights), labels))

    def tensors(self, prefix: str) -> dict[str, NDArray[np.generic]]:
        """Every array of it, under a prefix."""
        return {
            **self.forest.tensors(prefix),
            f"{prefix}_weights": self.weights,
            f"{prefix}_calibration": self.calibration,
        }

    @classmethod
    def restored(cls, tensors: Mapping[str, NDArray[np.generic]], prefix: str) -> Expert:
        """The inverse of `tensors`."""
        return cls(
            Forest.restored(tensors, prefix),
            tensors[f"{prefix}_weights"].astype(np.float64),
            tensors[f"{prefix}_calibration"].astype(np.float64),
        )


def logistic(
    columns: Probabilities, labels: NDArray[np.integer], ridge: float = 0.1
) -> Probabilities:
    """Weights of a logistic regression by Newton's method: (d,); the last column is unpenalised."""
    penalty = np.full(columns.shape[1], ridge)
    penalty[-1] = 1e-6
    weights = np.zeros(columns.shape[1])
    for _ in range(50):
        chance = expit(columns @ weights)
        slope = columns.T @ (chance - labels) + penalty * weights
        curve = (columns * (chance * (1 - chance))[:, None]).T @ columns + np.diag(penalty)
        step = np.linalg.solve(curve, slope)
        weights = weights - step / max(1.0, float(np.abs(step).max()))
        if np.abs(step).max() < 1e-9:
            break
    return weights


def joined(forest: Probabilities, process: Probabilities) -> Probabilities:
    """The logit of the forest's word (held within 0.01..0.99), the process and 1: (n, 3)."""
    odds = logit(np.clip(forest, 0.01, 0.99))
    return np.stack([odds, process, np.ones(odds.size)], axis=1)


def sides(odds: Probabilities) -> Probabilities:
    """ln P, −ln(1 − P) and 1, whose logistic regression is beta calibration: (n, 3)."""
    return np.stack([-np.logaddexp(0, -odds), np.logaddexp(0, odds), np.ones(odds.size)], axis=1)
