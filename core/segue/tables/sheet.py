"""A table as it is written in a file, before anybody knows what its columns mean."""

from __future__ import annotations

import contextlib
import gzip
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import polars as pl
from polars.exceptions import PanicException, PolarsError

from segue.errors import DataError, UsageError
from segue.tables.text import decoded, fields_of, is_parquet, quoted, read_bytes, records

DELIMITERS = (",", ";", "\t", "|")
_SAMPLE = 60
"""How many lines the delimiter is judged by."""
_WIDE = 300
"""With more columns than this only the wanted ones are handed to polars."""
_WIDEST_PARQUET = 10_000

Indices = Sequence[int]


class Sheet(Protocol):
    """A table of `height` rows under `headings`, which may repeat or be empty.

    `misfits` are the rows with more fields than there are headings: which value belongs where is
    unknown, so all of theirs are null.
    """

    @property
    def headings(self) -> tuple[str, ...]: ...
    @property
    def height(self) -> int: ...
    @property
    def misfits(self) -> tuple[int, ...]: ...

    def columns(self, indices: Indices) -> list[pl.Series]:
        """Some columns, in the order asked for."""
        ...

    def written(self, order: Indices, suffix: str) -> bytes:
        """The rows in another order, every column as it was, as a file of a suffix."""
        ...


def read_sheet(path: Path, recognised: Callable[[str], bool]) -> Sheet:
    """Read a CSV (comma, semicolon, tab or bar; also gzipped) or a Parquet file.

    `recognised` says whether a heading is known: it decides which delimiter a file uses. Raises
    DataError where the file cannot be read or has no rows.
    """
    data = read_bytes(path)
    with readable(path):
        sheet = (
            _ParquetSheet(data)
            if is_parquet(data)
            else _text_sheet(decoded(data, path), recognised)
        )
    if not sheet.height:
        raise DataError(f"{path}: the file has no rows")
    return sheet


