"""Tempo: how well two go together when twice or half as fast counts as the same.

Tempi are in beats a minute; 0 or less, NaN and infinity are unknown. Functions on arrays
broadcast, so that a column against a row gives a whole matrix of pairs.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

COMPATIBLE_OCTAVES = math.log2(1.06)
"""The largest folded distance at which two tempi can be mixed: six per cent."""


def octaves(tempo: ArrayLike) -> NDArray[np.float64]:
    """Tempi as log₂ of beats a minute, float64; NaN where unknown."""
    beats = np.asarray(tempo, dtype=np.float64)
    known = np.isfinite(beats) & (beats > 0)
    return np.where(known, np.log2(np.where(known, beats, 1.0)), np.nan)


def tempo_match(first: ArrayLike, second: ArrayLike) -> NDArray[np.float64]:
    """How well two tempi go together: T = cos(2π·log₂(t₁/t₂)).

    1 at the ratios 1, 2 and ½, −1 at √2, 0 where one is unknown.
    """
    difference = octaves(first) - octaves(second)
    return np.where(np.isnan(difference), 0.0, np.cos(2 * np.pi * difference))


def folded_distance(first: ArrayLike, second: ArrayLike) -> NDArray[np.float64]:
    """The distance in octaves when half or double time is the same; NaN where one is unknown.

    min over k in {−1, 0, 1} of |log₂(b/a) − k|, float64.
    """
    difference = octaves(second) - octaves(first)
    folds = np.stack([np.abs(difference - k) for k in (-1, 0, 1)])
    return np.asarray(folds.min(axis=0))


def tempo_compatible(first: ArrayLike, second: ArrayLike) -> NDArray[np.bool_]:
    """Whether two tempi lie within six per cent, half or double time counting as the same.

    False where one is unknown.
    """
    distance = folded_distance(first, second)
    # A ratio of exactly 1.06 is compatible: allow for rounding in the logarithm.
    return np.asarray(distance <= COMPATIBLE_OCTAVES + 1e-12)


def tempo_change(first: float, second: float) -> str:
    """A passage between two tempi in words, such as "122 to 124 BPM" or "stays at 122 BPM"."""
    before, after = _beats(first), _beats(second)
    if before == after:
        return "both tempi unknown" if before == "?" else f"stays at {before} BPM"
    if "?" in (before, after):
        return f"{before} to {after} BPM"
    ratio = float(octaves(second) - octaves(first))
    if abs(ratio) > 0.5 and bool(tempo_compatible(first, second)):
        return f"{before} to {after} BPM, {'double' if ratio > 0 else 'half'} time"
    return f"{before} to {after} BPM"


def _beats(tempo: float) -> str:
    return f"{tempo:.0f}" if math.isfinite(tempo) and tempo > 0 else "?"
