"""Ranks, and bootstrap intervals: over items or whole groups, paired where two compare."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

RESAMPLES = 1000
LEVEL = 0.95

Interval = tuple[float, float]


def _percentiles(values: NDArray[np.float64], level: float) -> Interval:
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def mean_interval(
    values: ArrayLike,
    *,
    rng: np.random.Generator,
    groups: ArrayLike | None = None,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
) -> Interval:
    """The interval of the mean of `values` (n,).

    With `groups` (n,), whole groups are drawn (all rows of a playlist share its fate) and the
    mean stays over rows. For a paired comparison give the differences.
    """
    rows = np.asarray(values, dtype=np.float64)
    named = np.arange(rows.size) if groups is None else np.asarray(groups)
    _, member = np.unique(named, return_inverse=True)
    sums = np.bincount(member, weights=rows)
    counts = np.bincount(member)
    means = np.empty(resamples)
    for draw in range(resamples):
        chosen = rng.integers(0, sums.size, sums.size)
        means[draw] = sums[chosen].sum() / counts[chosen].sum()
    return _percentiles(means, level)


def statistic_interval(
    statistic: Callable[[NDArray[np.int64]], float],
    n: int,
    *,
    rng: np.random.Generator,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
) -> Interval:
    """The interval of any statistic of n items, given as a function of the drawn rows.

    Draws on which the statistic is not defined (NaN) are left out.
    """
    drawn = np.array([statistic(rng.integers(0, n, n)) for _ in range(resamples)])
    return _percentiles(drawn[np.isfinite(drawn)], level)


def ranks(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Ranks of known values scaled to 0..1, ties sharing their mean: (n,) to (n,); NaN is 0.5."""
    known = ~np.isnan(values)
    scaled = np.full(len(values), 0.5)
    n = int(known.sum())
    if n > 1:
        _, inverse, counts = np.unique(values[known], return_inverse=True, return_counts=True)
        highest = np.cumsum(counts) - 1
        scaled[known] = ((highest - (counts - 1) / 2) / (n - 1))[inverse]
    return scaled
