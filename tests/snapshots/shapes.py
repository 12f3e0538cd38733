"""What a state folder looks like: its files, the keys in them and what each holds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

KEPT = ("schema", "schema_version", "version", "format")
"""Keys whose values tell how to read a file."""
_IDS = re.compile(
    r"[A-Za-z0-9]{22}|[0-9a-f]{8,}|v?\d[\w-]*|RUN|(GET|POST|PUT|DELETE) .*|[a-z]+:.+|\d{4}-\d{2}.*"
)


def shape_of_folder(folder: Path, ours: frozenset[str]) -> dict[str, Any]:
    """Each file of a state folder by name and shape; names by chance are "*".

    `ours` are keys that stand for things of this account, such as the ids of its recipes.
    """
    found: dict[str, list[Any]] = {}
    for path in sorted(folder.rglob("*")):
        name = "/".join(_name(part, ours) for part in path.relative_to(folder).parts)
        if path.is_file() and not path.name.startswith(".") and path.suffix != ".last-good":
            found.setdefault(name, []).append(_content(path, ours))
    return {name: _merged(shapes) for name, shapes in found.items()}


def _name(part: str, ours: frozenset[str]) -> str:
    stem, dot, suffix = part.partition(".")
    return f"*{dot}{suffix}" if stem in ours or _IDS.fullmatch(stem) else part


def _content(path: Path, ours: frozenset[str]) -> Any:
    if path.suffix == ".npz":
        with np.load(path) as arrays:
            return {name: str(arrays[name].dtype.kind) for name in sorted(arrays.files)}
    try:
        return _shape(json.loads(path.read_bytes()), ours)
    except ValueError:
        return "bytes"


def _shape(value: Any, ours: frozenset[str]) -> Any:
    if isinstance(value, Mapping):
        shapes: dict[str, list[Any]] = {}
        for key, item in value.items():
            kept = f"= {item}" if key in KEPT else _shape(item, ours)
            shapes.setdefault("*" if key in ours or _IDS.fullmatch(key) else key, []).append(kept)
        return {key: _merged(found) for key, found in sorted(shapes.items())}
    if isinstance(value, list):
        return [_merged([_shape(item, ours) for item in value])] if value else []
    return type(value).__name__


def _merged(shapes: Iterable[Any]) -> Any:
    """One shape for several of the same kind: what any of them holds."""
    found = [*shapes]
    distinct = [shape for place, shape in enumerate(found) if shape not in found[:place]]
    if len(distinct) == 1:
        return distinct[0]
    if all(isinstance(shape, dict) for shape in distinct):
        keys = sorted({key for shape in distinct for key in shape})
        return {key: _merged(shape[key] for shape in distinct if key in shape) for key in keys}
    if all(isinstance(shape, list) for shape in distinct):
        return [_merged([item for shape in distinct for item in shape])]
    return " | ".join(sorted({json.dumps(shape).strip('"') for shape in distinct}))
