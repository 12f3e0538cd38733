"""What `segue sequence` runs: from the words of a call to an order and its report."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from segue.errors import DataError, UsageError
from segue.music.features import ABSTRACT
from segue.sequencing.choose import Size, choose_and_order
from segue.sequencing.problem import Settings
from segue.sequencing.report import Ordering, Report, Value, reference_of, report
from segue.sequencing.sequence import sequence
from segue.sequencing.songs import Songs, Target, songs_of_table
from segue.sequencing.transitions import Passage, explain
from segue.tables.headings import usual_names
from segue.tables.reading import TrackTable, parse_columns, read_table

if TYPE_CHECKING:
    import polars as pl


_MOST_TRACKS_BOUNDED = 300
"""Up to this many tracks a bound is worked out as well: it takes about as long as the search."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for beside how to order: `length` tracks or `minutes`, by a column `score`."""

    seed: int = 0
    effort: float = 1.0
    length: int | None = None
    minutes: float | None = None
    score: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """An order of a file's rows, (k,) int64, with what is said of it. `songs` are all rows'."""

    table: TrackTable
    songs: Songs
    titles: tuple[str, ...]
    artists: tuple[str, ...]
    settings: Settings
    order: NDArray[np.int64]
    passages: tuple[Passage, ...]
    report: Report
    notes: tuple[str, ...]
    seconds: float


def run(file: Path, columns: str, request: Request, settings: Settings) -> Outcome:
    """Order the rows of a file. `seconds` is the ordering alone, without reading or reporting.

    Raises DataError where the file cannot be read or tells nothing to order by, and UsageError
    where options contradict.
    """
    named = parse_columns(columns)
    if request.score is not None:
        named["popularity"] = request.score
    table = read_table(file, named)
    songs = songs_of_table(table.frame)
    known = what_is_known(table, songs)
    choosing = request.length is not None or request.minutes is not None
    began = time.perf_counter()
    if choosing:
        order, notes = _chosen(songs, table, settings, request)
    else:
        found = sequence(songs, settings, seed=request.seed, effort=request.effort)
        order, notes = found.order, found.notes
    seconds = time.perf_counter() - began
    reported = _report(songs, settings, order, request.seed, choosing=choosing)
    return Outcome(
        table=table,
        songs=songs,
        titles=_texts(table.frame, "title"),
        artists=_texts(table.frame, "artist"),
        settings=settings,
        order=order,
        passages=tuple(explain(songs.take(order), np.arange(len(order)), settings.weights)),
        report=known.without_guesses(reported, songs.take(order)),
        notes=(*known.notes, *notes),
        seconds=seconds,
    )


