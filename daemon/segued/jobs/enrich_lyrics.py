"""Enriching with lyrics: found one by one, encoded in small batches, dropped unless kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from segue.errors import ForbiddenError, RateLimitedError, ServiceError
from segue.lyrics.cleaning import clean_lyrics
from segue.music.track import Track
from segued.jobs.planning import Progress
from segued.providers.lyrics import Lyrics, LyricSource, ask_again_at
from segued.store.lyrics import LyricRecord
from segued.store.state import State
from segued.store.vectors import Vectors

KIND = "lyrics"
CHECKPOINT = 16
"""So many texts are encoded together and then on disk: what a cut repeats at most."""
FAILURES_IN_A_ROW = 3


@dataclass(slots=True)
class LyricsOutcome:
    """What was found. `found` counts by source, `instrumental` and `none` the other answers;
    `waiting` counts tracks no source could be asked about; `stopped` says by source why."""

    asked: int = 0
    found: dict[str, int] = field(default_factory=dict)
    instrumental: int = 0
    none: int = 0
    encoded: int = 0
    waiting: int = 0
    stopped: dict[str, str] = field(default_factory=dict)
    out_of_time: bool = False


class Encoder(Protocol):
    """What turns texts into vectors. `key` names what made them: None before it is known, which
    it is once something was encoded."""

    @property
    def key(self) -> str | None: ...

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]: ...


Detect = Callable[[str], str | None]
"""The language of a text as ISO 639-1, or None where it cannot be told."""


def enrich_lyrics(
    tracks: Sequence[Track],
    sources: Sequence[LyricSource],
    encoder: Encoder,
    state: State,
    *,
    keep_text: bool,
    detect: Detect,
    clock: Callable[[], datetime],
    out_of_time: Callable[[], bool],
    progress: Progress,
) -> LyricsOutcome:
    """Find, clean and encode the lyrics of these tracks, as far as they are not known.

    A track whose vector another encoder made is encoded again, from the text that was kept or
    asked for anew. "none" is stored only when every source said so. Texts are on disk as vectors
    every `CHECKPOINT` texts.
    """
    outcome = LyricsOutcome(asked=len(tracks))
    hunt = _Hunt(list(sources), outcome)
    waiting: dict[str, tuple[LyricRecord, str]] = {}
    todo = _open(tracks, state, encoder.key, clock())
    for number, track in enumerate(todo):
        if out_of_time():
            outcome.out_of_time = True
            break
        progress("lyrics", number, len(todo))
        record = _looked_up(track, hunt, state, clock, outcome)
        if record is None:
            continue
        text = record.text or ""
        if record.status != "found" or not text:
            state.lyrics.put({track.id: record})
            continue
        waiting[track.id] = (_described(record, detect, keep_text=keep_text), text)
        if len(waiting) >= CHECKPOINT:
            _encode(waiting, encoder, state, outcome)
    _encode(waiting, encoder, state, outcome)
    progress("lyrics", len(todo), len(todo))
    return outcome


def _open(tracks: Sequence[Track], state: State, encoder: str | None, now: datetime) -> list[Track]:
    records = state.lyrics.records()
    held = state.vectors.get(KIND, encoder) if encoder is not None else None
    rows: Mapping[str, int] = held.rows() if held is not None else {}

    def done(track: Track) -> bool:
        record = records.get(track.id)
        if record is None:
            return False
        if record.status == "found":
            return track.id in rows
        return record.ask_again_at is None or record.ask_again_at > now

    return [track for track in tracks if not done(track)]


def _looked_up(
    track: Track,
    hunt: _Hunt,
    state: State,
    clock: Callable[[], datetime],
    outcome: LyricsOutcome,
) -> LyricRecord | None:
    """The record of a track with its text, or None where it has to wait."""
    known = state.lyrics.records().get(track.id)
    if known is not None and known.status == "found" and known.text:
        return known
    source, found, failed = hunt.find(track)
    now = clock()
    if found is None:
        if failed:
            outcome.waiting += 1
            return None
        outcome.none += 1
        return LyricRecord("none", source, now, ask_again_at(track, now))
    text = clean_lyrics(found.text)
    if found.instrumental or not text:
        outcome.instrumental += 1
        return LyricRecord("instrumental", source, now)
    outcome.found[source] = outcome.found.get(source, 0) + 1
    return LyricRecord("found", source, now, text=text)


def _described(record: LyricRecord, detect: Detect, *, keep_text: bool) -> LyricRecord:
    text = record.text or ""
    return replace(record, language=detect(text), text=text if keep_text else None)


def _encode(
    waiting: dict[str, tuple[LyricRecord, str]],
    encoder: Encoder,
    state: State,
    outcome: LyricsOutcome,
) -> None:
    """Encode what waits. The vectors are on disk before the records that promise them."""
    if waiting:
        ids = tuple(waiting)
        matrix = encoder.encode([text for _, text in waiting.values()])
        key = encoder.key
        assert key is not None
        state.vectors.put(KIND, key, Vectors(ids, matrix))
        state.lyrics.put(
            {track_id: replace(record, encoder=key) for track_id, (record, _) in waiting.items()}
        )
        outcome.encoded += len(waiting)
        waiting.clear()
    state.lyrics.commit()


class _Hunt:
    """Asking sources in turn; one that fails too often is left for this run."""

    def __init__(self, sources: list[LyricSource], outcome: LyricsOutcome) -> None:
        self._sources = sources
        self._outcome = outcome
        self._failures: dict[str, int] = {}

    def find(self, track: Track) -> tuple[str, Lyrics | None, bool]:
        """Who answered, what was found, and whether any source could not be asked."""
        failed = not self._sources
        asked: list[str] = []
        for source in self._sources:
            if source.name in self._outcome.stopped and self._left(source.name):
                failed = True
                continue
            try:
                found = source.find(track)
            except ServiceError as error:
                failed = True
                self._note(source.name, error)
                continue
            self._failures[source.name] = 0
            asked.append(source.name)
            if found is not None:
                return source.name, found, False
        return "+".join(asked), None, failed

    def _left(self, name: str) -> bool:
        return self._failures.get(name, 0) >= FAILURES_IN_A_ROW

    def _note(self, name: str, error: ServiceError) -> None:
        self._outcome.stopped[name] = str(error)
        for_good = isinstance(error, (ForbiddenError, RateLimitedError))
        count = FAILURES_IN_A_ROW if for_good else self._failures.get(name, 0) + 1
        self._failures[name] = count
