"""Does this track sound like that list? Probabilistic linear discriminant analysis.

Each list has a hidden centre m ~ N(mu, B) and its tracks x ~ N(m, W). In the basis that makes W
the identity and B diagonal (lambda), everything is known one dimension at a time.
Source: S. Ioffe, Probabilistic Linear Discriminant Analysis, ECCV 2006.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from segue.models.data import Indices, Reals

LEAST_LIST = 4
"""Shorter lists say too little of their spread."""

SHRINKAGE = 0.02
"""Share of the mean variance within lists added to W, so that it can be inverted."""

LEAST_BETWEEN = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class ContentModel:
    """`mean` (d,), `basis` (d, d) and `between` (d,), the variance of list centres in it."""

    mean: NDArray[np.float64]
    basis: NDArray[np.float64]
    between: NDArray[np.float64]

    def project(self, content: Reals) -> Reals:
        """Tracks in the basis where a list's tracks have variance 1: (n, d)."""
        return ((content - self.mean) @ self.basis).astype(np.float32)

    def centre(self, tracks: Reals, weights: Reals) -> tuple[Reals, Reals]:
        """Posterior mean and variance of a list's centre, (d,) each, from weighted tracks.

        With weights w the variance is 1 / (1/lambda + Σw), the mean that times Σ w·x.
        """
        variance = 1.0 / (1.0 / self.between + float(weights.sum()))
        return (variance * (weights @ tracks)).astype(np.float32), variance.astype(np.float32)

    def log_odds(
        self, candidates: Reals, tracks: Reals, weights: Sequence[Reals]
    ) -> tuple[Reals, ...]:
        """ln p(candidate | same list as tracks) − ln p(candidate), (n,) for each of the weights.

        The squares are written out, so that it takes products of matrices only.
        """
        of_squares, of_values, constants = [], [], []
        for each in weights:
            mean, variance = self.centre(tracks, each)
            together = 1.0 / (1.0 + variance)
            of_squares.append(1.0 / (1.0 + self.between) - together)
            of_values.append(2 * mean * together)
            logs = np.log(1.0 + self.between) - np.log(1.0 + variance)
            constants.append(float((logs - mean**2 * together).sum()))
        squares = np.stack(of_squares, axis=1).astype(np.float32)
        values = np.stack(of_values, axis=1).astype(np.float32)
        found = np.square(candidates) @ squares + candidates @ values
        return tuple(np.float32(0.5) * (found.T + np.array(constants, np.float32)[:, None]))


def fit_content(content: Reals, lists: Sequence[Indices]) -> ContentModel:
    """Estimate centre and variances from lists of at least `LEAST_LIST` tracks.

    Without two such lists every list is taken to be like any other: log-odds near 0.
    """
    d = content.shape[1]
    used = [rows for rows in lists if len(rows) >= LEAST_LIST]
    if len(used) < 2 or d == 0:
        return ContentModel(np.zeros(d), np.eye(d), np.full(d, LEAST_BETWEEN))
    sizes = np.array([len(rows) for rows in used])
    centres = np.zeros((len(used), d))
    within = np.zeros((d, d))
    for place, rows in enumerate(used):
        tracks = content[rows].astype(np.float64)
        centres[place] = tracks.mean(axis=0)
        apart = tracks - centres[place]
        within += apart.T @ apart
    within /= sizes.sum() - len(used)
    within += SHRINKAGE * max(float(np.trace(within)) / d, 1e-6) * np.eye(d)
    mean = centres.mean(axis=0)
    between = np.atleast_2d(np.cov(centres.T)) - within * float((1.0 / sizes).mean())
    variances, basis = eigh(between, within)
    return ContentModel(mean, basis, np.maximum(variances, LEAST_BETWEEN))
