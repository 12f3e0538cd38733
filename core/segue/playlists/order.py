"""Ordering: the chosen tracks in a row, and how each follows the one before it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segue.music.features import UNKNOWN, AudioFeatures, abstract_matrix
from segue.music.keys import key_change, key_match
from segue.music.scaling import Scaling
from segue.music.tempo import tempo_change, tempo_match
from segue.music.track import Track
from segue.playlists.plan import Transition
from segue.playlists.recipe import SequenceSettings
from segue.sequencing.greedy import SeedWeights, greedy_order, order_costs

_ENERGY_STEPS = ((0.04, "energy stays"), (0.15, "energy {way} a little"), (0.3, "energy {way}"))
_LARGE_STEP = "energy {way} a lot"


@dataclass(frozen=True, slots=True)
class Columns:
    """Tracks as columns: `scaled` (n, 8) float32 with NaN unknown, and what reports look at."""

    tracks: tuple[Track, ...]
    features: tuple[AudioFeatures, ...]
    scaled: NDArray[np.float32]
    key: NDArray[np.int64]
    mode: NDArray[np.int64]
    tempo: NDArray[np.float64]
    artist: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.tracks)


def columns_of(
    tracks: Sequence[Track], features: Mapping[str, AudioFeatures], scaling: Scaling
) -> Columns:
    """Lay tracks out as columns. Artists become numbers, each unknown artist one of its own."""
    rows = tuple(features.get(track.id, UNKNOWN) for track in tracks)
    numbers: dict[str, int] = {}
    artists = [
        numbers.setdefault(track.artist_key, len(numbers)) if track.artist_key else -1 - index
        for index, track in enumerate(tracks)
    ]
    return Columns(
        tracks=tuple(tracks),
        features=rows,
        scaled=scaling.transform(abstract_matrix(rows)),
        key=np.array([row.key for row in rows], dtype=np.int64),
        mode=np.array([row.mode for row in rows], dtype=np.int64),
        tempo=np.array([row.tempo for row in rows], dtype=np.float64),
        artist=np.array(artists, dtype=np.int64),
    )


def weights_of(settings: SequenceSettings) -> SeedWeights:
    """The four words of the seeds' cost."""
    return SeedWeights(settings.flow, settings.sweetness, settings.smoothness, settings.spicyness)


def arrange(columns: Columns, settings: SequenceSettings, opening: int = 0) -> list[int]:
    """Order tracks as the settings say: indices into the columns, each once.

    The first `opening` tracks stay where they are and the others follow on from them. With the
    method "none" the order is the one given.
    """
    if settings.method == "none":
        return list(range(len(columns)))
    order = greedy_order(
        columns.scaled,
        columns.key,
        columns.mode,
        columns.tempo,
        weights_of(settings),
        first=range(opening),
    )
    return [int(index) for index in order]


def costs_of(
    columns: Columns, orders: NDArray[np.int64], settings: SequenceSettings
) -> NDArray[np.float64]:
    """What each step of one order (n,) or several (s, n) costs, of the same shape."""
    return order_costs(
        columns.scaled, columns.key, columns.mode, columns.tempo, orders, weights_of(settings)
    )


def transitions(
    columns: Columns, order: Sequence[int], settings: SequenceSettings
) -> list[Transition | None]:
    """How each track of an order follows the one before it; None for the first."""
    if not order:
        return []
    costs = costs_of(columns, np.array(order, dtype=np.int64), settings)
    found: list[Transition | None] = [None]
    for step in range(1, len(order)):
        before, after = columns.features[order[step - 1]], columns.features[order[step]]
        found.append(
            Transition(
                cost=round(float(costs[step]), 6),
                key=round(key_match(before.key, before.mode, after.key, after.mode), 6),
                tempo=round(float(tempo_match(before.tempo, after.tempo)), 6),
                text=transition_words(before, after),
            )
        )
    return found


def transition_words(before: AudioFeatures, after: AudioFeatures) -> str:
    """A transition in words, such as "8A to 9A, 122 to 124 BPM, energy up a little"."""
    parts = []
    if before.has_key or after.has_key:
        parts.append(key_change(before.key, before.mode, after.key, after.mode))
    if before.has_tempo or after.has_tempo:
        parts.append(tempo_change(before.tempo, after.tempo))
    step = after.energy - before.energy
    if not math.isnan(step):
        words = next((words for limit, words in _ENERGY_STEPS if abs(step) < limit), _LARGE_STEP)
        parts.append(words.format(way="up" if step > 0 else "down"))
    return ", ".join(parts) or "key, tempo and energy unknown"
