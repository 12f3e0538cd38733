"""TinyDB over files that survive a kill: documents in memory, written whole once a unit of work."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Hashable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import orjson
from tinydb import TinyDB
from tinydb.storages import Storage
from tinydb.table import Table

from segue.errors import StoreError
from segued.store.files.atomic import (
    read_with_last_good,
    restored_words,
    signature,
    write_atomically,
)
from segued.store.files.format import (
    Bytes,
    Decoded,
    Document,
    Format,
    decode,
    decode_all,
    write_signed,
)
from segued.store.files.lock import exclusively

Tables = dict[str, dict[str, Document]]
_WHOLE = 12_000_000
"""Bytes of a table that is written in one piece, as its first `_SAMPLED` documents tell."""
_AT_ONCE, _SAMPLED = 1_000, 20
"""Documents in a piece of a larger one: a piece needs a dict of its own, which costs least while
its documents stand in the processor's cache."""


class AtomicStorage(Storage):
    """A TinyDB storage whose documents stay in memory until `commit` writes them, whole.

    The file is `{"checksum": …, "schema": n, "tables": {table: {id: document}}}`, see `Format`.
    One of an older schema is migrated in memory and written at the next commit; a newer one
    raises NewerSchemaError; a broken one is restored from the last good copy and `warning` says
    so. `loads` counts how often the file was read: another number means that another process may
    have changed it.
    """

    def __init__(self, path: Path, form: Format) -> None:
        self.path = path
        self.form = form
        self.warning: str | None = None
        self.dirty = False
        self.loads = 0
        self._seen: Hashable = None
        self._tables: Tables = {}
        self._load()

    def read(self) -> Tables:
        """Every table, as held in memory: not a copy."""
        return self._tables

    def write(self, data: Tables) -> None:
        """Take over changed tables; nothing reaches the disk before `commit`."""
        self._tables = data
        self.dirty = True

    def commit(self) -> None:
        """Write what changed since the last commit; nothing changed, nothing written.

        Raises StoreError when another process wrote the file meanwhile, so that neither's work is
        silently lost, and when the disk refuses.
        """
        if not self.dirty:
            return
        if signature(self.path) != self._seen:
            raise StoreError(
                f"{self.path}: another process wrote it since it was opened; run the command again"
            )
        write_atomically(self.path, self._write)
        self._seen = signature(self.path)
        self.dirty = False

    def _write(self, file: BinaryIO) -> None:
        write_signed(file, self._pieces(), self.path.stat().st_size if self._seen else 0)

    def _pieces(self) -> Iterator[Bytes]:
        """The file's content after its checksum. A whole one of 40 MB costs more to be given
        memory for than to be written."""
        yield b'"schema":%d,"tables":{' % self.form.schema
        for number, (name, table) in enumerate(self._tables.items()):
            yield b"," * (number > 0) + orjson.dumps(name) + b":"
            if len(table) <= _AT_ONCE or _size(table) <= _WHOLE:
                yield orjson.dumps(table)
                continue
            ids, documents = iter(table), iter(table.values())  # pairs take longer
            for start in range(0, len(table), _AT_ONCE):
                yield b"," if start else b"{"
                piece = dict(zip(islice(ids, _AT_ONCE), documents, strict=False))
                yield memoryview(orjson.dumps(piece))[1:-1]
            yield b"}"
        yield b"}}"

    def refresh(self) -> bool:
        """Read the file again if another process wrote it; whether it had. Never loses changes."""
        if self.dirty or signature(self.path) == self._seen:
            return False
        self._load()
        return True

    def forget(self) -> None:
        """Drop what was not committed and read the file again."""
        self.dirty = False
        self._load()

    def close(self) -> None:
        """Let the documents go. What was not committed is dropped, as in a crash."""
        self._tables = {}
        self.dirty = False

    def _load(self) -> None:
        self.loads += 1
        # The signature is taken first: a write that lands in between is then seen as a change.
        self._seen = signature(self.path)
        parsed, restored = read_with_last_good(self.path, self._parse)
        self._tables, migrated = parsed or ({}, False)
        self.dirty = self.dirty or migrated
        if restored:
            self._seen = signature(self.path)
            self.warning = f"{restored_words(self.path)}; the latest changes may be missing"

    def _parse(self, data: bytes) -> tuple[Tables, bool]:
        content, migrated = self.form.parse(data, self.path)
        tables = content.get("tables")
        if not isinstance(tables, dict) or not all(isinstance(t, dict) for t in tables.values()):
            raise ValueError("no tables in it")
        return tables, migrated