def _chosen(
    songs: Songs, table: TrackTable, settings: Settings, request: Request
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Choose and order rows; for a duration only those of which it is known."""
    scores = _scores(table, request.score, len(songs))
    pool = np.arange(len(songs))
    duration = None
    notes: tuple[str, ...] = ()
    if request.minutes is not None:
        duration = round(request.minutes * 60_000)
        pool = np.flatnonzero(songs.duration_ms > 0)
        if not len(pool):
            raise UsageError(
                f"--minutes needs durations, and {table.path} has none that can be read (looked "
                f"for {usual_names('duration_ms')}); it has {table.headings()}"
            )
        if len(pool) < len(songs):
            notes = (f"{len(songs) - len(pool)} rows of unknown duration were not chosen from",)
    place = {int(row): index for index, row in enumerate(pool)}
    for row in (*settings.pins, *(row for pair in settings.forbidden for row in pair)):
        if row not in place and 0 <= row < len(songs):
            raise UsageError(
                f"row {row} has no duration that can be read, so --minutes leaves it out"
            )
    chosen = choose_and_order(
        songs.take(pool),
        scores[pool],
        Size(request.length, None if duration is None else Target(duration)),
        replace(
            settings,
            pins={place.get(row, row): where for row, where in settings.pins.items()},
            forbidden=tuple((place.get(a, a), place.get(b, b)) for a, b in settings.forbidden),
        ),
        seed=request.seed,
        effort=request.effort,
    )
    return pool[chosen.order], (*notes, *chosen.notes)


def _report(
    songs: Songs, settings: Settings, order: NDArray[np.int64], seed: int, *, choosing: bool
) -> Report:
    """The report of an order, beside the file's own where all of its rows were ordered."""
    placed, rows, before = songs, order, np.arange(len(songs))
    if choosing:
        placed, rows = songs.take(order), np.arange(len(order))
        settings = Settings(weights=settings.weights, arc=settings.arc)
    ordering = Ordering.of(placed, settings)
    bounded = 1 < len(placed) <= _MOST_TRACKS_BOUNDED
    return report(
        ordering,
        rows,
        seed=seed,
        before=None if choosing else before,
        reference=reference_of(ordering.problem) if bounded else None,
    )


def _texts(frame: pl.DataFrame, name: str) -> tuple[str, ...]:
    if name not in frame.columns:
        return ("",) * frame.height
    return tuple(frame[name].fill_null("").to_list())


def _scores(table: TrackTable, column: str | None, count: int) -> NDArray[np.float64]:
    """Scores of 0..1 by rank, unknown ones in the middle; all the same where none were named."""
    if column is None:
        return np.zeros(count)
    values = table.frame["popularity"].fill_null(np.nan).to_numpy()
    known = np.isfinite(values)
    if not known.any():
        raise UsageError(f"--score: the column {column!r} holds no number")
    scores = np.full(count, 0.5)
    ranks = np.argsort(np.argsort(values[known], kind="stable"), kind="stable")
    scores[known] = ranks / max(int(known.sum()) - 1, 1)
    return scores


_NEEDED = {"title": "titles", "artist": "artists", "duration_ms": "durations"}


@dataclass(frozen=True, slots=True)
class Known:
    """Sentences on what could not be read, and the figures that would need it."""

    notes: tuple[str, ...]
    figures: frozenset[str]

    def without_guesses(self, report: Report, placed: Songs) -> Report:
        """A report in which the figures that need what is not known are None."""
        kept: Report = {}
        for name, value in report.items():
            if isinstance(value, Mapping):
                kept[name] = {key: self._figure(key, each) for key, each in value.items()}
            else:
                kept[name] = self._figure(name, value)
        if (placed.duration_ms <= 0).any():
            kept["duration_ms"] = None
        return kept

    def _figure(self, name: str, value: Value) -> Value:
        return None if name.removesuffix("_mean").removesuffix("_sd") in self.figures else value


def what_is_known(table: TrackTable, songs: Songs) -> Known:
    """What can be said of a table's rows.

    Raises DataError, naming the columns found and those wanted, where there is nothing to order
    them by.
    """
    sounds = bool(
        np.isfinite(songs.features).any()
        or (songs.tempo > 0).any()
        or ((songs.key >= 0) & (songs.mode >= 0)).any()
    )
    artists, albums = bool((songs.artist >= 0).any()), bool((songs.album >= 0).any())
    if not sounds and not artists and not albums:
        raise DataError(
            f"{table.path}: nothing in it tells how to order its tracks. It has "
            f"{table.headings()}; wanted are audio features ({', '.join(ABSTRACT)}), tempo, key "
            "and mode, or artists. Name columns with --columns energy=THEIRS"
            + "".join(f". {note}" for note in table.notes()[:3])
        )
    notes = list(table.notes())
    if not sounds:
        notes.append(
            "No audio feature, key or tempo could be read, so only artists and albums are kept "
            f"apart; the columns are {table.headings()}"
        )
    for name, noun in _NEEDED.items():
        missing = _missing(table, songs, name)
        if missing == len(songs):
            notes.append(f"No {noun} could be read (looked for {usual_names(name)})")
        elif missing:
            rows = "1 row" if missing == 1 else f"{missing:,} rows"
            notes.append(f"{rows} without {noun} that could be read")
    figures = {"artist_adjacency"} if not artists else set[str]()
    return Known(tuple(notes), frozenset(figures | ({"album_adjacency"} if not albums else set())))


def _missing(table: TrackTable, songs: Songs, name: str) -> int:
    if name == "duration_ms":
        return int((songs.duration_ms <= 0).sum())
    if name not in table.frame.columns:
        return len(songs)
    return table.frame[name].null_count()
