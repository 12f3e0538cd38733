"""What every source of audio features is, and the two that are services: ReccoBeats, Spotify."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from segue.errors import ForbiddenError, MalformedAnswerError, NotFoundError
from segue.music.features import ABSTRACT, FEATURE_NAMES, AudioFeatures
from segue.music.track import Track
from segued.store.access import NOT_FOR_APP_WAIT
from segued.web.service import Budget
from segued.web.source import Json, Source
from segued.web.transport import AT_ONCE

log = logging.getLogger(__name__)

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

    @property
    def at_once(self) -> int:
        """How many calls may be under way at once."""
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
        changes["key_confidence"] = second.key_confidence
    if not first.has_tempo:
        changes |= {"tempo": second.tempo, "tempo_confidence": second.tempo_confidence}
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


BUDGET = "spotify features"
"""The name under which the refusal is remembered."""


class SpotifyFeatures:
    """The source "spotify". `ask` sends the ids through the account's own client."""

    name = "spotify"
    batch_size = 100
    at_once = 1

    def __init__(
        self, ask: Callable[[Sequence[str]], object], budget: Budget, clock: Callable[[], datetime]
    ) -> None:
        self._ask = ask
        self._budget = budget
        self._clock = clock

    def fetch(self, tracks: Sequence[Track]) -> Mapping[str, Found]:
        """See `FeatureSource.fetch`. A null row is a track it has no features for."""
        self._budget.check([BUDGET])
        try:
            answer = self._ask([track.id for track in tracks])
        except ForbiddenError as error:
            until = self._clock() + NOT_FOR_APP_WAIT
            self._budget.cool_down(BUDGET, until, "this app may not use it")
            raise ForbiddenError(
                "Spotify does not give this app audio features (it gives them to no app made "
                "since November 2024); it is not asked again for a month. Take spotify out of "
                "`[features] sources`.",
                status=error.status,
            ) from error
        # spotipy hands on the list inside the answer, the raw endpoint the object around it.
        rows = answer.get("audio_features") if isinstance(answer, dict) else answer
        if not isinstance(rows, list):
            raise MalformedAnswerError(
                "spotify answered GET /audio-features without a list called audio_features; "
                "nothing of it was kept, and it will be asked again later"
            )
        wanted = {track.id for track in tracks}
        found: dict[str, Found] = {}
        odd = 0
        for row in rows:
            values = features_of(row)
            track_id = row.get("id") if isinstance(row, dict) else None
            if values is not None and isinstance(track_id, str):
                if track_id in wanted:
                    found[track_id] = Found(values)
            elif row is not None:
                odd += 1
        if odd:
            log.warning(
                "%d of the %d rows of spotify's audio features could not be read; they were left "
                "out",
                odd,
                len(rows),
            )
        return found


PATH = "/v1/audio-features"
TRACKS = "/v1/track"


class ReccoBeats:
    """The source "reccobeats"."""

    name = "reccobeats"
    batch_size = 40
    at_once = AT_ONCE

    def __init__(self, source: Source) -> None:
        self._source = source

    def fetch(self, tracks: Sequence[Track]) -> Mapping[str, Found]:
        """See `FeatureSource.fetch`. A track missing from the answer is one it does not have."""
        rows = self._rows(PATH, tracks)
        wanted = {track.id for track in tracks}
        found: dict[str, Found] = {}
        unreadable = 0
        for row in rows:
            track_id = _track_id(row)
            if track_id is None:
                unreadable += 1
            elif track_id in wanted and (values := features_of(row)) is not None:
                found[track_id] = Found(values)
        if 2 * unreadable >= max(1, len(rows)):
            raise MalformedAnswerError(
                f"{self.name} answered {PATH} with rows that are no track's features; nothing "
                "of it was kept, and it will be asked again later"
            )
        self._source.odd_rows += unreadable
        return found

    def popularity(self, tracks: Sequence[Track]) -> Mapping[str, int]:
        """How popular tracks are, 0 to 100, by track id, for those of at most `batch_size` it has.

        Raises a ServiceError when it could not be asked.
        """
        wanted = {track.id for track in tracks}
        found: dict[str, int] = {}
        for row in self._rows(TRACKS, tracks):
            track_id = _linked(row)
            value = _whole(row.get("popularity"), 0, 100) if isinstance(row, dict) else -1
            if track_id in wanted and value >= 0:
                found[track_id] = value
            self._source.odd_rows += track_id is None
        return found

    def _rows(self, path: str, tracks: Sequence[Track]) -> list[Json]:
        """What it answers about tracks, one row for each that it has."""
        try:
            answer = self._source.get_json(path, {"ids": ",".join(track.id for track in tracks)})
        except NotFoundError:
            return []
        rows = answer.get("content") if isinstance(answer, dict) else None
        if not isinstance(rows, list):
            raise MalformedAnswerError(
                f"{self.name} answered {path} without a list called content; nothing of it was "
                "kept, and it will be asked again later"
            )
        return rows


def _track_id(row: Json) -> str | None:
    """Which track a row is about; None for a row that is no track's features."""
    if not isinstance(row, dict) or row.keys().isdisjoint(FEATURE_NAMES):
        return None
    return _linked(row)


def _linked(row: Json) -> str | None:
    """The track a row links to: its own id is not Spotify's, and rows come in any order."""
    href = row.get("href") if isinstance(row, dict) else None
    return href.rstrip("/").rsplit("/", 1)[-1] or None if isinstance(href, str) else None
