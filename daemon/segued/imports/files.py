"""The files of a privacy export: one file, a gzip, a folder, a zip, or a zip inside a zip."""

from __future__ import annotations

import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from segue.errors import DataError

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