@contextlib.contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn what polars raises at a damaged file, wherever in it, into a DataError naming it."""
    try:
        yield
    except (PolarsError, PanicException, OSError) as error:
        raise DataError(f"{path}: cannot be read, it is damaged: {_first_line(error)}") from error


def write_sheet(sheet: Sheet, order: Indices, target: Path) -> None:
    """Write the rows of a sheet in another order, whole or not at all.

    Raises UsageError where it cannot be written, and DataError where a column nobody needed
    before turns out to be damaged.
    """
    suffixes = [suffix.casefold() for suffix in target.suffixes]
    packed = suffixes[-1:] == [".gz"]
    with readable(target):
        data = sheet.written(order, suffixes[-2] if packed and len(suffixes) > 1 else target.suffix)
    part = target.with_name(f".{target.name}.part")
    try:
        part.write_bytes(gzip.compress(data) if packed else data)
        part.replace(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise UsageError(f"{target}: cannot be written: {error.strerror or error}") from error


@dataclass(frozen=True, slots=True, eq=False)
class _TextSheet:
    """Records as they are written, and the mended text of those that polars could not read."""

    headings: tuple[str, ...]
    heading_line: str
    delimiter: str
    lines: tuple[str, ...]
    mended: dict[int, list[str]]
    misfits: tuple[int, ...]

    @property
    def height(self) -> int:
        return len(self.lines)

    def columns(self, indices: Indices) -> list[pl.Series]:
        """Some columns as text; empty fields are null or empty."""
        wanted = sorted(set(indices))
        if not wanted:
            return []
        wide = len(self.headings) > _WIDE
        text = "\n".join(self._record(row, wanted if wide else None) for row in range(self.height))
        frame = pl.read_csv(
            text.encode(),
            has_header=False,
            separator=self.delimiter,
            infer_schema=False,
            columns=list(range(len(wanted))) if wide else wanted,
        )
        place = {index: i for i, index in enumerate(wanted)}
        return [frame.to_series(place[index]) for index in indices]

    def written(self, order: Indices, suffix: str) -> bytes:
        """The records as they were, or all columns as text in a Parquet file."""
        if suffix == ".parquet":
            if len(self.headings) > _WIDEST_PARQUET:
                raise UsageError(f"{len(self.headings):,} columns are too many for Parquet")
            columns = self.columns(range(len(self.headings)))
            return _parquet(_named(columns, self.headings)[list(order)])
        rows = [self.heading_line, *(self.lines[row] for row in order)]
        return ("\n".join(rows) + "\n").encode()

    def _record(self, row: int, wanted: Indices | None) -> str:
        mended = self.mended.get(row)
        if wanted is None:
            return self.lines[row] if mended is None else quoted(mended, self.delimiter)
        fields = fields_of(self.lines[row], self.delimiter) if mended is None else mended
        return quoted([fields[index] for index in wanted], self.delimiter)


@dataclass(frozen=True, slots=True, eq=False)
class _ParquetSheet:
    """A Parquet file in memory. Columns keep their types."""

    data: bytes
    headings: tuple[str, ...] = field(init=False)
    height: int = field(init=False)
    misfits: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        frame = pl.scan_parquet(io.BytesIO(self.data))
        object.__setattr__(self, "headings", tuple(frame.collect_schema().names()))
        count = frame.select(pl.len()).collect().item()
        object.__setattr__(self, "height", int(count))

    def columns(self, indices: Indices) -> list[pl.Series]:
        """Some columns with their types."""
        wanted = sorted(set(indices))
        if not wanted:
            return []
        frame = pl.read_parquet(io.BytesIO(self.data), columns=wanted)
        place = {index: i for i, index in enumerate(wanted)}
        return [frame.to_series(place[index]) for index in indices]

    def written(self, order: Indices, suffix: str) -> bytes:
        """The rows as Parquet, or as CSV."""
        frame = pl.read_parquet(io.BytesIO(self.data))[list(order)]
        return _parquet(frame) if suffix == ".parquet" else frame.write_csv().encode()


def _text_sheet(text: str, recognised: Callable[[str], bool]) -> _TextSheet:
    lines = text.split("\n")
    declared = ""
    while lines and (not lines[0].strip(' \t"') or lines[0].casefold().startswith("sep=")):
        declared = lines.pop(0).strip().casefold().removeprefix("sep=") or declared
    delimiter = declared if declared in DELIMITERS else _delimiter(lines[:_SAMPLE], recognised)
    heading_line = lines[0] if lines else ""
    headings = tuple(fields_of(heading_line, delimiter))
    width = len(headings)
    kept: list[str] = []
    mended: dict[int, list[str]] = {}
    misfits: list[int] = []
    for record, fields in records(lines[1:], delimiter, width):
        if fields is not None:
            if any(fields[width:]):
                misfits.append(len(kept))
                fields = []
            mended[len(kept)] = (fields + [""] * width)[:width]
        kept.append(record)
    return _TextSheet(headings, heading_line, delimiter, tuple(kept), mended, tuple(misfits))


def _delimiter(lines: Sequence[str], recognised: Callable[[str], bool]) -> str:
    """The delimiter that gives most headings anybody knows, then the most even rows."""
    if not lines:
        return ","

    def worth(delimiter: str) -> tuple[int, float, int]:
        headings = fields_of(lines[0], delimiter)
        rows = [line for line in lines[1:] if line.strip()]
        even = sum(len(fields_of(row, delimiter)) == len(headings) for row in rows)
        known = sum(recognised(heading) for heading in headings[:1000])
        return known, round(even / max(len(rows), 1), 1), len(headings)

    return max(DELIMITERS, key=worth)


def _named(columns: Sequence[pl.Series], headings: Sequence[str]) -> pl.DataFrame:
    """The columns under their headings, made different where they are not."""
    names: dict[str, None] = {}
    for index, heading in enumerate(headings, 1):
        name = heading or f"column {index}"
        names[name if name not in names else f"{name} ({index})"] = None
    return pl.DataFrame([column.alias(name) for column, name in zip(columns, names, strict=True)])


def _parquet(frame: pl.DataFrame) -> bytes:
    target = io.BytesIO()
    frame.write_parquet(target)
    return target.getvalue()


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
