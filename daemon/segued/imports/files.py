"""Files that are imported: tables of audio features, and the archives of a privacy export."""

from __future__ import annotations

import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO

from segue.errors import DataError, UsageError
from segue.tables.reading import read_table
from segued.providers.features.source import Found, filled
from segued.providers.features.table import Table, Tables, feature_rows
from segued.store.history import ImportedTable, one_line
from segued.store.state import State
from segued.store.tracks.features import KnownFeatures

SOURCE = Tables.name


@dataclass(frozen=True, slots=True)
class FeaturesImported:
    """What an import took in: `table`, in the place of `replaced` if there was one of its name.

    Of the library's `tracks` it has `known`. `notes` say what could not be read.
    """

    table: ImportedTable
    rows: int
    usable: int
    tracks: int
    known: int
    replaced: ImportedTable | None = None
    notes: tuple[str, ...] = ()


def import_features(
    file: Path, columns: Mapping[str, str], state: State, now: datetime, *, name: str = "",
    dry_run: bool = False,
) -> FeaturesImported:  # fmt: skip
    """Keep a table's rows beside those of the tables imported before.

    `name` is the file's unless given. The caller holds the writer's lock. Raises DataError, with
    nothing changed, for a file that cannot be read or of which no row tells anything.
    """
    read = read_table(file, columns)
    frame = feature_rows(read)
    table = Table(frame)
    if not table.usable:
        raise DataError(
            f"{file}: no row tells a track and a feature of it, so nothing was changed. "
            f"{_looked_at(read.taken)}{''.join(f' {note}.' for note in read.notes())}"
        )
    kept = ImportedTable(name or name_of(file), now, frame.height, table.usable)
    tracks = tuple(state.library.tracks().values())
    replaced = {each.name: each for each in state.tables.all()}.get(kept.name)
    if not dry_run:
        target = io.BytesIO()
        frame.write_parquet(target)
        state.tables.put(kept, target.getvalue())
        look_up_again(state, now)
    known = len(Tables(tables=[table]).fetch(tracks))
    return FeaturesImported(
        kept, frame.height, table.usable, len(tracks), known, replaced, read.notes()
    )


def remove_table(name: str, state: State, now: datetime, *, dry_run: bool = False) -> None:
    """Forget a table, and what is known of tracks by it alone.

    The caller holds the writer's lock. Raises UsageError naming the tables there are.
    """
    names = [table.name for table in state.tables.all()]
    if name not in names:
        there = ", ".join(names) or "none"
        raise UsageError(f"there is no table {name!r}; there are: {there}")
    if not dry_run:
        state.tables.remove(name)
        look_up_again(state, now)


def look_up_again(state: State, now: datetime) -> None:
    """Look every track of the library up in the tables there are now.

    What they leave open stays as other sources had said it: tables are given by hand.
    """
    # Read first: a damaged table must not cost what is known. Then forgotten: cut in between, the
    # tables are merely looked up again.
    found = Tables(state.tables.frames).fetch(tuple(state.library.tracks().values()))
    state.features.forget(SOURCE)
    state.features.commit()
    state.features.put(_over(found, state.features.known(), now))
    state.features.commit()


def name_of(file: Path) -> str:
    """What a table is called by: its file's name without what tells the kind."""
    name = file.name
    for suffix in (".gz", ".csv", ".tsv", ".txt", ".parquet"):
        if name.casefold().endswith(suffix) and len(name) > len(suffix):
            name = name[: -len(suffix)]
    return one_line("".join(c if c.isprintable() else " " for c in name)) or "table"


def _looked_at(taken: Mapping[str, str]) -> str:
    return (
        "Read were " + ", ".join(f"{ours} from {theirs!r}" for ours, theirs in taken.items()) + "."
    )


