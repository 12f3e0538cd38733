"""Songs: what the sequencer needs to know of a list of tracks, as columns, and how long they
play."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segue.errors import UsageError
from segue.music.features import ABSTRACT, DISCO, AudioFeatures, Scaling, abstract_matrix, octaves
from segue.music.keys import fifths_positions

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True, eq=False)
class Songs:
    """A list of n tracks as columns; row i of each belongs to track i.

    `features` is (n, 8) float32, the abstract features scaled, NaN unknown. `key` (0..11), `mode`
    (1 major, 0 minor) and `tempo` (BPM) are (n,), unknown as in `AudioFeatures`. `energy` and
    `valence` are (n,) unscaled 0..1, NaN unknown. `artist` and `album` are (n,) int64, equal for
    tracks by one artist or from one album, negative where unknown. `duration_ms` is (n,) int64.
    `lyrics` is (n, d) float32, a vector a track, all NaN where unknown, or None. `key_confidence`
    and `tempo_confidence` are (n,) 0..1, how sure key and tempo are; None: all are sure.

    Raises UsageError when the columns have different lengths.
    """

    features: NDArray[np.float32]
    key: NDArray[np.int64]
    mode: NDArray[np.int64]
    tempo: NDArray[np.float64]
    energy: NDArray[np.float64]
    valence: NDArray[np.float64]
    artist: NDArray[np.int64]
    album: NDArray[np.int64]
    duration_ms: NDArray[np.int64]
    lyrics: NDArray[np.float32] | None = None
    key_confidence: NDArray[np.float64] | None = None
    tempo_confidence: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            column = getattr(self, field.name)
            if column is not None and len(column) != len(self.features):
                raise UsageError(
                    f"songs: {field.name} has {len(column)} rows where features has "
                    f"{len(self.features)}; every column needs one row a track"
                )

    def __len__(self) -> int:
        return len(self.features)

    def take(self, rows: ArrayLike) -> Songs:
        """The songs of some rows, in their order."""
        index = np.asarray(rows, dtype=np.int64)
        columns: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}
        return Songs(**{name: _rows(column, index) for name, column in columns.items()})

    def unknown(self) -> dict[str, int]:
        """How many tracks lack something, by what they lack; what no track lacks is left out."""
        missing = np.isnan(self.features)
        counts = {
            "key": int((fifths_positions(self.key, self.mode) < 0).sum()),
            "tempo": int(np.isnan(octaves(self.tempo)).sum()),
            "energy": int(np.isnan(self.energy).sum()),
            "valence": int(np.isnan(self.valence).sum()),
            "some_features": int((missing.any(axis=1) & ~missing.all(axis=1)).sum()),
            "all_features": int(missing.all(axis=1).sum()),
        }
        if self.lyrics is not None:
            counts["lyrics"] = int(np.isnan(self.lyrics).any(axis=1).sum())
        return {name: count for name, count in counts.items() if count}


def _rows(column: Any, index: NDArray[np.int64]) -> Any:
    """Some rows of a column, where there is one."""
    return column if column is None else column[index]


def songs_of(
    features: Sequence[AudioFeatures],
    *,
    artists: Sequence[str] | None = None,
    albums: Sequence[str] | None = None,
    duration_ms: Sequence[int] | None = None,
    lyrics: NDArray[np.float32] | None = None,
    scaling: Scaling = DISCO,
) -> Songs:
    """Lay tracks out as columns: one `AudioFeatures` a track, unscaled.

    `artists` and `albums` are anything that tells them apart, empty where unknown.
    """
    count = len(features)
    abstract = abstract_matrix(features)
    raw = abstract.astype(np.float64)
    return Songs(
        features=scaling.transform(abstract),
        key=np.array([row.key for row in features], dtype=np.int64),
        mode=np.array([row.mode for row in features], dtype=np.int64),
        tempo=np.array([row.tempo for row in features], dtype=np.float64),
        energy=raw[:, ABSTRACT.index("energy")],
        valence=raw[:, ABSTRACT.index("valence")],
        artist=_numbers(artists if artists is not None else [""] * count),
        album=_numbers(albums if albums is not None else [""] * count),
        duration_ms=np.array(duration_ms if duration_ms is not None else [0] * count, np.int64),
        lyrics=lyrics,
        key_confidence=_confidence([row.key_confidence for row in features]),
        tempo_confidence=_confidence([row.tempo_confidence for row in features]),
    )


def _confidence(given: Sequence[float]) -> NDArray[np.float64] | None:
    """A column of confidences, within 0..1; None where every one is 1."""
    column = np.clip(np.array(given, dtype=np.float64), 0.0, 1.0)
    return None if (column == 1.0).all() else column


def _numbers(names: Sequence[str]) -> NDArray[np.int64]:
    """Number names: equal for equal names, −1 for an empty one."""
    seen: dict[str, int] = {}
    numbers = [seen.setdefault(name, len(seen)) if name else -1 for name in names]
    return np.array(numbers, dtype=np.int64)


def songs_of_table(frame: pl.DataFrame, scaling: Scaling = DISCO) -> Songs:
    """The songs of a table; a column it lacks is unknown for every track.

    Columns: the abstract features by name, `key`, `mode`, `tempo`, `duration_ms`, `artist`,
    and `album_id` or `album`.
    """
    count = frame.height
    numbers = {name: _floats(frame, name) for name in (*ABSTRACT, "tempo")}
    key, mode = _whole(frame, "key"), _whole(frame, "mode")
    rows = [
        AudioFeatures(
            **{name: float(numbers[name][i]) for name in ABSTRACT},
            key=int(key[i]),
            mode=int(mode[i]),
            tempo=float(numbers["tempo"][i]),
        )
        for i in range(count)
    ]
    return songs_of(
        rows,
        artists=[name.casefold() for name in _texts(frame, "artist")],
        albums=_texts(frame, "album_id" if "album_id" in frame.columns else "album"),
        duration_ms=[max(int(value), 0) for value in _whole(frame, "duration_ms")],
        scaling=scaling,
    )


def _floats(frame: pl.DataFrame, name: str) -> NDArray[np.float64]:
    if name not in frame.columns:
        return np.full(frame.height, np.nan)
    return np.asarray(frame[name].fill_null(float("nan")).to_numpy(), dtype=np.float64)


def _whole(frame: pl.DataFrame, name: str) -> NDArray[np.int64]:
    values = _floats(frame, name)
    return np.where(np.isfinite(values), np.rint(np.nan_to_num(values)), -1).astype(np.int64)


def _texts(frame: pl.DataFrame, name: str) -> list[str]:
    if name not in frame.columns:
        return [""] * frame.height
    return [str(value) for value in frame[name].fill_null("").to_list()]


_STEP_MS = 100
"""Durations are added up in tenths of a second where sums are looked for."""

_OUTSIDE, _PER_SECOND = 20.0, 0.2
"""What a list outside the tolerance costs, and each second more: more than an order can gain."""


@dataclass(frozen=True, slots=True)
class Target:
    """A duration to meet within a tolerance, both in milliseconds."""

    duration_ms: int
    tolerance_ms: int = 30_000

    def excess(self, plays_ms: int) -> int:
        """By how much a duration lies outside the tolerance, in milliseconds; 0 inside."""
        return max(0, abs(plays_ms - self.duration_ms) - self.tolerance_ms)

    def penalty(self, plays_ms: int) -> float:
        """What a duration costs: 0 inside the tolerance."""
        excess = self.excess(plays_ms)
        return _OUTSIDE + _PER_SECOND * excess / 1000 if excess else 0.0

    def penalties(self, plays_ms: NDArray[np.int64]) -> NDArray[np.float64]:
        """What durations cost, of any shape."""
        excess = np.abs(plays_ms - self.duration_ms) - self.tolerance_ms
        return np.where(excess > 0, _OUTSIDE + _PER_SECOND / 1000 * excess, 0.0)


def count_for(
    durations_ms: NDArray[np.int64],
    target: Target,
    scores: NDArray[np.float64],
    always: Sequence[int] = (),
) -> int:
    """How many tracks to choose for a duration: as many as play so long on average.

    The best by score decide what is average; where no such number of tracks can meet the target,
    the nearest number that can.
    """
    available = len(durations_ms)
    if available == 0:
        return 0
    order = np.argsort(-scores, kind="stable")
    plays = np.cumsum(durations_ms[order])
    guess = int(np.abs(plays - target.duration_ms).argmin()) + 1
    guess = min(max(guess, len(always), 1), available)
    for step in (0, 1, -1, 2, -2, 3, -3):
        count = guess + step
        if max(len(always), 1) <= count <= available and _can_meet(durations_ms, count, target):
            return count
    return guess


def rows_within(
    durations_ms: NDArray[np.int64],
    count: int,
    target: Target,
    scores: NDArray[np.float64],
    always: Sequence[int] = (),
) -> list[int] | None:
    """Some `count` rows that play for the target within its tolerance, `always` among them.

    None where there are none, to a tenth of a second a track. Sums are kept as bits of whole
    numbers, one number for each count of tracks: bit t of reach[k] is set when k tracks can play
    for t tenths of a second.
    """
    fixed = set(always)
    rows = [int(row) for row in np.argsort(scores, kind="stable") if int(row) not in fixed]
    need = count - len(fixed)
    if not 0 <= need <= len(rows):
        return None
    steps = np.rint(np.asarray(durations_ms) / _STEP_MS).astype(np.int64).tolist()
    base = sum(steps[row] for row in fixed)
    low = max(0, -(-(target.duration_ms - target.tolerance_ms) // _STEP_MS) - base)
    high = (target.duration_ms + target.tolerance_ms) // _STEP_MS - base
    if high < 0:
        return None
    mask = (1 << (high + 1)) - 1
    history = [[1, *([0] * need)]]
    for row in rows:
        last = history[-1]
        history.append(
            [1, *(last[k] | (last[k - 1] << steps[row]) & mask for k in range(1, need + 1))]
        )
    window = history[-1][need] >> low
    if not window:
        return None
    middle = max(0, target.duration_ms // _STEP_MS - base - low)
    above = window >> middle
    left = low + middle + _lowest(above) if above else low + window.bit_length() - 1
    chosen, k = list(fixed), need
    for place in range(len(rows), 0, -1):
        row = rows[place - 1]
        taken = (
            k > 0 and left >= steps[row] and history[place - 1][k - 1] >> (left - steps[row]) & 1
        )
        if taken:
            chosen.append(row)
            k, left = k - 1, left - steps[row]
    return chosen


def _lowest(bits: int) -> int:
    """The place of the lowest bit that is set."""
    return (bits & -bits).bit_length() - 1


def _can_meet(durations_ms: NDArray[np.int64], count: int, target: Target) -> bool:
    """Whether the target lies between the shortest and the longest `count` tracks."""
    ordered = np.sort(durations_ms)
    shortest, longest = int(ordered[:count].sum()), int(ordered[-count:].sum())
    return shortest - target.tolerance_ms <= target.duration_ms <= longest + target.tolerance_ms
