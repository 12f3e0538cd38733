"""What `segue sequence` runs: from the words of a call to an order and its report."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from segue.errors import UsageError
from segue.evaluation.reading import parse_columns, read_frame
from segue.sequencing.arcs import arc_of
from segue.sequencing.choose import choose_and_order
from segue.sequencing.explain import Passage, explain
from segue.sequencing.problem import problem_of
from segue.sequencing.report import Report, reference_of, report
from segue.sequencing.sequence import sequence
from segue.sequencing.settings import LAST, Method, Settings, Weights
from segue.sequencing.songs import Songs
from segue.sequencing.table import songs_of_table

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

    Raises DataError where the file cannot be read and UsageError where options contradict.
    """
    named = parse_columns(columns)
    if request.score is not None:
        named["popularity"] = request.score
    frame = read_frame(file, named)
    songs = songs_of_table(frame)
    settings = settings_of(request)
    before: NDArray[np.int64] | None = np.arange(len(songs))
    began = time.perf_counter()
    if request.length is None and request.minutes is None:
        found = sequence(songs, settings, seed=request.seed, effort=request.effort)
        order, notes = found.order, found.notes
    else:
        duration = None if request.minutes is None else round(request.minutes * 60_000)
        chosen = choose_and_order(
            songs,
            _scores(frame["popularity"].to_numpy() if request.score else None, len(songs)),
            settings,
            length=request.length,
            duration_ms=duration,
            seed=request.seed,
            effort=request.effort,
        )
        order, notes, before = chosen.order, chosen.notes, None
    seconds = time.perf_counter() - began
    placed = songs.take(order)
    plain = Settings(weights=settings.weights, arc=settings.arc)
    if before is not None:
        placed, plain = songs, settings
    problem = problem_of(placed, plain)
    reported = report(
        placed,
        problem,
        plain,
        order if before is not None else np.arange(len(order)),
        seed=request.seed,
        before=before,
        reference=reference_of(problem) if 1 < len(placed) <= _MOST_TRACKS_BOUNDED else None,
    )
    blank = [""] * len(songs)
    return Outcome(
        songs=songs,
        titles=tuple(frame["title"].fill_null("").to_list() if "title" in frame.columns else blank),
        artists=tuple(
            frame["artist"].fill_null("").to_list() if "artist" in frame.columns else blank
        ),
        settings=settings,
        order=order,
        passages=tuple(explain(songs.take(order), np.arange(len(order)), settings.weights)),
        report=reported,
        notes=notes,
        seconds=seconds,
    )


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


def _scores(values: NDArray[np.float64] | None, count: int) -> NDArray[np.float64]:
    """Scores of 0..1 by rank, unknown ones in the middle; all the same where none were named."""
    if values is None:
        return np.zeros(count)
    known = np.isfinite(values)
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