def _over(
    found: Mapping[str, Found], before: Mapping[str, KnownFeatures], now: datetime
) -> dict[str, KnownFeatures]:
    merged: dict[str, KnownFeatures] = {}
    for track_id, answer in found.items():
        known = before.get(track_id)
        if known is None or not answer.values.missing():
            merged[track_id] = KnownFeatures(answer.values, SOURCE, now)
            continue
        values = filled(answer.values, known.values)
        merged[track_id] = KnownFeatures(values, f"{SOURCE}+{known.source}", now, known.estimated)
    return merged


LARGEST_FILE_BYTES = 512 * 1024 * 1024
LARGEST_EXPORT_BYTES = 2 * 1024 * 1024 * 1024
"""How much an export may hold once it is unpacked."""

_DEEPEST = 2
_UNREADABLE = (
    *(OSError, EOFError, ValueError, LookupError, RuntimeError, MemoryError),
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError),
)
"""What `zipfile` and the modules under it raise: damaged, encrypted, or packed in another way."""


@dataclass(frozen=True, slots=True)
class ExportFile:
    """One file of a history: its bytes, or why it cannot be read."""

    name: str
    content: bytes = b""
    problem: str = ""


@dataclass(slots=True)
class _Room:
    """How many bytes may still be unpacked."""

    left: int

    def read(self, file: IO[bytes] | gzip.GzipFile, name: str) -> bytes:
        most = min(LARGEST_FILE_BYTES, self.left)
        content = file.read(most + 1)
        if len(content) > most:
            raise DataError(f"{name}: is too large to be a listening history")
        self.left -= len(content)
        return content


def export_files(path: Path) -> Iterator[ExportFile]:
    """The files of a history in an export; a single file whatever it is called.

    A file that cannot be read says why. Raises DataError where nothing can be read, and where the
    export is larger than any history.
    """
    room = _Room(LARGEST_EXPORT_BYTES)
    try:
        if path.is_dir():
            for file in sorted(path.rglob("*")):
                if file.is_file() and (_is_history(file.name) or _is_zip_name(file.name)):
                    yield from _opened(file, room)
        else:
            yield from _opened(path, room)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error


def _opened(path: Path, room: _Room) -> Iterator[ExportFile]:
    with path.open("rb") as file:
        if zipfile.is_zipfile(file):
            yield from _zipped(file, str(path), room, 1)
            return
        file.seek(0)
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        try:
            source = gzip.GzipFile(fileobj=file) if packed else file
            yield ExportFile(str(path), room.read(source, str(path)))
        except _UNREADABLE as error:
            yield ExportFile(str(path), problem=_reason(error))


def _zipped(file: IO[bytes], name: str, room: _Room, depth: int) -> Iterator[ExportFile]:
    try:
        archive = zipfile.ZipFile(file)
    except _UNREADABLE as error:
        yield ExportFile(name, problem=_reason(error))
        return
    with archive:
        for entry in sorted(archive.infolist(), key=lambda entry: entry.filename):
            last = PurePosixPath(entry.filename).name
            inner = _is_zip_name(last) and depth < _DEEPEST
            if not (_is_history(last) or inner):
                continue
            inside = f"{name}/{entry.filename}"
            try:
                with archive.open(entry) as packed:
                    content = room.read(packed, inside)
            except _UNREADABLE as error:
                yield ExportFile(inside, problem=_reason(error))
                continue
            if inner:
                yield from _zipped(io.BytesIO(content), inside, room, depth + 1)
            else:
                yield ExportFile(inside, content)


def _is_history(name: str) -> bool:
    folded = name.casefold()
    return folded.endswith((".json", ".json.gz", ".ndjson")) and folded.startswith(
        ("endsong", "streaming_history_audio")
    )


def _is_zip_name(name: str) -> bool:
    return name.casefold().endswith(".zip") and not name.startswith(".")


def _reason(error: BaseException) -> str:
    if isinstance(error, RuntimeError) and "password" in str(error):
        return "it is encrypted; unpack it with its password and give the folder"
    return f"it is damaged, or packed in a way that is not known here ({error})"
