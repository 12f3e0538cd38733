"""The facts of the Web API the sandbox is held to, as a table of the project's own.

`web_api.json` names, for each regime, operations with their status, the most rows a page may have
(`limit`) and the kind of their answer; and the kinds of objects with their fields. A field is
spelled `name` where it is always there and `name?` where it may be absent; its value is a JSON
type, `a|b` for either, `[kind]` for a list, `=text` for a constant, or the name of a kind.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

TABLE: Mapping[str, Any] = json.loads(
    Path(__file__).with_name("web_api.json").read_text(encoding="utf-8")
)
KINDS: Mapping[str, Mapping[str, str]] = TABLE["kinds"]
EXAMPLES = {"string": "x", "integer": 1, "number": 0.5, "boolean": True, "null": None}


def type_of(value: object) -> str:
    """The JSON type of a plain value."""
    if value is None:
        return "null"
    types: dict[type, str] = {bool: "boolean", int: "integer", float: "number", str: "string"}
    return types[type(value)]


def problems(value: object, spec: str, place: str) -> Iterator[str]:
    """Everything in which a value is not as the table has it."""
    complaints = [[*_problems(value, choice, place)] for choice in spec.split("|")]
    if all(complaints):
        yield from min(complaints, key=len)


def _problems(value: object, spec: str, place: str) -> Iterator[str]:
    if spec.startswith("["):
        if not isinstance(value, list):
            yield f"{place} is no list"
            return
        for number, item in enumerate(value):
            yield from problems(item, spec[1:-1].replace("/", "|"), f"{place}[{number}]")
    elif spec.startswith("="):
        if value != spec[1:]:
            yield f"{place} is {value!r}, not {spec[1:]!r}"
    elif spec in KINDS:
        if isinstance(value, dict):
            yield from _fields(value, KINDS[spec], place)
        else:
            yield f"{place} is no object"
    elif isinstance(value, dict | list) or type_of(value) != spec:
        yield f"{place} is {type(value).__name__}, not {spec}"


def _fields(value: Mapping[str, object], kind: Mapping[str, str], place: str) -> Iterator[str]:
    known = {name.removesuffix("?"): spec for name, spec in kind.items()}
    yield from (f"{place}.{name} is unknown" for name in sorted(set(value) - set(known)))
    always = {name for name in kind if not name.endswith("?")}
    yield from (f"{place}.{name} is missing" for name in sorted(always - set(value)))
    for name in sorted(set(value) & set(known)):
        yield from problems(value[name], known[name], f"{place}.{name}")


def example(spec: str, *, full: bool) -> Any:
    """A value as the table has it: with every field, or with those that are always there."""
    first = next((choice for choice in spec.split("|") if choice != "null"), "null")
    if first.startswith("["):
        return [example(part, full=full) for part in first[1:-1].split("/") if part]
    if first.startswith("="):
        return first[1:]
    if first in KINDS:
        return {
            name.removesuffix("?"): example(field, full=full)
            for name, field in KINDS[first].items()
            if full or not name.endswith("?")
        }
    return EXAMPLES[first]
