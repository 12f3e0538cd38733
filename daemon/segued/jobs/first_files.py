"""Writing a first configuration, with the schema that gives editors completion beside it."""

from __future__ import annotations

from pathlib import Path

import orjson

from segue.errors import UsageError
from segued.config.paths import SCHEMA_NAME
from segued.config.toml.jsonschema import json_schema
from segued.store.files import write_atomically


def write_first_files(file: Path, text: str) -> None:
    """Write the configuration, readable by its owner alone, and the schema beside it.

    A configuration that was there stays as NAME.last-good. Raises UsageError where the folder
    cannot be made, StoreError where a file cannot be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"the folder {file.parent} cannot be made: {error.strerror}; name another place with"
            " --config FILE"
        ) from error
    schema = orjson.dumps(json_schema(), option=orjson.OPT_INDENT_2) + b"\n"
    write_atomically(file.parent / SCHEMA_NAME, schema, keep_previous=False)
    write_atomically(file, text.encode())
