"""What `segue sequence` runs: from the words of a call to an order and its report."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from segue.errors import UsageError
from segue.sequencing.arcs import arc_of
from segue.sequencing.choose import Size, choose_and_order
from segue.sequencing.options import Method, Weights
from segue.sequencing.problem import LAST, Settings
from segue.sequencing.report import Ordering, Report, reference_of, report
from segue.sequencing.sequence import sequence
from segue.sequencing.songs import Songs, Target, songs_of_table
from segue.sequencing.transitions import Passage, explain
from segue.tables.headings import usual_names
from segue.tables.reading import TrackTable, parse_columns, read_table
from segued.cli.sequence.known import what_is_known

if TYPE_CHECKING:
    import polars as pl

_MOST_TRACKS_BOUNDED = 300
"""Up to this many tracks a bound is worked out as well: it takes about as long as the search."""


@dataclass(frozen=True, slots=True)
class Request:
    """The options of one call, as given."""

    seed: int = 0
    arc: str = "flat"
    arc_of: str = "energy"
    method: Method = "search"
    effort: float = 1.0
    pins: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    weights: tuple[str, ...] = ()
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


def run(file: Path, columns: str, request: Request) -> Outcome:
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
    settings = settings_of(request)
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


def settings_of(request: Request) -> Settings:
    """The settings that the words of a call stand for. Raises UsageError naming the option."""
    weights: dict[str, float] = {}
    for text in request.weights:
        name, number = _pair(text, "--weight", "NAME=NUMBER")
        if name not in Weights.__slots__:
            raise UsageError(f"--weight: {name!r} is not one of {', '.join(Weights.__slots__)}")
        weights[name] = _number(number, "--weight")
    measures: dict[str, float] = {}
    for text in filter(None, request.arc_of.split(",")):
        name, number = _pair(text if "=" in text else f"{text}=1", "--arc-of", "MEASURE=NUMBER")
        measures[name] = _number(number, "--arc-of")
    pins: dict[int, int] = {}
    for text in request.pins:
        row, place = _pair(text, "--pin", "ROW=PLACE")
        where = {"first": 0, "last": LAST}.get(place)
        index = _whole(row, "--pin")
        if index in pins:
            raise UsageError(f"--pin: row {index} is pinned twice; take one of the pins away")
        pins[index] = _whole(place, "--pin") - 1 if where is None else where
        if where is None and pins[index] < 0:
            raise UsageError(f"--pin {text}: places count from 1")
    apart = []
    for text in request.forbidden:
        first, comma, second = text.partition(",")
        if not comma:
            raise UsageError(f"--apart: {text!r} is not of the form ROW,ROW")
        apart.append((_whole(first, "--apart"), _whole(second, "--apart")))
    return Settings(
        method=request.method,
        weights=Weights(**weights),
        arc=arc_of(request.arc, measures),
        pins=pins,
        forbidden=tuple(apart),
    )


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


def _pair(text: str, option: str, form: str) -> tuple[str, str]:
    left, equals, right = text.partition("=")
    if not equals or not left.strip() or not right.strip():
        raise UsageError(f"{option}: {text!r} is not of the form {form}")
    return left.strip(), right.strip()


def _number(text: str, option: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise UsageError(f"{option}: {text!r} is not a number") from error


def _whole(text: str, option: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise UsageError(f"{option}: {text!r} is not a row or place, a whole number") from error
