"""Enriching with lyrics: found one by one, encoded in small batches, dropped unless kept."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from segue.errors import SegueError, ServiceError
from segue.lyrics.cleaning import clean_lyrics
from segue.lyrics.notes import RULES, placeholder
from segue.lyrics.sentiment import SentimentHead
from segue.music.track import Track
from segued.enrich.sources import SourceFailure, SourceFailures
from segued.inventory.reading import LYRICS
from segued.learn.sentiment import with_moods
from segued.providers.lyrics.source import (
    NONE_OLD,
    Lyrics,
    LyricSource,
    ask_again_at,
    detect_language,
)
from segued.run import Run
from segued.status.coverage import shared_texts
from segued.store.state import State
from segued.store.tracks.lyrics import LyricRecord, Vectors
from segued.web.source import in_order

NO_MOOD = (
    "mood is unknown: there is no sentiment head for this encoder; run `segue learn sentiment`"
)
CHECKPOINT = 16
"""How many tracks are written to disk together. An interruption repeats at most so many, and those
looked up beside the last: one for each source after the first."""


@dataclass(slots=True)
class LyricsOutcome:
    """What was found. `found` counts tracks by source, `instrumental` and `none` the other
    answers; `waiting` counts tracks a source could not be asked about; `failures` tells by source
    what went wrong, `problem` why nothing could be encoded, `mood_note` why no mood is known;
    `suspect` are tracks of different songs that share one text, a group for each."""

    asked: int = 0
    found: dict[str, int] = field(default_factory=dict)
    instrumental: int = 0
    none: int = 0
    encoded: int = 0
    waiting: int = 0
    failures: dict[str, SourceFailure] = field(default_factory=dict)
    problem: str | None = None
    out_of_time: bool = False
    mood_note: str | None = None
    suspect: tuple[tuple[str, ...], ...] = ()


class Encoder(Protocol):
    """What turns texts into vectors."""

    @property
    def key(self) -> str | None:
        """What names its vectors; None before it was ever prepared."""
        ...

    def check(self) -> None:
        """Raise a SegueError where it is known not to work for now. Loads nothing."""
        ...

    def prepare(self) -> None:
        """Load it, unless it is. Raises a SegueError where that cannot be done."""
        ...

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n_texts, dim) float32, after `prepare`."""
        ...

    @property
    def head(self) -> SentimentHead | None:
        """What judges the mood of its vectors, after `prepare`; None where nothing does."""
        ...


def enrich_lyrics(
    run: Run,
    tracks: Sequence[Track],
    sources: Sequence[LyricSource],
    encoder: Encoder,
    out_of_time: Callable[[], bool],
) -> LyricsOutcome:
    """Find, clean and encode the lyrics of these tracks, as far as they are not known.

    A track whose vector another encoder made is encoded again, from the text that was kept or
    asked for anew. "none" is stored only when every source said so. Every `CHECKPOINT` tracks are
    on disk before the next are asked for. The encoder is loaded at the first text.
    """
    state = run.state
    state.lyrics.drop_notes()
    lookup = LyricLookup(sources)
    outcome = LyricsOutcome(asked=len(tracks), failures=lookup.failures.by_source)
    queue = _EncodingQueue(encoder, state, run.settings.lyrics.keep_text)
    try:
        todo = _todo(tracks, encoder, state, run.clock())
        if todo:
            encoder.check()
        records = state.lyrics.records()
        look_up = in_order(
            lambda track: _text_of(track, records, lookup),
            _in_time(todo, out_of_time, outcome),
            max(1, len(sources)),
        )
        for number, (track, found) in enumerate(look_up):
            run.progress("lyrics", number, len(todo))
            record = _record_of(track, found(), run.clock(), outcome)
            if record is not None:
                queue.put(track.id, record)
            if number % CHECKPOINT == CHECKPOINT - 1:
                queue.clear()
        queue.clear()
        if todo:
            run.progress("lyrics", len(todo), len(todo))
    except SegueError as error:
        outcome.problem = str(error)
        state.lyrics.commit()
    outcome.encoded = queue.encoded
    outcome.suspect = shared_texts(state, encoder.key)
    if outcome.encoded and encoder.head is None:
        outcome.mood_note = NO_MOOD
    return outcome


def open_tracks(
    tracks: Sequence[Track], state: State, encoder: str | None, now: datetime
) -> list[Track]:
    """The tracks whose lyrics are to be asked for, or encoded by the encoder of this key."""
    records = state.lyrics.records()
    held = state.vectors.get(LYRICS, encoder) if encoder is not None else None
    rows: Mapping[str, int] = held.rows() if held is not None else {}
    shared = shared_texts(state, encoder) if encoder is not None else ()
    suspect = {track_id for group in shared for track_id in group}

    def done(track: Track) -> bool:
        record = records.get(track.id)
        if record is None:
            return False
        if record.status == "found":
            old = record.rules < RULES and record.text is None
            return track.id in rows and not (old and track.id in suspect)
        again = record.ask_again_at
        return again is None or now < again <= now + NONE_OLD

    return [track for track in tracks if not done(track)]


