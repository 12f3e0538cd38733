"""Reading a file of tracks somebody gives, whatever its columns are called: the one such reader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from segue.errors import DataError, UsageError
from segue.tables.columns import Unread, understood
from segue.tables.headings import CANONICAL, columns_by_meaning, plain, recognised, usual_names
from segue.tables.sheet import Sheet, read_sheet, readable

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
    """The rows of a file of which every value can be read; see `read_table`.

    Raises DataError also for the first value that cannot.
    """
    table = read_table(path, columns)
    if table.unread:
        raise DataError(f"{path}: {table.unread[0]}")
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
