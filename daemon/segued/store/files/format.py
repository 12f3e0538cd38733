"""Documents on disk: schema, checksum, migrations, and dataclasses as JSON, strictly."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Generic, TypeVar, overload

import orjson
from isal.isal_zlib import crc32  # zlib's, in a tenth of its time
from pydantic import TypeAdapter, ValidationError

from segue.errors import NewerSchemaError, StoreError
from segue.progress import collecting_no_cycles

Document = dict[str, Any]
"""One JSON object; `Any` because it is what was parsed, before a decoder has looked at it."""
Migration = Callable[[Document], Document]
"""Takes a document of one schema version and gives that of the next."""

_HEAD, _TAIL = b'{"checksum":"', b'",'
_SEAL = b"\nsegue sha256 "
_DIGITS, _CRC_DIGITS = 64, 8
Bytes = bytes | memoryview


@dataclass(frozen=True, slots=True)
class Format:
    """The schema a store writes, and by older schema the step to the next.

    A store that changes what it keeps raises its `schema` and adds the migration from the one
    before; files of that one are then read, and written anew at the next change.
    """

    schema: int = 1
    migrations: Mapping[int, Migration] = field(default_factory=dict)

    def pack(self, document: Mapping[str, object]) -> bytes:
        """A document as the bytes of a file."""
        return signed(orjson.dumps({"schema": self.schema, **document}))

    def parse(self, data: bytes, path: Path) -> tuple[Document, bool]:
        """The document in a file, of today's schema, and whether it had to be migrated.

        Raises ValueError for bytes that are no such file or were changed since they were written,
        and NewerSchemaError, naming `path`, for one of a newer Segue.
        """
        _body(data)
        with collecting_no_cycles():
            document = orjson.loads(data)
        if isinstance(document, dict):
            document.pop("checksum", None)
        if not isinstance(document, dict) or not isinstance(document.get("schema"), int):
            raise ValueError("no schema version in it")
        schema: int = document["schema"]
        if schema > self.schema:
            raise NewerSchemaError(
                f"{path}: written by a newer Segue (schema {schema}, this one reads up to "
                f"{self.schema}); update Segue, or point it at another state folder"
            )
        if schema < min(self.migrations, default=self.schema):
            raise ValueError(f"schema {schema} is older than any this Segue can migrate")
        for older in range(schema, self.schema):
            document = self.migrations[older](document)
        return document, schema < self.schema


def signed(content: bytes) -> bytes:
    """A JSON object with its checksum, a CRC-32, as the first member."""
    body = content[1:]
    return _HEAD + _hex(crc32(body)) + _TAIL + body


def unsigned(data: bytes) -> bytes:
    """A JSON object without its checksum; one that never had any stays as it is.

    Raises ValueError where the checksum is not that of the rest.
    """
    body = _body(data)
    return data if body is None else b"{" + body


def _body(data: bytes) -> memoryview | None:
    """What a checksum is about, not copied; None where there is none. Raises as `unsigned`.

    Files of before have SHA-256 in its place, which takes more than twice as long.
    """
    begun = data.startswith(_HEAD)
    for digits in (_CRC_DIGITS, _DIGITS):
        end = len(_HEAD) + digits
        digest, tail = data[len(_HEAD) : end], data[end : end + len(_TAIL)]
        if tail == _TAIL and _is_digest(digest, digits):
            body = memoryview(data)[end + len(_TAIL) :]
            sha = digits == _DIGITS
            found = hashlib.sha256(body).hexdigest().encode() if sha else _hex(crc32(body))
            if begun and digest == found:
                return body
            break
    else:
        if not begun:
            return None
    raise ValueError("its checksum does not match: it was changed since it was written")


def write_signed(file: BinaryIO, pieces: Iterable[Bytes], room: int) -> None:
    """Write a JSON object with its checksum as the first member, from pieces of it that leave its
    first brace out: one piece at a time is in memory. `room` is how many bytes it may take, such as
    it took before: asked for at once, they take the file system less time."""
    if room:
        with contextlib.suppress(OSError):  # a disk that is full says so at a write
            os.posix_fallocate(file.fileno(), 0, room)
    checksum = 0
    file.write(_HEAD + _hex(checksum) + _TAIL)
    for piece in pieces:
        checksum = crc32(piece, checksum)
        file.write(piece)
    if file.tell() < room:
        file.truncate()
    file.seek(len(_HEAD))
    file.write(_hex(checksum))


def _hex(checksum: int) -> bytes:
    return b"%08x" % checksum


def sealed(content: bytes) -> bytes:
    """A binary file's content with its checksum at the end."""
    return content + _SEAL + hashlib.sha256(content).hexdigest().encode()


