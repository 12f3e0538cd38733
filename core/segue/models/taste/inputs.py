"""From a table of tracks to what the taste model reads, fitted on training tracks only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import ndtri

from segue.models.data import Floats, TrackTable, Vocabulary
from segue.models.taste.context import FOREST_DIMENSIONS, Context, credits_of

QUANTILES = 101
GRAM = 3
"""How many letters a run of a name has."""

_LIMIT = 2.5


@dataclass(frozen=True, slots=True, eq=False)
class TasteInputs:
    """What is read of n tracks.

    `numbers` (n, d) for the forests, `smooth` (n, s) the sound on a normal scale for the kernel,
    `credits` (n, n_names) of unit rows: who takes part among the artists of training;
    `spelling` (n, n_grams) of unit or zero rows: the three-letter runs of the artist's name that
    occur in training; `context` (n, c) unit or zero rows; `artist` (n,) the row of the artist,
    −1 where it is new.
    """

    numbers: Floats
    smooth: Floats
    credits: sparse.csr_array
    spelling: sparse.csr_array
    context: Floats
    artist: NDArray[np.int64]

    def take(self, rows: NDArray[np.integer]) -> TasteInputs:
        """The same for some rows."""
        return TasteInputs(
            self.numbers[rows],
            self.smooth[rows],
            sparse.csr_array(self.credits[rows]),
            sparse.csr_array(self.spelling[rows]),
            self.context[rows],
            self.artist[rows],
        )


@dataclass(frozen=True, slots=True, eq=False)
class Encoder:
    """How inputs are made: medians impute what is unknown, quantiles carry to a normal scale.

    `quantiles` (101, d_sound) are those of the training tracks. Unknown values are imputed by
    the training median, a column never known by 0.
    """

    medians: NDArray[np.float64]
    quantiles: NDArray[np.float64]
    names: Vocabulary
    grams: Vocabulary
    context: Context | None

    @classmethod
    def fitted(cls, tracks: TrackTable, context: Context | None) -> Encoder:
        """An encoder of these training tracks."""
        sound = _sound(tracks)
        medians = medians_of(sound)
        filled = np.where(np.isfinite(sound), sound, medians)
        involved = credits_of(tracks)
        names = Vocabulary(dict.fromkeys(name for row in involved for name in row))
        grams = Vocabulary(dict.fromkeys(gram for row in involved for gram in _grams(row)))
        steps = np.linspace(0, 1, QUANTILES)
        return cls(medians, np.quantile(filled, steps, axis=0), names, grams, context)

    def encode(self, tracks: TrackTable) -> TasteInputs:
        """The inputs of any tracks."""
        sound = _sound(tracks)
        sound = np.where(np.isfinite(sound), sound, self.medians)
        circle = _circle(tracks)
        normal = np.stack(
            [_normal(sound[:, c], self.quantiles[:, c]) for c in range(sound.shape[1])], axis=1
        )
        involved = credits_of(tracks)
        vectors = numbers = np.zeros((len(tracks), 0), dtype=np.float32)
        if self.context is not None:
            vectors, numbers = self.context.of(tracks)
        of_name = {row[0] if row else "": row for row in involved}  # few names beside the tracks
        runs = {name: self.grams.indices(_grams(row)) for name, row in of_name.items()}
        firsts = [self.names.index(row[0]) if row else None for row in involved]
        return TasteInputs(
            numbers=np.concatenate(
                [sound, circle, numbers, vectors[:, :FOREST_DIMENSIONS]], axis=1
            ).astype(np.float32),
            smooth=np.concatenate([normal, circle], axis=1).astype(np.float32),
            credits=_unit_rows([self.names.indices(row) for row in involved], len(self.names)),
            spelling=_unit_rows([runs[row[0] if row else ""] for row in involved], len(self.grams)),
            context=vectors.astype(np.float32),
            artist=np.array([-1 if row is None else row for row in firsts], dtype=np.int64),
        )

    def tensors(self) -> dict[str, NDArray[np.generic]]:
        """Every array of it, by name."""
        own: dict[str, NDArray[np.generic]] = {
            "medians": self.medians,
            "quantiles": self.quantiles,
            "names": self.names.to_array(),
            "grams": self.grams.to_array(),
        }
        return own | (self.context.tensors() if self.context is not None else {})

    @classmethod
    def restored(cls, tensors: Mapping[str, NDArray[np.generic]]) -> Encoder:
        """The inverse of `tensors`."""
        return cls(
            medians=tensors["medians"].astype(np.float64),
            quantiles=tensors["quantiles"].astype(np.float64),
            names=Vocabulary.from_array(tensors["names"].astype(np.uint8)),
            grams=Vocabulary.from_array(tensors["grams"].astype(np.uint8)),
            context=Context.restored(tensors),
        )


SOUNDS = 13
"""How many of the numbers a forest reads are of the sound; only these are imputed."""


def forest_numbers(tracks: TrackTable, context: Context | None) -> NDArray[np.float64]:
    """The `numbers` of an `Encoder` before anything is imputed, NaN unknown: (n, d)."""
    vectors = numbers = np.zeros((len(tracks), 0), dtype=np.float32)
    if context is not None:
        vectors, numbers = context.of(tracks)
    known = np.concatenate([numbers, vectors[:, :FOREST_DIMENSIONS]], axis=1)
    return np.concatenate([_sound(tracks), _circle(tracks), known.astype(np.float64)], axis=1)


def imputed(numbers: NDArray[np.float64], train: NDArray[np.integer]) -> Floats:
    """`forest_numbers` as an `Encoder` fitted on the rows `train` gives them: (n, d) float32."""
    sound = numbers[:, :SOUNDS]
    filled = np.where(np.isfinite(sound), sound, medians_of(sound[train]))
    return np.concatenate([filled, numbers[:, SOUNDS:]], axis=1).astype(np.float32)


def _grams(involved: Sequence[str]) -> list[str]:
    """The different three-letter runs of the first name, each word with a space at either end."""
    if not involved:
        return []
    words = [f" {word} " for word in involved[0].split()]
    runs = (word[at : at + GRAM] for word in words for at in range(len(word) - GRAM + 1))
    return list(dict.fromkeys(runs))


def _unit_rows(found: Sequence[NDArray[np.integer]], width: int) -> sparse.csr_array:
    """Rows with equal weights at the places found and length 1, zero where there is none."""
    sizes = np.array([len(row) for row in found], dtype=np.int64)
    indptr = np.concatenate([[0], np.cumsum(sizes)])
    weights = np.repeat(1 / np.sqrt(np.maximum(sizes, 1)), sizes)
    columns = np.concatenate([*found, np.zeros(0, dtype=np.int32)])
    return sparse.csr_array((weights, columns, indptr), shape=(len(found), width))


def _sound(tracks: TrackTable) -> NDArray[np.float64]:
    """The eight abstract features, mode, tempo, log duration, popularity, release: (n, 13)."""
    mode = np.where(tracks.mode >= 0, tracks.mode.astype(np.float64), np.nan)
    duration = np.where(tracks.duration_ms > 0, tracks.duration_ms, np.nan)
    columns = [mode, tracks.tempo, np.log(duration), tracks.popularity, tracks.released]
    return np.concatenate([tracks.abstract, np.stack(columns, axis=1)], axis=1).astype(np.float64)


def _circle(tracks: TrackTable) -> NDArray[np.float64]:
    """The pitch class as a point on a circle, the middle where unknown: (n, 2)."""
    angle = tracks.key.astype(np.float64) * (2 * np.pi / 12)
    known = (tracks.key >= 0)[:, None]
    return np.where(known, np.stack([np.cos(angle), np.sin(angle)], axis=1), 0.0)


def medians_of(sound: NDArray[np.float64]) -> NDArray[np.float64]:
    """The median of what is known of each column, 0 where nothing is: (n, d) to (d,)."""
    known = (column[np.isfinite(column)] for column in sound.T)
    return np.array([float(np.median(column)) if column.size else 0.0 for column in known])


def _normal(values: NDArray[np.float64], quantiles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values to the normal score of their place among the quantiles, at most ±2.5.

    Ties take the middle of their span; a constant column becomes 0.
    """
    steps = np.linspace(0, 1, quantiles.size)
    low = np.interp(values, quantiles, steps)
    high = 1 - np.interp(-values, -quantiles[::-1], steps)
    return np.clip(ndtri(np.clip((low + high) / 2, 1e-4, 1 - 1e-4)), -_LIMIT, _LIMIT)
