"""What every JSON file of the state is: a document with a schema, a checksum and migrations."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from segue.errors import NewerSchemaError

Document = dict[str, Any]
"""One JSON object; `Any` because it is what was parsed, before a decoder has looked at it."""
Migration = Callable[[Document], Document]
"""Takes a document of one schema version and gives that of the next."""

_HEAD, _TAIL = b'{"checksum":"', b'",'
_DIGITS = 64


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
        document = orjson.loads(unsigned(data))
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
    """A JSON object with its checksum as the first member."""
    body = content[1:]
    return _HEAD + hashlib.sha256(body).hexdigest().encode() + _TAIL + body


def unsigned(data: bytes) -> bytes:
    """A JSON object without its checksum; one that never had any stays as it is.

    Raises ValueError where the checksum is not that of the rest.
    """
    if not data.startswith(_HEAD):
        return data
    end = len(_HEAD) + _DIGITS
    body = data[end + len(_TAIL) :]
    if data[len(_HEAD) : end] != hashlib.sha256(body).hexdigest().encode():
        raise ValueError("its checksum does not match: it was changed since it was written")
    return b"{" + body