def unsealed(data: bytes) -> bytes:
    """The content of a sealed file; one that never had a checksum stays as it is.

    Raises ValueError where the checksum is not that of the rest.
    """
    end = len(data) - len(_SEAL) - _DIGITS
    digest, seal = data[-_DIGITS:], data[max(end, 0) : -_DIGITS]
    if seal != _SEAL and not _is_digest(digest, _DIGITS):
        return data
    content = data[: max(end, 0)]
    if seal != _SEAL or digest != hashlib.sha256(content).hexdigest().encode():
        raise ValueError("its checksum does not match: it was changed since it was written")
    return content


def _is_digest(data: bytes, digits: int) -> bool:
    """Whether a checksum stands here, though what should stand beside it may be damaged."""
    return len(data) == digits and not data.translate(None, b"0123456789abcdef")


Value = TypeVar("Value")
Other = TypeVar("Other")

_ADAPTERS: dict[type, TypeAdapter[Any]] = {}  # building one takes milliseconds
_LISTS: dict[type, TypeAdapter[Any]] = {}


def encode(value: object) -> Document:
    """A dataclass as plain JSON: tuples become lists, datetimes RFC 3339, NaN null."""
    document: Document = orjson.loads(orjson.dumps(value))
    return document


def decode(kind: type[Value], document: Document, path: Path, identifier: str) -> Value:
    """A document as a value of a dataclass.

    Raises StoreError naming the file, the id, the field and what is wrong with it.
    """
    try:
        # Strict over JSON: a list may become a tuple and RFC 3339 a datetime, "5" never an int.
        value: Value = _adapter(kind).validate_json(orjson.dumps(document), strict=True)
    except (ValidationError, orjson.JSONEncodeError) as error:
        raise StoreError(f"{path}: document {identifier!r} is wrong: {_first(error)}") from error
    return value


@collecting_no_cycles()
def decode_all(
    kind: type[Value], documents: Mapping[str, Document], path: Path, what: str
) -> list[Value]:
    """Documents as values of a dataclass, in one go: a third of the time of one by one.

    `what` goes before the id of one that is wrong. Raises as `decode` does.
    """
    if kind not in _LISTS:
        _LISTS[kind] = TypeAdapter(list[kind])  # type: ignore[valid-type]  # known when it runs
    try:
        content = orjson.dumps(list(documents.values()))
        values: list[Value] = _LISTS[kind].validate_json(content, strict=True)
    except (ValidationError, orjson.JSONEncodeError):
        return [decode(kind, each, path, f"{what} {name}") for name, each in documents.items()]
    return values


class Decoded(Mapping[str, Value], Generic[Value]):
    """A mapping of documents that builds each value when it is first asked for, and keeps it.

    It is a snapshot: documents put into the table later do not appear. `build_all` builds many at
    once, which takes less time.
    """

    __slots__ = ("_build", "_build_all", "_built", "_documents")

    def __init__(
        self,
        documents: Mapping[str, Document],
        build: Callable[[str, Document], Value],
        build_all: Callable[[Mapping[str, Document]], Sequence[Value]] | None = None,
    ) -> None:
        self._documents = dict(documents)
        self._build = build
        self._build_all = build_all
        self._built: dict[str, Value] = {}

    def prepare(self, identifiers: Iterable[str]) -> None:
        """Build those of them that there are, since all will be asked for."""
        documents, built = self._documents, self._built
        asked = {i: documents[i] for i in identifiers if i in documents and i not in built}
        if self._build_all is not None and asked:
            built.update(zip(asked, self._build_all(asked), strict=True))

    def __getitem__(self, identifier: str) -> Value:
        built = self._built.get(identifier)
        if built is None:
            built = self._build(identifier, self._documents[identifier])
            self._built[identifier] = built
        return built

    @overload
    def get(self, identifier: str, /) -> Value | None: ...

    @overload
    def get(self, identifier: str, /, default: Value | Other) -> Value | Other: ...

    def get(self, identifier: str, /, default: object = None) -> object:
        """The value, or the default; `Mapping`'s own goes by an exception."""
        return self[identifier] if identifier in self._documents else default

    def __contains__(self, identifier: object) -> bool:
        return identifier in self._documents

    def __iter__(self) -> Iterator[str]:
        return iter(self._documents)

    def __len__(self) -> int:
        return len(self._documents)


def _adapter(kind: type[Value]) -> TypeAdapter[Value]:
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def _first(error: ValidationError | orjson.JSONEncodeError) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        return f"{place or 'the whole of it'}: {first['msg']}"
    return str(error)
