"""What the tabular autoencoder reads of a track."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segue.models.data import Floats, Reals, TrackTable


def tabular_columns(tracks: TrackTable) -> Floats:
    """The audio columns, and the mood of the words where any track's is known.

    (n, 13) or (n, 14), NaN unknown. Genre is not looked at.
    """
    columns = audio_columns(tracks)
    if tracks.mood is None or not np.isfinite(tracks.mood).any():
        return columns
    return np.concatenate([columns, tracks.mood[:, None]], axis=1).astype(np.float32)


def audio_columns(tracks: TrackTable) -> Floats:
    """The thirteen audio columns, the key as a point on its circle: (n, 13), NaN unknown."""
    angle = 2 * np.pi * np.where(tracks.key >= 0, tracks.key, np.nan) / 12
    columns: list[Reals] = [
        *tracks.abstract.T,
        np.cos(angle),
        np.sin(angle),
        np.where(tracks.mode >= 0, tracks.mode, np.nan),
        tracks.tempo,
        tracks.duration_ms,
    ]
    return np.stack(columns, axis=1).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class MinMax:
    """Columns scaled to 0..1 over the rows it was fitted on; `middle` stands for unknown."""

    low: Floats
    width: Floats
    middle: Floats

    @classmethod
    def fitted(cls, columns: Floats) -> MinMax:
        """Over the known values; a column all unknown or constant scales to 0."""
        known = np.isfinite(columns)
        low = np.where(known, columns, np.inf).min(axis=0)
        high = np.where(known, columns, -np.inf).max(axis=0)
        usable = high > low
        low = np.where(usable, low, 0.0)
        width = np.where(usable, high - low, np.inf)
        scaled = np.where(known, (columns - low) / width, 0.0)
        middle = scaled.sum(axis=0) / np.maximum(known.sum(axis=0), 1)
        return cls(*(part.astype(np.float32) for part in (low, width, middle)))

    def scaled(self, columns: Floats) -> Floats:
        """Columns on that scale, unknown values at the column's mean."""
        known = np.isfinite(columns)
        out = np.where(known, (columns - self.low) / self.width, self.middle)
        return np.asarray(out, dtype=np.float32)

    def tensors(self) -> dict[str, NDArray[np.generic]]:
        """Every array by name."""
        return {f"scale.{part}": getattr(self, part) for part in ("low", "width", "middle")}

    @classmethod
    def restored(cls, tensors: Mapping[str, NDArray[np.generic]]) -> MinMax:
        """The inverse of `tensors`."""
        low, width, middle = (
            tensors[f"scale.{part}"].astype(np.float32) for part in ("low", "width", "middle")
        )
        return cls(low, width, middle)
