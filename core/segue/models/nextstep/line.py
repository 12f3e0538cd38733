"""The straight part of ŷ: the prefix median plus a weighted sum of a feature's own statistics.

Few weights, so that a few lists are enough: on a smooth walk the last track gets nearly all.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from segue.models.data import Floats
from segue.models.nextstep.prefixes import FEATURES, SUMMARIES, WIDTH

RIDGE = 20.0
"""What a weight costs, squared, beside the absolute errors: without evidence the median stays."""

ROUNDS = 30
SETTLED = 1e-4
NEAREST = 0.02
"""Errors below this weigh as if they were this large, or one row could decide everything."""


def line_terms(inputs: Floats) -> NDArray[np.float64]:
    """What the weights weigh: inputs (n, d) to (n, k, 8), each feature seeing its own terms.

    Mean, sd, lower and upper quartile, last track and the two exponential averages (of these all
    but the spreads from the median), the way back from the median to 0, and 1. Inputs wider than
    a prefix's statistics bring what is known of the artist as one more term.
    """
    blocks = inputs[:, : SUMMARIES * FEATURES].reshape(-1, SUMMARIES, FEATURES)
    median, mean, spread, low, high, *recent = (blocks[:, row] for row in range(SUMMARIES))
    terms = [mean - median, spread, low, high, *(one - median for one in recent), -median]
    terms.append(np.ones_like(median))
    if inputs.shape[1] > WIDTH:
        terms.append(inputs[:, WIDTH : WIDTH + FEATURES])
    return np.stack(terms, axis=1).astype(np.float64)


def fit_line(inputs: Floats, targets: Floats, ridge: float = RIDGE) -> Floats:
    """Weights (k, 8) of least absolute error, from inputs (n, d) and targets (n, 8), NaN left out.

    Minimises Σ|error| + ridge/2 · Σweight² a feature by least squares reweighted with 1 / |error|
    (Schlossmacher, "An iterative technique for absolute deviations curve fitting", JASA 68, 1973).
    """
    terms = line_terms(inputs)
    gaps = targets.astype(np.float64) - inputs[:, :FEATURES]
    weights = np.zeros(terms.shape[1:])
    for feature in range(FEATURES):
        known = np.isfinite(gaps[:, feature])
        x, gap = terms[known, :, feature], gaps[known, feature]
        own = np.zeros(x.shape[1])
        for _ in range(ROUNDS):
            weighed = x / np.maximum(np.abs(gap - x @ own), NEAREST)[:, None]
            before = own
            own = np.linalg.solve(weighed.T @ x + ridge * np.eye(x.shape[1]), weighed.T @ gap)
            if np.abs(own - before).max() < SETTLED:
                break
        weights[:, feature] = own
    return weights.astype(np.float32)


def along_line(weights: Floats, inputs: Floats) -> Floats:
    """The median plus the weighted terms: (n, 8)."""
    predicted = inputs[:, :FEATURES] + np.einsum("nkf,kf->nf", line_terms(inputs), weights)
    return np.asarray(predicted, dtype=np.float32)
