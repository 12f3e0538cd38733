"""From the columns of a file to ours: which one is taken, and what its values come to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from segue.music.features import ABSTRACT
from segue.spotify_ids import spotify_id
from segue.tables.headings import CANONICAL, TEXT_COLUMNS
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
    said: dict[str, bool | None] = {}
    for name in FRACTIONS:
        for heading, column in candidates.get(name, ()):
            marked = "%" in heading or "percent" in heading.casefold()
            said[heading] = True if marked else fractions(column)[1]
    whole_table = any(said.values())
    return {heading: whole_table if each is None else each for heading, each in said.items()}


def _unread(name: str, heading: str, column: pl.Series, wrong: pl.Series) -> Iterable[Unread]:
    rows = wrong.fill_null(value=False).arg_true()
    if len(rows):
        first = int(rows[0])
        yield Unread(name, heading, len(rows), first, str(column[first])[:60])
