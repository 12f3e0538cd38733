"""Transitions: what it costs that one track follows another. Lower is better.

    cost(a, b) = flow · F(a, b) − sweetness · K(a, b) − smoothness · T(a, b) + energy · E(a, b)
                 + lyrics · L(a, b) + artists · [same artist] + albums · [same album]

K is 1 for one key, 0.95 for keys that mix on the Camelot wheel and from −0.85 down to −1 for the
others, by their distance on it: a clash is a clash, but a near one is less of it. T is 1 for one
tempo, 0.85 for the widest that can be mixed (six per cent, half and double time folded) and from
−0.9 to −1 beyond. E is the step in energy and L is 1 − cosine.

F is a distance between scaled features, where `spicyness` s carries the earlier track's on:
‖s·z_a − z_b‖ / √8. In squares the two directions of a pair differ by (s² − 1)(‖z_a‖² − ‖z_b‖²),
which along a list telescopes to a matter of its two ends; F is therefore the root of the mean of
both squares, and every cost is the same in both directions.

An estimate that is not sure counts less: K and T of a pair are multiplied by the confidences of
both keys, or both tempi. What is unknown is neutral: K and T are 0; F over m jointly known features
is stretched by √(8/m); F, E and L of a pair with nothing known are the mean over the known pairs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segue.music.features import COMPATIBLE_OCTAVES, octaves, tempo_change, tempo_compatible
from segue.music.keys import camelot_compatible, camelot_numbers, is_known, key_change
from segue.sequencing.options import Weights
from segue.sequencing.songs import Songs

Terms = dict[str, NDArray[np.float64]]

FLOW, TEMPO, ENERGY, LYRICS, ARTISTS, ALBUMS = 0.2, 1.09, 0.2, 0.25, 0.5, 0.25
"""What a weight of 1 stands for, in the unit of the key term: chosen so that key and tempo decide
and the other terms choose among the many orders that are as good in both."""

_FARTHEST_KEYS = 7
"""The largest distance on the Camelot wheel: six hours and the other letter."""


def key_fit(
    key_a: ArrayLike, mode_a: ArrayLike, key_b: ArrayLike, mode_b: ArrayLike
) -> NDArray[np.float64]:
    """How well keys mix by the Camelot wheel: 1 best, −1 worst, 0 where one is unknown."""
    first, second = camelot_numbers(key_a, mode_a), camelot_numbers(key_b, mode_b)
    apart = np.abs(first - second)
    letters = np.asarray(mode_a) != np.asarray(mode_b)
    distance = np.minimum(apart, 12 - apart) + letters
    table = np.array([1.0, 0.95, *np.linspace(-0.85, -1.0, _FARTHEST_KEYS - 1)])
    known = (first > 0) & (second > 0)
    return np.asarray(np.where(known, table[np.where(known, distance, 0)], 0.0))


def tempo_fit(first: ArrayLike, second: ArrayLike) -> NDArray[np.float64]:
    """How well tempi mix: 1 best, −1 worst, 0 where one is unknown."""
    ratio = np.abs(octaves(first) - octaves(second))
    distance = np.minimum(ratio, np.abs(ratio - 1.0))  # half and double time are the same
    inside = 1.0 - 0.15 * distance / COMPATIBLE_OCTAVES
    beyond = np.minimum((distance - COMPATIBLE_OCTAVES) / (0.5 - COMPATIBLE_OCTAVES), 1.0)
    fit = np.where(distance <= COMPATIBLE_OCTAVES + 1e-12, inside, -0.9 - 0.1 * beyond)
    return np.asarray(np.where(np.isnan(distance), 0.0, fit))


def transition_terms(songs: Songs, weights: Weights) -> Terms:
    """Every term of every pair, weighed: name to (n, n) float64, symmetric, added up the cost."""
    key, mode, tempo = songs.key, songs.mode, songs.tempo
    terms = {
        "flow": FLOW * weights.flow * _flow(songs.features, weights.spicyness),
        "key": -weights.sweetness
        * _sure(key_fit(key[:, None], mode[:, None], key, mode), songs.key_confidence),
        "tempo": -TEMPO
        * weights.smoothness
        * _sure(tempo_fit(tempo[:, None], tempo), songs.tempo_confidence),
        "energy": ENERGY * weights.energy * _energy_steps(songs.energy),
        "artists": ARTISTS * weights.artists * _same(songs.artist),
        "albums": ALBUMS * weights.albums * _same(songs.album),
    }
    if songs.lyrics is not None and weights.lyrics > 0:
        terms["lyrics"] = LYRICS * weights.lyrics * _lyric_distance(songs.lyrics)
    return terms


def _sure(fit: NDArray[np.float64], confidence: NDArray[np.float64] | None) -> NDArray[np.float64]:
    """What fits, as far as both sides are sure: (n, n) with (n,) confidences."""
    return fit if confidence is None else fit * confidence[:, None] * confidence


def transition_costs(songs: Songs, weights: Weights) -> NDArray[np.float64]:
    """The cost of every pair: (n, n) float64, symmetric, 0 on the diagonal."""
    total = np.zeros((len(songs), len(songs)))
    for term in transition_terms(songs, weights).values():
        total = total + term
    np.fill_diagonal(total, 0.0)
    return np.asarray((total + total.T) / 2)  # symmetric to the last bit


def _flow(features: NDArray[np.float32], spicyness: float) -> NDArray[np.float64]:
    width = features.shape[1]
    known = np.isfinite(features)
    filled = np.where(known, features, 0.0).astype(np.float64)
    mask = known.astype(np.float64)
    norms = filled**2 @ mask.T  # ‖z_a‖² over the features known of both
    norms = norms + norms.T
    squares = spicyness * (norms - 2 * filled @ filled.T) + (spicyness - 1) ** 2 / 2 * norms
    shared = mask @ mask.T
    stretched = np.maximum(squares, 0.0) * (width / np.maximum(shared, 1.0))
    return _mean_where(shared == 0, np.sqrt(stretched / width))


def _energy_steps(energy: NDArray[np.float64]) -> NDArray[np.float64]:
    steps = np.abs(energy[:, None] - energy)
    return _mean_where(np.isnan(steps), steps)


def _lyric_distance(lyrics: NDArray[np.float32]) -> NDArray[np.float64]:
    vectors = lyrics.astype(np.float64)
    lengths = np.linalg.norm(vectors, axis=1)
    known = np.isfinite(lengths) & (lengths > 0)
    unit = np.where(known[:, None], vectors / np.where(known, lengths, 1.0)[:, None], 0.0)
    return _mean_where(~(known[:, None] & known), 1.0 - unit @ unit.T)


def _same(numbers: NDArray[np.int64]) -> NDArray[np.float64]:
    known = numbers >= 0
    return np.asarray((numbers[:, None] == numbers) & known, dtype=np.float64)


def _mean_where(unknown: NDArray[np.bool_], pairs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fill unknown pairs with the mean of the known ones off the diagonal, 0 with none known."""
    if not unknown.any():
        return pairs
    known = ~unknown
    np.fill_diagonal(known, False)
    mean = float(pairs[known].mean()) if known.any() else 0.0
    return np.asarray(np.where(unknown, mean if math.isfinite(mean) else 0.0, pairs))


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
