"""Reading a file of tracks somebody gives, whatever its columns are called: the one such reader."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from segue.errors import DataError, UsageError
from segue.music.features import ABSTRACT
from segue.names import spotify_id
from segue.tables.headings import (
    CANONICAL,
    TEXT_COLUMNS,
    columns_by_meaning,
    plain,
    recognised,
    usual_names,
)
from segue.tables.sheet import Sheet, read_sheet, readable
from segue.tables.values import (
    Read,
    durations,
    fractions,
    keys,
    modes,
    numbers,
    stripped,
    tempi,
)

FRACTIONS = tuple(name for name in ABSTRACT if name != "loudness")
"""The features that go from 0 to 1."""

log = logging.getLogger(__name__)

Candidates = Sequence[tuple[str, pl.Series]]
"""Columns that may stand for one of ours, each with its heading, the likeliest first."""

_SAMPLE = 1000


@dataclass(frozen=True, slots=True)
class Unread:
    """Values of a column that could not be read: how many, and the first of them."""

    column: str
    heading: str
    count: int
    row: int
    value: str

    def __str__(self) -> str:
        more = f" and {self.count - 1:,} more" if self.count > 1 else ""
        noun = _NOUN.get(self.column, "number")
        return f"row {self.row + 1}{more}, column {self.heading!r}: {self.value!r} is not a {noun}"


_NOUN = {"key": "key", "mode": "mode", "duration_ms": "duration"}


def understood(
    candidates: Mapping[str, Candidates],
) -> tuple[pl.DataFrame, dict[str, str], list[Unread]]:
    """A frame of canonical columns, the heading each was read from, and what could not be read.

    Text columns are String (null where empty), number columns Float64 (null where unknown).
    """
    found: dict[str, pl.Series] = {}
    taken: dict[str, str] = {}
    unread: list[Unread] = []

    def take(name: str, read: Read, heading: str, column: pl.Series) -> None:
        found[name], taken[name] = read.values, heading
        unread.extend(_unread(name, heading, column, read.wrong))

    percent = _percent(candidates)
    for name, columns in candidates.items():
        if name in TEXT_COLUMNS:
            taken[name], found[name] = _text(name, columns)
        elif name != "key":
            take(name, *_number(name, columns, percent))
    if "key" in candidates:
        pitch, mode, heading, column = _key(candidates["key"])
        take("key", pitch, heading, column)
        if "mode" in found:
            found["mode"] = mode.values.fill_null(found["mode"])
        elif mode.known:
            take("mode", mode, heading, column)
    frame = pl.DataFrame([found[name].alias(name) for name in CANONICAL if name in found])
    return frame, taken, unread


def _text(name: str, candidates: Candidates) -> tuple[str, pl.Series]:
    """The first candidate that holds anything; of ids the one that holds most Spotify ids."""
    found = [(heading, stripped(column)) for heading, column in candidates]
    if name == "track_id":
        found = [(heading, _ids(column)) for heading, column in found]
        return max(found, key=lambda each: _valid(each[1]))
    return next((each for each in found if each[1].null_count() < len(each[1])), found[0])


def _ids(column: pl.Series) -> pl.Series:
    """Links and URIs as ids; what is none of them stays."""
    linked = column.str.contains("[:/]").fill_null(value=False)
    if not linked.any():
        return column
    text = {value: spotify_id(value, "track") or value for value in column.filter(linked).unique()}
    return column.replace(text)


def _valid(ids: pl.Series) -> tuple[int, int]:
    sample = ids.head(_SAMPLE)
    valid = sample.str.contains("^[0-9A-Za-z]{22}$").fill_null(value=False)
    return int(valid.sum()), int(sample.null_count() < len(sample))


def _number(
    name: str, candidates: Candidates, percent: Mapping[str, bool | None]
) -> tuple[Read, str, pl.Series]:
    """The first candidate of which anything can be read."""
    tried = [
        (_as(name, heading, column, percent), heading, column) for heading, column in candidates
    ]
    return next((each for each in tried if each[0].known), tried[0])


def _as(name: str, heading: str, column: pl.Series, percent: Mapping[str, bool | None]) -> Read:
    if name in FRACTIONS:
        read, _ = fractions(column)
        scaled = read.times(0.01) if percent.get(heading) else read
        values = scaled.values.set((scaled.values < 0) | (scaled.values > 1), None)
        return Read(values, read.wrong | (read.values.is_not_null() & values.is_null()))
    if name == "duration_ms":
        return durations(column, heading)
    if name == "mode":
        return modes(column)
    return tempi(column) if name == "tempo" else numbers(column)


def _key(candidates: Candidates) -> tuple[Read, Read, str, pl.Series]:
    """Keys by the first candidate, and by the next ("Camelot") what that leaves open."""
    heading, column = candidates[0]
    pitch, mode = keys(column)
    for other_heading, other in candidates[1:]:
        more_pitch, more_mode = keys(other)
        if not pitch.known:
            heading, column, pitch, mode = other_heading, other, more_pitch, more_mode
            continue
        agree = (pitch.values.is_null() | (pitch.values == more_pitch.values)).fill_null(
            value=False
        )
        mode = Read(
            mode.values.zip_with(~(mode.values.is_null() & agree), more_mode.values), mode.wrong
        )
        pitch = Read(pitch.values.fill_null(more_pitch.values), pitch.wrong)
    return pitch, mode, heading, column


def _percent(candidates: Mapping[str, Candidates]) -> dict[str, bool | None]:
    """Which of the columns of 0 to 1 are in percent, by heading.

    A column that may be either is what the others of the table are.
    """
    declared: dict[str, bool | None] = {}
    for name in FRACTIONS:
        for heading, column in candidates.get(name, ()):
            marked = "%" in heading or "percent" in heading.casefold()
            declared[heading] = True if marked else fractions(column)[1]
    whole_table = any(declared.values())
    return {heading: whole_table if each is None else each for heading, each in declared.items()}


def _unread(name: str, heading: str, column: pl.Series, wrong: pl.Series) -> Iterable[Unread]:
    rows = wrong.fill_null(value=False).arg_true()
    if len(rows):
        first = int(rows[0])
        yield Unread(name, heading, len(rows), first, str(column[first])[:60])


_MOST_NAMED = 30


@dataclass(frozen=True, slots=True, eq=False)
class TrackTable:
    """A file's rows in its order, with canonical column names only.

    Text columns are String (null where empty), number columns Float64 (null where unknown).
    `taken` says which heading each column was read from.
    """

    frame: pl.DataFrame
    taken: Mapping[str, str]
    unread: tuple[Unread, ...]
    sheet: Sheet
    path: Path

    def headings(self) -> str:
        """The headings the file has, as a phrase."""
        return listed(self.sheet.headings)

    def notes(self) -> tuple[str, ...]:
        """What of the file could not be read, a sentence each."""
        misfits = self.sheet.misfits
        notes = [f"Not read: {unread}" for unread in self.unread]
        if misfits:
            more = f" and {len(misfits) - 1:,} more" if len(misfits) > 1 else ""
            notes.append(f"Not read: row {misfits[0] + 1}{more}, with more fields than headings")
        return tuple(notes)


def parse_columns(text: str) -> dict[str, str]:
    """`canonical=theirs,…` as a mapping.

    Raises UsageError where a part is not of that form or names no canonical column.
    """
    chosen: dict[str, str] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        canonical, equals, theirs = (piece.strip() for piece in part.partition("="))
        if not equals or not theirs:
            raise UsageError(f"--columns: {part!r} is not of the form canonical=theirs")
        if canonical not in CANONICAL:
            raise UsageError(f"--columns: {canonical!r} is not one of {', '.join(CANONICAL)}")
        chosen[canonical] = theirs
    return chosen


def read_table(path: Path, columns: Mapping[str, str] | None = None) -> TrackTable:
    """Read a file of one row a track: CSV, gzipped CSV or Parquet.

    `columns` maps canonical names to the file's own and goes before the usual names. What cannot
    be read in a column is unknown and counted in `unread`. Raises DataError where the file cannot
    be read or a named column is missing.
    """
    named = dict(columns or {})
    theirs = {plain(name) for name in named.values()}
    sheet = read_sheet(path, lambda heading: recognised(heading) or plain(heading) in theirs)
    wanted = _wanted(sheet.headings, named, path)
    indices = sorted({index for found in wanted.values() for index in found})
    with readable(path):
        read = dict(zip(indices, sheet.columns(indices), strict=True))
    frame, taken, unread = understood(
        {name: [(sheet.headings[i], read[i]) for i in places] for name, places in wanted.items()}
    )
    return TrackTable(frame, taken, tuple(unread), sheet, path)


def read_frame(path: Path, columns: Mapping[str, str] | None = None) -> pl.DataFrame:
    """The rows of a file, see `read_table`; what cannot be read is unknown, and a warning says so.

    Raises DataError also for a column of which most values cannot be read.
    """
    table = read_table(path, columns)
    for note in table.unread:
        if 2 * note.count > table.frame.height:
            raise DataError(f"{path}: {note}")
        log.warning("%s: %s; taken for unknown", path, note)
    return table.frame


def require(frame: pl.DataFrame, names: tuple[str, ...], path: Path) -> None:
    """Raise DataError where one of the canonical columns is missing, saying how to name it."""
    for name in names:
        if name not in frame.columns:
            raise DataError(
                f"{path}: no column for {name} (looked for {usual_names(name)}); "
                f"name it with --columns {name}=THEIRS"
            )


def listed(headings: Sequence[str]) -> str:
    """Headings as a phrase, the first few of many."""
    shown = [
        "".join(c for c in heading[:60] if c.isprintable()) or "(no name)"
        for heading in headings[:_MOST_NAMED]
    ]
    more = len(headings) - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more > 0 else "")


def _wanted(headings: Sequence[str], named: Mapping[str, str], path: Path) -> dict[str, list[int]]:
    wanted = columns_by_meaning(headings)
    for canonical, theirs in named.items():
        exact = [i for i, heading in enumerate(headings) if heading == theirs.strip()]
        alike = [i for i, heading in enumerate(headings) if plain(heading) == plain(theirs)]
        if not exact and not alike:
            raise DataError(
                f"{path}: there is no column {theirs!r} (asked for as {canonical}); "
                f"it has {listed(headings)}"
            )
        wanted[canonical] = [(exact or alike)[0]]
    return wanted