def _todo(tracks: Sequence[Track], encoder: Encoder, state: State, now: datetime) -> list[Track]:
    records = state.lyrics.records()
    found = (records[track.id] for track in tracks if track.id in records)
    if encoder.key is None and any(record.status == "found" for record in found):
        # Only its card tells whether it made the vectors that are there.
        encoder.check()
        encoder.prepare()
    return open_tracks(tracks, state, encoder.key, now)


Answer = tuple[str, Lyrics | None, bool]
"""Who answered, what was found, and, where nothing was, whether a source failed."""


def _in_time(
    tracks: Iterable[Track], out_of_time: Callable[[], bool], outcome: LyricsOutcome
) -> Iterator[Track]:
    """The tracks, until time has run out."""
    for track in tracks:
        if out_of_time():
            outcome.out_of_time = True
            return
        yield track


def _text_of(
    track: Track, records: Mapping[str, LyricRecord], lookup: LyricLookup
) -> LyricRecord | Answer:
    """What is known of a track with its text, else what the sources say."""
    known = records.get(track.id)
    if known is not None and known.status == "found" and known.text:
        return known
    return lookup.find(track)


def _record_of(
    track: Track, answer: LyricRecord | Answer, now: datetime, outcome: LyricsOutcome
) -> LyricRecord | None:
    """The record of a track with its text, or None where it has to wait."""
    if isinstance(answer, LyricRecord):
        return answer
    source, found, failed = answer
    if found is None:
        if failed:
            outcome.waiting += 1
            return None
        outcome.none += 1
        return LyricRecord("none", source, now, ask_again_at(track, now), rules=RULES)
    text = clean_lyrics(found.text)
    if found.instrumental or not text:
        outcome.instrumental += 1
        return LyricRecord("instrumental", source, now, rules=RULES)
    outcome.found[source] = outcome.found.get(source, 0) + 1
    return LyricRecord("found", source, now, text=text, rules=RULES)


@dataclass(slots=True)
class _EncodingQueue:
    """Records that wait to be encoded and written."""

    encoder: Encoder
    state: State
    keep_text: bool
    encoded: int = 0
    texts: dict[str, str] = field(default_factory=dict)
    records: dict[str, LyricRecord] = field(default_factory=dict)

    def put(self, track_id: str, record: LyricRecord) -> None:
        """Take a record in."""
        if record.status != "found" or not record.text:
            self.state.lyrics.put({track_id: record})
            return
        # One look-up, not a batch of them, is in vain where the encoder cannot be loaded.
        self.encoder.prepare()
        self.texts[track_id] = record.text
        kept = record.text if self.keep_text else None
        self.records[track_id] = replace(record, language=detect_language(record.text), text=kept)

    def clear(self) -> None:
        """Encode and write. The vectors are on disk before the records that promise them."""
        if self.texts:
            matrix = self.encoder.encode(list(self.texts.values()))
            key = self.encoder.key
            assert key is not None
            self.state.vectors.put(LYRICS, key, Vectors(tuple(self.texts), matrix))
            promised = {i: replace(record, encoder=key) for i, record in self.records.items()}
            texts = list(self.texts.values())
            self.state.lyrics.put(with_moods(promised, matrix, texts, self.encoder.head))
            self.encoded += len(self.texts)
            self.texts.clear()
            self.records.clear()
        self.state.lyrics.commit()


FAILURES_IN_A_ROW = 3
"""After this many failed look-ups in a row a source is left for this run."""


class LyricLookup:
    """Asks sources in turn; `failures` tells what went wrong with which.

    Several tracks may be looked up side by side: each source is asked for one at a time.
    """

    def __init__(self, sources: Sequence[LyricSource]) -> None:
        self._sources = tuple((source, threading.Lock()) for source in sources)
        self.failures = SourceFailures(FAILURES_IN_A_ROW)

    def find(self, track: Track) -> Answer:
        """Who answered, what was found, and, where nothing was, whether a source failed."""
        failed = not self._sources
        asked: list[str] = []
        for source, turn in self._sources:
            with turn:
                if self.failures.given_up(source.name):
                    failed = True
                    continue
                try:
                    found = source.find(track)
                except ServiceError as error:
                    failed = True
                    self.failures.note(source.name, error)
                    continue
                self.failures.answered(source.name)
            asked.append(source.name)
            if (found := _without_notes(found)) is not None:
                return source.name, found, False
        return "+".join(asked), None, failed


def _without_notes(found: Lyrics | None) -> Lyrics | None:
    """What was found, where a text that only says there are no lyrics is what it says."""
    if found is None or found.instrumental:
        return found
    match placeholder(found.text):
        case "instrumental":
            return Lyrics(instrumental=True)
        case "missing":
            return None
        case None:
            return found
