"""Finding the key of a recording from how much of each pitch class sounds in it.

Krumhansl and Schmuckler: correlate the twelve weights with the profile of every key, that is with
how well listeners found each tone to fit it (Krumhansl, Cognitive Foundations of Musical Pitch,
1990, p. 30; the probe-tone ratings of Krumhansl and Kessler, 1982). The best correlation wins.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

MAJOR_PROFILE: tuple[float, ...] = (
    6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88,
)  # fmt: skip
MINOR_PROFILE: tuple[float, ...] = (
    6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17,
)  # fmt: skip
"""How well each tone fits the key of C, from the tonic up in semitones."""

LEAST_CORRELATION = 0.4
LEAST_SPREAD = 0.1
"""Below either, no key fits: drums, noise, speech. Their key is unknown rather than a guess. The
spread is the standard deviation over the mean of the weights: noise has 0.02, a triad 0.9."""


@dataclass(frozen=True, slots=True)
class FoundKey:
    """A key: pitch class 0..11 (0 = C), mode 1 major or 0 minor, both −1 where none fits.

    `correlation` is that of the best key, `margin` how far ahead of the second it is.
    """

    key: int
    mode: int
    correlation: float
    margin: float


NO_KEY = FoundKey(-1, -1, 0.0, 0.0)


def key_correlations(weights: ArrayLike) -> NDArray[np.float64]:
    """Pearson correlations of pitch-class weights (12,) from C up with all keys: (2, 12).

    Row 0 is minor and row 1 major, as modes are numbered; columns are tonics. All are 0 where the
    weights do not differ. Raises ValueError for another shape or values that are not finite.
    """
    given = np.asarray(weights, dtype=np.float64)
    if given.shape != (12,) or not np.isfinite(given).all():
        raise ValueError(f"expected 12 finite weights, got shape {given.shape}")
    centred = given - given.mean()
    norm = np.linalg.norm(centred)
    if norm <= 1e-12 * max(1.0, float(np.abs(given).max())):
        return np.zeros((2, 12))
    profiles = np.array([MINOR_PROFILE, MAJOR_PROFILE])
    profiles -= profiles.mean(axis=1, keepdims=True)
    profiles /= np.linalg.norm(profiles, axis=1, keepdims=True)
    turned = np.stack([np.roll(profiles, tonic, axis=1) for tonic in range(12)], axis=1)
    return np.asarray(turned @ (centred / norm))


def find_key(weights: ArrayLike) -> FoundKey:
    """The key that fits pitch-class weights (12,) best, `NO_KEY` where none does.

    Weights are not negative. Raises as `key_correlations` does.
    """
    correlations = key_correlations(weights)
    given = np.asarray(weights, dtype=np.float64)
    if given.std() < LEAST_SPREAD * given.mean():
        return NO_KEY
    best = int(np.argmax(correlations))
    second, first = np.sort(correlations, axis=None)[-2:]
    if first < LEAST_CORRELATION:
        return NO_KEY
    return FoundKey(best % 12, best // 12, float(first), float(first - second))
