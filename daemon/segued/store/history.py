"""What was imported: the listening history, as columns in one file, and tables of features."""

from __future__ import annotations

import contextlib
import io
import lzma
import shlex
import struct
import tokenize
import zipfile
import zlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from segue.errors import DataError, NewerSchemaError, StoreError
from segue.playlists.listening import Listening
from segued.store.files.atomic import (
    file_name,
    last_good,
    private_folder,
    read_with_last_good,
    remove,
    restored_words,
    write_atomically,
)
from segued.store.files.format import decode, encode, sealed, unsealed
from segued.store.files.storage import Documents

if TYPE_CHECKING:
    from polars import DataFrame

SCHEMA = 2
_COLUMNS: dict[str, type[np.generic]] = {
    "track": np.int32,
    "played_at": np.float64,
    "ms_played": np.int32,
    "skipped": np.int8,
}
_SINCE_2: dict[str, type[np.generic]] = {
    "started": np.int8,
    "ended": np.int8,
    "shuffled": np.int8,
}
"""Columns that files of schema 1 do not have: unknown there."""
_DAMAGED = (
    *(OSError, EOFError, LookupError, ValueError, TypeError, ArithmeticError, RuntimeError),
    *(MemoryError, SyntaxError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error),
    tokenize.TokenError,
)
"""What numpy, zipfile and the modules under them raise at bytes that are not what they were."""


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """Imported plays, and the title and first artist of each of `listening.track_ids`."""

    listening: Listening
    titles: tuple[str, ...]
    artists: tuple[str, ...]


class HistoryStore:
    """`history.npz`. A `put` is on disk when it returns, whole or not at all."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.warning: str | None = None

    def get(self) -> History | None:
        """The imported history, or None where nothing was imported."""
        history, restored = read_with_last_good(self._path, parsed)
        if restored:
            self.warning = f"{restored_words(self._path)}; import the latest history again"
        return history

    def put(self, history: History) -> None:
        """Replace the imported history.

        Raises StoreError, with the file untouched, where what would be written cannot be read back.
        """
        listening = history.listening
        arrays: dict[str, NDArray[np.generic]] = {
            name: getattr(listening, name).astype(kind)
            for name, kind in (_COLUMNS | _SINCE_2).items()
        }
        arrays["schema"] = np.array([SCHEMA], dtype=np.int32)
        for name, texts in (
            ("track_ids", listening.track_ids),
            ("titles", history.titles),
            ("artists", history.artists),
        ):
            arrays[name] = np.frombuffer("\n".join(texts).encode(), dtype=np.uint8)
        packed = io.BytesIO()
        np.savez_compressed(packed, **arrays)  # type: ignore[arg-type]  # its stub knows one kind
        data = packed.getvalue()
        try:
            back = parsed(data)
        except ValueError as error:
            raise StoreError(
                f"{self._path}: cannot be written so that it can be read ({error})"
            ) from error
        if back.listening.track_ids != listening.track_ids:
            raise StoreError(f"{self._path}: an id of a track has a line break or is empty")
        write_atomically(self._path, data)

    def count_before(self, moment: datetime) -> int:
        """How many imported plays are older than a moment."""
        history = self.get()
        if history is None:
            return 0
        return int((history.listening.played_at < moment.timestamp()).sum())

    def drop_before(self, moment: datetime) -> int:
        """Forget plays from before a moment (the retention limit); how many went.

        The copy from before the last write is forgotten too.
        """
        history = self.get()
        if history is None:
            return 0
        stays = history.listening.played_at >= moment.timestamp()
        if stays.all():
            return 0
        self.put(replace(history, listening=history.listening.take(stays)))
        last_good(self._path).unlink(missing_ok=True)
        return int((~stays).sum())


def one_line(text: str) -> str:
    """A text without line breaks, as the store keeps it."""
    return " ".join(text.split())


def parsed(data: bytes) -> History:
    """The history in the bytes of a file. Raises ValueError where they are damaged."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            # numpy stops before the checksum at a member's end; this reads past it.
            if (damaged := archive.testzip()) is not None:
                raise ValueError(f"{damaged} in it is damaged")
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            schema = int(arrays["schema"][0])
            if schema > SCHEMA:
                raise NewerSchemaError(
                    f"the imported history was written by a newer Segue (schema {schema}, this "
                    f"one reads up to {SCHEMA}); update Segue"
                )
            ids = _texts(arrays["track_ids"])
            titles, artists = (_texts(arrays[name], ids) for name in ("titles", "artists"))
            kinds = _COLUMNS if schema < 2 else _COLUMNS | _SINCE_2
            columns = {name: arrays[name].astype(kind) for name, kind in kinds.items()}
    except _DAMAGED as error:
        raise ValueError(f"no listening history in it: {error}") from error
    if not len(ids) == len(titles) == len(artists) > int(columns["track"].max(initial=-1)):
        raise ValueError("its columns do not belong together")
    if columns["track"].min(initial=0) < 0 or not np.isfinite(columns["played_at"]).all():
        raise ValueError("its plays are of no track or of no time")
    if len({column.size for column in columns.values()}) != 1:
        raise ValueError("its columns have different lengths")
    return History(Listening(ids, **columns), titles, artists)


