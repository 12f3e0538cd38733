"""Audio features: what a track sounds like, in numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

NAN = math.nan

ABSTRACT: tuple[str, ...] = (
    "acousticness",
    "danceability",
    "energy",
    "instrumentalness",
    "liveness",
    "loudness",
    "speechiness",
    "valence",
)
"""The eight abstract features, in the order every matrix of them keeps."""


@dataclass(frozen=True, slots=True)
class AudioFeatures:
    """The audio features of one track.

    The eight abstract features are 0..1 (loudness: dB, usually −60..0), NaN where unknown.
    `key` is the pitch class 0..11 (0 = C), −1 unknown. `mode` is 1 major, 0 minor, −1 unknown.
    `tempo` is in beats a minute; 0 or less, or NaN, is unknown.
    """

    acousticness: float = NAN
    danceability: float = NAN
    energy: float = NAN
    instrumentalness: float = NAN
    liveness: float = NAN
    loudness: float = NAN
    speechiness: float = NAN
    valence: float = NAN
    key: int = -1
    mode: int = -1
    tempo: float = 0.0

    @property
    def has_key(self) -> bool:
        """Whether both pitch class and mode are known."""
        return 0 <= self.key <= 11 and self.mode in (0, 1)

    @property
    def has_tempo(self) -> bool:
        """Whether the tempo is known."""
        return math.isfinite(self.tempo) and self.tempo > 0

    def abstract(self) -> NDArray[np.float32]:
        """The eight abstract features in the order of `ABSTRACT`: (8,) float32, NaN unknown."""
        return np.array([getattr(self, name) for name in ABSTRACT], dtype=np.float32)

    def missing(self) -> tuple[str, ...]:
        """The names of what is unknown, in the order of the fields."""
        unknown = [name for name in ABSTRACT if math.isnan(getattr(self, name))]
        if not self.has_key:
            unknown.append("key")
        if not self.has_tempo:
            unknown.append("tempo")
        return tuple(unknown)


UNKNOWN = AudioFeatures()
"""A track about which nothing is known."""

FEATURE_NAMES: tuple[str, ...] = tuple(field.name for field in fields(AudioFeatures))


def abstract_matrix(rows: Iterable[AudioFeatures]) -> NDArray[np.float32]:
    """Stack abstract features: (n_tracks, 8) float32 unscaled, NaN where unknown."""
    stacked = [row.abstract() for row in rows]
    return np.stack(stacked) if stacked else np.zeros((0, len(ABSTRACT)), dtype=np.float32)
