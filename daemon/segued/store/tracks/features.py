"""Audio features by track and source, and the tables that were imported."""

from __future__ import annotations

import contextlib
import io
import math
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from segue.errors import DataError, StoreError
from segue.music.features import FEATURE_NAMES, AudioFeatures
from segued.store.files.atomic import (
    file_name,
    private_folder,
    read_with_last_good,
    remove,
    write_atomically,
)
from segued.store.files.format import Decoded, Document, decode, encode, sealed, unsealed
from segued.store.files.storage import Documents, WorkStore

if TYPE_CHECKING:
    from polars import DataFrame


@dataclass(frozen=True, slots=True)
class KnownFeatures:
    """The features of one track. `estimated` names those a source estimated, not measured."""

    values: AudioFeatures
    source: str
    fetched_at: datetime
    estimated: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownPopularity:
    """How popular a track is, 0 to 100; None where the source does not have it."""

    value: int | None
    source: str
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class Miss:
    """A source that did not have a track: when it was asked, and from when on to ask again."""

    source: str
    asked_at: datetime
    ask_again_at: datetime

    def rests(self, now: datetime) -> bool:
        """Whether not to ask now; a time that a wrong clock wrote is not waited for."""
        return self.asked_at < now + timedelta(days=1) and now < self.ask_again_at


@dataclass(frozen=True, slots=True)
class _Origin:
    """A stored document less its values."""

    source: str
    fetched_at: datetime
    estimated: tuple[str, ...]


class MissStore(WorkStore):
    """One that also holds what sources did not have, by source and by what they were asked for."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._misses = self._file.documents("misses")

    def missed(self, source: str, now: datetime) -> frozenset[str]:
        """The keys that a source does not have and is not to be asked about before later."""
        path, prefix = self._path, f"{source}:"
        return frozenset(
            key.removeprefix(prefix)
            for key, document in self._misses.raw().items()
            if key.startswith(prefix) and decode(Miss, document, path, f"miss {key}").rests(now)
        )

    def put_misses(self, keys: Iterable[str], miss: Miss) -> None:
        """Note that one source did not have these."""
        document = encode(miss)
        self._misses.put({f"{miss.source}:{key}": document for key in keys})


class FeatureStore(MissStore):
    """`features.json`, by track id. Changes are on disk after `commit`, all in one write."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._known = self._file.documents("features")
        self._popularity = self._file.documents("popularity")

    def known(self) -> Mapping[str, KnownFeatures]:
        """Everything known by track id, as of now; each is built when first asked for."""
        return Decoded(self._known.raw(), self._features)

    def features(self) -> Mapping[str, AudioFeatures]:
        """The values alone, by track id."""
        return Decoded(self._known.raw(), self._sound)

    def put(self, features: Mapping[str, KnownFeatures]) -> None:
        """Insert or replace by track id. That their sources missed them before is forgotten."""
        self._known.put({track_id: _document(known) for track_id, known in features.items()})
        self._misses.drop(
            [
                f"{source}:{track_id}"
                for track_id, known in features.items()
                for source in known.source.split("+")
            ]
        )

    def popularity(self) -> Mapping[str, KnownPopularity]:
        """What is known of how popular tracks are, by track id."""
        return self._values(self._popularity, KnownPopularity, "popularity of")

    def put_popularity(self, known: Mapping[str, KnownPopularity]) -> None:
        """Insert or replace by track id."""
        self._popularity.put({track_id: encode(each) for track_id, each in known.items()})

    def misses(self) -> Mapping[tuple[str, str], Miss]:
        """What was not found, by (source, track id)."""
        misses = self._values(self._misses, Miss, "miss")
        return {(miss.source, _track_of(key)): miss for key, miss in misses.items()}

    def drop(self, track_ids: Iterable[str]) -> None:
        """Forget tracks."""
        gone = set(track_ids)
        self._known.drop([key for key in self._known.raw() if key in gone])
        self._misses.drop([key for key in self._misses.raw() if _track_of(key) in gone])
        self._popularity.drop([key for key in self._popularity.raw() if key in gone])

    def forget(self, source: str) -> None:
        """Forget what a source said, found or not, and what others added to it."""
        known = self._known.raw().items()
        self._known.drop([key for key, doc in known if source in _sources_of(doc)])
        self._misses.drop([key for key in self._misses.raw() if key.startswith(f"{source}:")])

    def forget_misses(self, source: str) -> None:
        """Forget what a source did not have, so that it is asked again."""
        self._misses.drop([key for key in self._misses.raw() if key.startswith(f"{source}:")])

    def _features(self, track_id: str, document: Document) -> KnownFeatures:
        path, name = self._path, f"features {track_id}"
        origin = decode(_Origin, {k: v for k, v in document.items() if k != "values"}, path, name)
        values = self._sound(track_id, document)
        return KnownFeatures(values, origin.source, origin.fetched_at, origin.estimated)

    def _sound(self, track_id: str, document: Document) -> AudioFeatures:
        path, name = self._path, f"features {track_id}"
        return decode(AudioFeatures, document.get("values", {}), path, name)


def _document(known: KnownFeatures) -> Document:
    """JSON has no NaN: what is unknown is left out."""
    document = encode(known)
    document["values"] = {
        name: value
        for name in FEATURE_NAMES
        if not math.isnan(value := getattr(known.values, name))
    }
    return document


def _sources_of(document: Document) -> list[str]:
    return str(document.get("source", "")).split("+")


def _track_of(key: str) -> str:
    return key.partition(":")[2]


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
