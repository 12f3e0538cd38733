"""Orders to compare with: by tempo, by key, and a greedy as published for automatic mixing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from segue.music.keys import camelot_numbers, fifths_positions
from segue.sequencing.songs import Songs

Order = NDArray[np.int64]


def by_tempo(songs: Songs) -> Order:
    """Slowest first; unknown tempi last."""
    known = np.isfinite(songs.tempo) & (songs.tempo > 0)
    return np.argsort(np.where(known, songs.tempo, np.inf), kind="stable")


def by_camelot(songs: Songs) -> Order:
    """Around the Camelot wheel, 1A, 1B, 2A and so on; unknown keys last."""
    hours = camelot_numbers(songs.key, songs.mode)
    return np.lexsort((songs.mode, np.where(hours > 0, hours, 13)))


def key_tempo_energy_greedy(songs: Songs) -> Order:
    """Always the nearest next track by key, tempo and energy, none of them folded.

    Starts at the track nearest the 25th percentile of energy; a step costs
    0.35·min(|ΔBPM|/80, 1) + 0.35·min(|Δenergy|/0.14, 1) + 0.30·fifths/6, with fifths the distance
    on the circle of fifths. What is unknown costs half of its share.
    """
    count = len(songs)
    if count == 0:
        return np.zeros(0, dtype=np.int64)
    tempo = np.where(songs.tempo > 0, songs.tempo, np.nan)
    cost = 0.35 * _step(tempo, 80.0) + 0.35 * _step(songs.energy, 0.14)
    position = fifths_positions(songs.key, songs.mode)
    apart = np.abs(position[:, None] - position)
    known = (position[:, None] >= 0) & (position >= 0)
    cost += 0.30 * np.where(known, np.minimum(apart, 12 - apart) / 6, 0.5)
    energy = np.nan_to_num(songs.energy, nan=0.5)
    order = [int(np.abs(energy - np.percentile(energy, 25)).argmin())]
    left = np.ones(count, dtype=bool)
    left[order[0]] = False
    while left.any():
        order.append(int(np.where(left, cost[order[-1]], np.inf).argmin()))
        left[order[-1]] = False
    return np.array(order, dtype=np.int64)


def _step(values: NDArray[np.float64], full: float) -> NDArray[np.float64]:
    return np.nan_to_num(np.minimum(np.abs(values[:, None] - values) / full, 1.0), nan=0.5)