def _size(table: Mapping[str, Document]) -> int:
    """How many bytes a table takes that is like its first documents."""
    sample = orjson.dumps(dict(islice(table.items(), _SAMPLED)))
    return len(sample) * len(table) // _SAMPLED


class DocumentTable(Table):
    """A TinyDB table keyed by strings (Spotify ids), changed in place.

    TinyDB copies every document's key twice an update, 12 ms at 50,000; with string ids the table
    as parsed is already the table as wanted.
    """

    document_id_class = str  # type: ignore[assignment]  # TinyDB says int, and means any class

    def put(self, documents: Mapping[str, Document]) -> None:
        """Insert or replace documents by id."""
        if documents:
            self._update_table(lambda table: table.update(documents))

    def drop(self, identifiers: list[str]) -> None:
        """Remove the documents with these ids; unknown ones are no matter."""
        present = [identifier for identifier in identifiers if identifier in self.raw()]
        if present:
            self.remove(doc_ids=present)  # type: ignore[arg-type]  # ids are strings here

    def find(self, identifier: str) -> Document | None:
        """The document as held in memory, or None: a look-up in a dict."""
        return self.raw().get(identifier)

    def raw(self) -> dict[str, Document]:
        """Every document by id, as held in memory: to be read, not changed."""
        return self._read_table()  # type: ignore[return-value]  # Mapping in TinyDB's words

    def _update_table(self, updater: Callable[[dict[Any, Any]], None]) -> None:
        tables = self._storage.read() or {}
        updater(tables.setdefault(self.name, {}))
        self._storage.write(tables)
        self.clear_cache()


class Documents(TinyDB):
    """One file of documents: TinyDB with our table and our storage."""

    table_class = DocumentTable

    def __init__(self, path: Path, form: Format | None = None) -> None:
        super().__init__(path, form or Format(), storage=AtomicStorage)

    @property
    def file(self) -> AtomicStorage:
        """The storage underneath: path, commit, refresh, warning."""
        storage = self.storage
        assert isinstance(storage, AtomicStorage)
        return storage

    def documents(self, name: str) -> DocumentTable:
        """A table by name."""
        table = self.table(name)
        assert isinstance(table, DocumentTable)
        return table

    def commit(self) -> None:
        """Write the unit of work."""
        self.file.commit()

    @contextlib.contextmanager
    def unit(self) -> Iterator[None]:
        """One small change that is on disk when this ends, on top of what others wrote.

        For files several processes write (runs, budget, auth): holds the file's own lock, reads
        what changed, and commits at the end; an error inside drops the change.
        """
        with exclusively(self.file.path.with_name(f".{self.file.path.name}.lock")):
            self.file.refresh()
            try:
                yield
            except BaseException:
                self.file.forget()
                raise
            self.file.commit()


Value = TypeVar("Value")


class FileStore:
    """A store in one file of documents."""

    def __init__(self, path: Path) -> None:
        self._file = Documents(path)
        self._path = path

    @property
    def warning(self) -> str | None:
        """What had to be repaired when the file was opened."""
        return self._file.file.warning

    def close(self) -> None:
        """Let the documents go; what was not committed is dropped."""
        self._file.close()

    def _values(
        self, table: DocumentTable, kind: type[Value], what: str = ""
    ) -> Mapping[str, Value]:
        """A table's values by id, as of now; each is made when first asked for.

        `what` and the id name a document in the words of a StoreError.
        """
        path = self._path
        return Decoded(
            table.raw(),
            lambda key, found: decode(kind, found, path, f"{what} {key}".strip()),
            lambda found: decode_all(kind, found, path, what),
        )

    def _all(self, table: DocumentTable, kind: type[Value], what: str = "") -> tuple[Value, ...]:
        """All of a table's values, made now, in its order."""
        return tuple(decode_all(kind, table.raw(), self._path, what))

    def _find(
        self, table: DocumentTable, kind: type[Value], key: str, what: str = ""
    ) -> Value | None:
        """One of a table's values, or None where there is none of that id."""
        found = table.find(key)
        return None if found is None else decode(kind, found, self._path, f"{what} {key}".strip())


class WorkStore(FileStore):
    """One whose changes are on disk after `commit`, all of them in one write."""

    def commit(self) -> None:
        """Write the unit of work."""
        self._file.commit()
