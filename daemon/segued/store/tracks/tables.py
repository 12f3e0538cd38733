"""The tables of audio features that were imported: a Parquet file each, and what is known of it."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from segue.errors import StoreError
from segued.store.files.atomic import file_name, private_folder, remove, write_atomically
from segued.store.files.encoding import decode, encode
from segued.store.files.storage import Documents

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

    def put(self, table: ImportedTable, data: bytes) -> None:
        """Keep a table, in the place of one of the same name."""
        path = private_folder(self._folder) / file_name(table.name, ".parquet")
        write_atomically(path, data)
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
