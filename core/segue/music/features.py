"""Audio features: what a track sounds like, in numbers, their common scale, and
tempo in octaves."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segue.errors import DataError

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
    `tempo` is in beats a minute; 0 or less, or NaN, is unknown. `key_confidence` and
    `tempo_confidence` say how sure both are, 0..1: 1 where whoever gave them does not say.
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
    key_confidence: float = 1.0
    tempo_confidence: float = 1.0

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

CONFIDENCES: tuple[str, ...] = ("key_confidence", "tempo_confidence")
"""How sure a feature is: no feature itself, and 1 where nothing is said."""

FEATURE_NAMES: tuple[str, ...] = tuple(
    field.name for field in fields(AudioFeatures) if field.name not in CONFIDENCES
)


def abstract_matrix(rows: Iterable[AudioFeatures]) -> NDArray[np.float32]:
    """Stack abstract features: (n_tracks, 8) float32 unscaled, NaN where unknown."""
    stacked = [row.abstract() for row in rows]
    return np.stack(stacked) if stacked else np.zeros((0, len(ABSTRACT)), dtype=np.float32)


# Scaling of the eight abstract features: Yeo-Johnson, then standardise.
#
# Yeo and Johnson, "A new family of power transformations to improve normality or symmetry",
# Biometrika 87 (2000). Unknown values (NaN) stay unknown.


_CONSTANT = 1e-9
"""A column whose spread is below this share of its size holds one value and rounding noise."""


def yeo_johnson(values: NDArray[np.float64], lambdas: NDArray[np.float64]) -> NDArray[np.float64]:
    """The Yeo-Johnson transform, column by column: (n, d) float64 with (d,) λ; NaN stays NaN."""
    moved = np.empty_like(values)
    for column, power in enumerate(lambdas):
        x = values[:, column]
        up, down = np.maximum(x, 0.0), np.minimum(x, 0.0)
        moved[:, column] = _power(up, float(power)) - _power(-down, 2.0 - float(power))
    return moved


def _power(x: NDArray[np.float64], power: float) -> NDArray[np.float64]:
    """((x + 1)^power − 1) / power for x of 0 or more, and its limit log(x + 1) at power 0."""
    if abs(power) < 1e-12:
        return np.log1p(x)
    return np.asarray(np.expm1(power * np.log1p(x)) / power)


@dataclass(frozen=True, slots=True)
class Scaling:
    """A fitted scaling: for each feature of `names` a λ, and the mean and sd after the transform.

    An `sd` of 0 marks a column without variance: its known values scale to 0.
    """

    lambdas: tuple[float, ...]
    means: tuple[float, ...]
    sds: tuple[float, ...]
    names: tuple[str, ...] = ABSTRACT

    def transform(self, features: ArrayLike) -> NDArray[np.float32]:
        """Scale unscaled features: (n, d) of any float to (n, d) float32, NaN unknown."""
        raw = np.asarray(features, dtype=np.float64)
        sds = np.array(self.sds)
        varies = sds > 0
        moved = yeo_johnson(raw, np.array(self.lambdas)) - np.array(self.means)
        scaled = np.where(varies, moved / np.where(varies, sds, 1.0), 0.0)
        return np.where(np.isfinite(raw), scaled, np.nan).astype(np.float32)

    def document(self) -> dict[str, list[float] | list[str]]:
        """The scaling as plain JSON values, read back by `Scaling.from_document`."""
        return {
            "names": list(self.names),
            "lambdas": list(self.lambdas),
            "means": list(self.means),
            "sds": list(self.sds),
        }

    @classmethod
    def from_document(cls, document: Mapping[str, object]) -> Scaling:
        """Read what `document` wrote.

        Raises DataError naming the field that is missing or wrong.
        """
        names = document.get("names")
        if not isinstance(names, Sequence) or not all(isinstance(name, str) for name in names):
            raise DataError("scaling: `names` must be a list of feature names; fit it again")
        columns = {}
        for field in ("lambdas", "means", "sds"):
            columns[field] = _numbers(document.get(field), field, len(names))
        if min(columns["sds"], default=0.0) < 0:
            raise DataError("scaling: `sds` must not be negative; fit it again")
        return cls(names=tuple(names), **columns)


def _numbers(values: object, field: str, count: int) -> tuple[float, ...]:
    if (
        not isinstance(values, Sequence)
        or len(values) != count
        or not all(isinstance(value, int | float) and math.isfinite(value) for value in values)
    ):
        raise DataError(f"scaling: `{field}` must be a list of {count} numbers; fit it again")
    return tuple(float(value) for value in values)


DISCO = Scaling(
    lambdas=(-1.6128, 1.5999, 2.0733, -4.8178, -5.9961, 1.8577, -16.6575, 0.2723),
    means=(0.1803, 0.6014, 0.8241, 0.0614, 0.0971, -2.6826, 0.0349, 0.3825),
    sds=(0.1599, 0.2277, 0.4374, 0.0836, 0.0344, 0.6818, 0.01154, 0.2013),
)
"""The scaling published with DISCO, fitted on 430,486 songs: what holds before a library is
fitted. In the order of `ABSTRACT`, loudness in dB."""


def fit_scaling(features: ArrayLike, names: tuple[str, ...] = ABSTRACT) -> Scaling:
    """Fit λ by maximum likelihood, then mean and population sd: (n, d) unscaled, NaN ignored.

    A column with fewer than two different known values gets λ 1 and sd 0.
    """
    raw = np.asarray(features, dtype=np.float64)
    columns = [_fit_column(raw[:, column]) for column in range(len(names))]
    lambdas, means, sds = zip(*columns, strict=True) if columns else ((), (), ())
    return Scaling(lambdas=lambdas, means=means, sds=sds, names=names)


LEAST_SCALED = 50
"""Tracks with every feature known, below which the published scaling is kept."""


def library_scaling(features: ArrayLike) -> Scaling:
    """The scaling of a library: fitted where 50 tracks have every feature, else `DISCO`."""
    raw = np.asarray(features, dtype=np.float64)
    whole = raw[np.isfinite(raw).all(axis=1)]
    return fit_scaling(whole) if len(whole) >= LEAST_SCALED else DISCO


def _fit_column(column: NDArray[np.float64]) -> tuple[float, float, float]:
    from scipy.stats import yeojohnson_normmax  # imported here: scipy.stats is slow to import

    known = column[np.isfinite(column)]
    if known.size < 2 or np.ptp(known) <= _CONSTANT * max(1.0, float(np.abs(known).max())):
        return 1.0, float(known.mean()) if known.size else 0.0, 0.0
    power = float(yeojohnson_normmax(known))
    moved = yeo_johnson(known[:, None], np.array([power]))
    mean, sd = float(moved.mean()), float(moved.std())
    return power, mean, sd if sd > _CONSTANT * max(_CONSTANT, abs(mean)) else 0.0


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


def genre_columns(genres: Sequence[Collection[str]]) -> NDArray[np.float32] | None:
    """The column `genres` of tracks, by the names of all genres that each is of or part of; of none
    nothing is known. None where no track has any."""
    row = {name: place for place, name in enumerate(sorted(set().union(*genres)))}
    if not row:
        return None
    out = np.zeros((len(genres), len(row)), dtype=np.float32)
    for track, names in enumerate(genres):
        out[track, [row[name] for name in names]] = 1.0
        out[track] = out[track] if names else np.nan
    return out
