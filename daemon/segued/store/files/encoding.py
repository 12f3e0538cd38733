"""Our values as JSON documents, and back: strict, and naming the place of what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Generic, TypeVar

import orjson
from pydantic import TypeAdapter, ValidationError

from segue.errors import StoreError
from segued.store.files.format import Document

Value = TypeVar("Value")

_ADAPTERS: dict[type, TypeAdapter[Any]] = {}  # building one takes milliseconds


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


class Decoded(Mapping[str, Value], Generic[Value]):
    """A mapping of documents that builds each value when it is first asked for, and keeps it.

    It is a snapshot: documents put into the table later do not appear.
    """

    __slots__ = ("_build", "_built", "_documents")

    def __init__(
        self, documents: Mapping[str, Document], build: Callable[[str, Document], Value]
    ) -> None:
        self._documents = dict(documents)
        self._build = build
        self._built: dict[str, Value] = {}

    def __getitem__(self, identifier: str) -> Value:
        built = self._built.get(identifier)
        if built is None:
            built = self._build(identifier, self._documents[identifier])
            self._built[identifier] = built
        return built

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
