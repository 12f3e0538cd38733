"""A list so far as numbers: the state of a fixed recurrence over its tracks.

What stands here is order-free (median, mean, spread, quartiles) or tells of order (the last
track, two exponential averages), so that a learner can weigh one against the other.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from segue.models.data import Floats
from segue.music.features import ABSTRACT

FEATURES = len(ABSTRACT)
SUMMARIES = 8
WIDTH = SUMMARIES * FEATURES + 2
DECAYS = (0.4, 0.15)
"""How much of an exponential average the newest track is."""

LIMIT = 4.0
"""Scaled features farther out are brought to this many standard deviations in what is read."""


def imputed(scaled: Floats) -> Floats:
    """A list's scaled features (n, 8), unknown ones as the median of those before, else 0."""
    known = np.clip(scaled, -LIMIT, LIMIT).astype(np.float32)
    for row, column in np.argwhere(np.isnan(known)):
        before = known[:row, column]
        known[row, column] = np.median(before) if before.size else 0.0
    return known


def prefix_medians(scaled: Floats) -> Floats:
    """The median of each prefix: (n, 8); row t is over tracks 0..t."""
    return _quantiles(imputed(scaled), (0.5,))[0]


def prefix_median(scaled: Floats) -> Floats:
    """The median of a list so far (n, 8), 0 for an empty one: (8,) float32."""
    if len(scaled) == 0:
        return np.zeros(FEATURES, dtype=np.float32)
    return np.asarray(prefix_medians(scaled)[-1], dtype=np.float32)


def prefix_statistics(scaled: Floats) -> Floats:
    """What is read of each prefix: (n, 66) float32; row t describes tracks 0..t.

    Eight blocks of eight: median, mean, sd, lower and upper quartile from the median, the last
    track, and two exponential averages; then log(t + 1) and 1 / (t + 1).
    """
    known = imputed(scaled).astype(np.float64)
    n = len(known)
    length = np.arange(1, n + 1, dtype=np.float64)[:, None]
    mean = np.cumsum(known, axis=0) / length
    spread = np.sqrt(np.maximum(np.cumsum(known**2, axis=0) / length - mean**2, 0))
    median, low, high = _quantiles(known.astype(np.float32), (0.5, 0.25, 0.75))
    averages = [_exponential(known, decay) for decay in DECAYS]
    blocks = [median, mean, spread, low - median, high - median, known, *averages]
    return np.concatenate([*blocks, np.log(length), 1 / length], axis=1).astype(np.float32)


def _quantiles(known: Floats, shares: tuple[float, ...]) -> list[Floats]:
    """Quantiles of each prefix by linear interpolation: one (n, 8) a share."""
    n = len(known)
    later = np.arange(n)[None, :] > np.arange(n)[:, None]
    ordered = np.sort(np.where(later[:, :, None], np.inf, known[None, :, :]), axis=1)
    rows = np.arange(n)
    out = []
    for share in shares:
        place = share * rows
        low = np.floor(place).astype(np.int64)
        high = np.minimum(low + 1, rows)
        part = (place - low)[:, None]
        out.append((ordered[rows, low] * (1 - part) + ordered[rows, high] * part).astype("f4"))
    return out


def _exponential(known: NDArray[np.float64], decay: float) -> NDArray[np.float64]:
    out = known.copy()
    for row in range(1, len(known)):
        out[row] = (1 - decay) * out[row - 1] + decay * known[row]
    return out
