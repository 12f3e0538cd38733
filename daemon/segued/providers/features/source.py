"""What every source of audio features is, and reading features out of an answer."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from segue.music.features import ABSTRACT, AudioFeatures
from segue.music.track import Track
from segued.web.source import Json

RANGES: Mapping[str, tuple[float, float]] = {"loudness": (-100.0, 10.0)}
MISS_OLD = timedelta(days=120)
MISS_RECENT = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Found:
    """The features of a track, and which of them the source estimated."""

    values: AudioFeatures
    estimated: tuple[str, ...] = ()


class FeatureSource(Protocol):
    """One source of audio features."""

    @property
    def name(self) -> str:
        """As the configuration and the store write it."""
        ...

    @property
    def batch_size(self) -> int:
        """How many tracks one call takes."""
        ...

    def fetch(self, tracks: Sequence[Track]) -> Mapping[str, Found]:
        """Features by track id, for those of at most `batch_size` tracks it has.

        Raises a ServiceError when it could not be asked: a track is a miss only when it answered.
        """
        ...


def ask_again_at(track: Track, now: datetime) -> datetime:
    """When to ask again for a track that a source does not have.

    Sources fill up with a delay: about half of the releases of the last year are missing at first.
    """
    year = track.album.release_year if track.album else None
    recent = year is None or year >= now.year - 1
    return now + (MISS_RECENT if recent else MISS_OLD)


def features_of(document: Json) -> AudioFeatures | None:
    """Features from one JSON object with the usual names; None when nothing in it is known.

    A value of another type or out of its range is unknown, never guessed.
    """
    if not isinstance(document, dict):
        return None
    values = {name: _number(document.get(name), *RANGES.get(name, (0.0, 1.0))) for name in ABSTRACT}
    found = AudioFeatures(
        **values,
        key=_whole(document.get("key"), 0, 11),
        mode=_whole(document.get("mode"), 0, 1),
        tempo=_tempo(document.get("tempo")),
    )
    return None if len(found.missing()) == len(ABSTRACT) + 2 else found


def filled(first: AudioFeatures, second: AudioFeatures) -> AudioFeatures:
    """`first`, with what it does not know taken from `second`."""
    changes: dict[str, float | int] = {
        name: getattr(second, name) for name in ABSTRACT if math.isnan(getattr(first, name))
    }
    if not first.has_key:
        changes |= {"key": second.key, "mode": second.mode}
    if not first.has_tempo:
        changes["tempo"] = second.tempo
    return replace(first, **changes)  # type: ignore[arg-type]  # each name keeps its own type


def _number(value: object, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return math.nan
    return float(value) if low <= value <= high else math.nan


def _whole(value: object, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return -1
    if not low <= value <= high or value != int(value):
        return -1
    return int(value)


def _tempo(value: object) -> float:
    tempo = _number(value, 1.0, 400.0)
    return 0.0 if math.isnan(tempo) else tempo