def _texts(array: NDArray[np.uint8], ids: tuple[str, ...] | None = None) -> tuple[str, ...]:
    """Lines as texts. Nothing is one empty text where there is an id, else none."""
    text = array.astype(np.uint8).tobytes().decode()
    return tuple(text.split("\n")) if text or ids else ()


_BEFORE = "feature-table"
"""The name of the one table there was before tables had names; it lies in the state's folder."""


@dataclass(frozen=True, slots=True)
class ImportedTable:
    """A table: of its `rows`, those `usable` tell a track and a feature. None where not counted."""

    name: str
    imported_at: datetime
    rows: int | None = None
    usable: int | None = None


class TableStore:
    """The folder `tables`. Every change is on disk when it returns, whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._before = folder.parent / f"{_BEFORE}.parquet"

    def all(self) -> tuple[ImportedTable, ...]:
        """The tables, the latest first."""
        found = list(self._listed())
        if self._before.is_file():
            written = datetime.fromtimestamp(self._before.stat().st_mtime, UTC)
            found.append(ImportedTable(_BEFORE, written))
        return tuple(sorted(found, key=lambda table: table.imported_at, reverse=True))

    def paths(self) -> tuple[Path, ...]:
        """The tables' files, the latest first."""
        return tuple(self._path(table.name) for table in self.all())

    def frames(self) -> tuple[DataFrame, ...]:
        """The tables' rows, the latest table first; a damaged one is restored from its good copy.

        Raises DataError, saying what to do, where that is damaged too.
        """
        return tuple(self._frame(table.name) for table in self.all())

    def _frame(self, name: str) -> DataFrame:
        path = self._path(name)
        try:
            frame, _ = read_with_last_good(path, lambda data: _rows(unsealed(data), path))
        except StoreError as error:
            raise DataError(
                f"the table {name!r} is damaged ({error}). Import its file again with "
                f"`segue import features FILE --name {shlex.quote(name)}`, or forget it with "
                f"`segue import remove {shlex.quote(name)}`"
            ) from error
        if frame is None:
            raise DataError(f"{path}: went away while it was being read; try again")
        return frame

    def put(self, table: ImportedTable, data: bytes) -> None:
        """Keep a table, given as Parquet, in the place of one of the same name.

        It cannot be fetched again, so its good copy is there from the beginning.
        """
        path = private_folder(self._folder) / file_name(table.name, ".parquet")
        for _ in range(2):
            write_atomically(path, sealed(data))
        with contextlib.closing(self._index()) as index, index.unit():
            index.documents("tables").put({table.name: encode(table)})
        if table.name == _BEFORE:
            remove(self._before)

    def remove(self, name: str) -> None:
        """Forget a table. Raises StoreError where there is none of that name."""
        if name not in {table.name for table in self.all()}:
            raise StoreError(f"there is no table {name!r}")
        path = self._path(name)
        if path.parent == self._folder:
            with contextlib.closing(self._index()) as index, index.unit():
                index.documents("tables").drop([name])
        remove(path)

    def _listed(self) -> tuple[ImportedTable, ...]:
        if not self._folder.is_dir():
            return ()
        with contextlib.closing(self._index()) as index:
            documents = dict(index.documents("tables").raw())
            path = index.file.path
        tables = (decode(ImportedTable, doc, path, name) for name, doc in documents.items())
        return tuple(table for table in tables if self._path(table.name).is_file())

    def _path(self, name: str) -> Path:
        path = self._folder / file_name(name, ".parquet")
        return self._before if name == _BEFORE and not path.is_file() else path

    def _index(self) -> Documents:
        return Documents(self._folder / "index.json")


def _rows(data: bytes, path: Path) -> DataFrame:
    """Parquet as rows. Raises ValueError where it is damaged."""
    from polars import read_parquet

    from segue.tables.sheet import readable

    try:
        with readable(path):
            return read_parquet(io.BytesIO(data))
    except DataError as error:
        raise ValueError(str(error)) from error
