"""Explanation: what each transition of an order costs, term by term, and what it is in words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from segue.music.keys import camelot_compatible, is_known, key_change
from segue.music.tempo import tempo_change, tempo_compatible
from segue.sequencing.options import Weights
from segue.sequencing.songs import Songs
from segue.sequencing.transitions import transition_terms

_ENERGY_STEPS = ((0.04, "energy stays"), (0.15, "energy {} a little"), (0.3, "energy {}"))


@dataclass(frozen=True, slots=True)
class Passage:
    """How one track follows another: `terms` sum to `cost`, and `text` says it in words.

    `key_compatible` and `tempo_compatible` are None where a side is unknown.
    """

    cost: float
    terms: Mapping[str, float]
    key_compatible: bool | None
    tempo_compatible: bool | None
    text: str


def explain(songs: Songs, order: ArrayLike, weights: Weights | None = None) -> list[Passage]:
    """Explain every transition of an order: one Passage fewer than there are tracks."""
    rows = np.asarray(order, dtype=np.int64)
    terms = transition_terms(songs, weights or Weights())
    passages = []
    for a, b in zip(rows[:-1].tolist(), rows[1:].tolist(), strict=True):
        parts = {name: round(float(term[a, b]), 6) for name, term in terms.items()}
        passages.append(
            Passage(
                cost=round(math.fsum(parts.values()), 6),
                terms=parts,
                key_compatible=_key_mixes(songs, a, b),
                tempo_compatible=_tempo_mixes(songs, a, b),
                text=passage_words(songs, a, b),
            )
        )
    return passages


def passage_words(songs: Songs, a: int, b: int) -> str:
    """A transition in words, such as "8A to 9A, 122 to 124 BPM, energy up a little"."""
    parts = []
    before, after = (int(songs.key[a]), int(songs.mode[a])), (int(songs.key[b]), int(songs.mode[b]))
    if is_known(*before) or is_known(*after):
        parts.append(key_change(*before, *after))
    if _timed(songs, a) or _timed(songs, b):
        parts.append(tempo_change(float(songs.tempo[a]), float(songs.tempo[b])))
    step = float(songs.energy[b] - songs.energy[a])
    if not math.isnan(step):
        words = next((text for most, text in _ENERGY_STEPS if abs(step) < most), "energy {} a lot")
        parts.append(words.format("up" if step > 0 else "down"))
    if songs.artist[a] == songs.artist[b] >= 0:
        parts.append("the same artist again")
    return ", ".join(parts) or "key, tempo and energy unknown"


def _timed(songs: Songs, row: int) -> bool:
    return bool(np.isfinite(songs.tempo[row]) and songs.tempo[row] > 0)


def _key_mixes(songs: Songs, a: int, b: int) -> bool | None:
    keys = (int(songs.key[a]), int(songs.mode[a]), int(songs.key[b]), int(songs.mode[b]))
    if not (is_known(*keys[:2]) and is_known(*keys[2:])):
        return None
    return bool(camelot_compatible(*keys))


def _tempo_mixes(songs: Songs, a: int, b: int) -> bool | None:
    if not (_timed(songs, a) and _timed(songs, b)):
        return None
    return bool(tempo_compatible(songs.tempo[a], songs.tempo[b]))
