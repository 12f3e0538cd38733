"""Keeps config.example.toml to the configuration's schema: run it after a change.

The comments are written by hand. The values follow the defaults, and an option that has no line yet
gets one, with its description above it: switched on where there is a default, else an example.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from segued.config.schema import Settings, json_schema
from segued.config.starter import toml_value
from segued.config.toml.lines import TomlLines
from segued.config.toml.problems import own_keys, section_at, sections

FILE = Path(__file__).parents[1] / "config.example.toml"
# What an example has to say itself; scores are the keys of a table of their own.
_BY_HAND = {("playlist", "name"), ("playlist", "id"), ("playlist", "from"), ("playlist", "score")}
_OFF = re.compile(r"#(?=[a-z])")

Names = tuple[str, ...]


def example(text: str) -> str:
    """The example with today's defaults, and with a line for every option of the schema."""
    lines = text.splitlines()
    for heading, section in sections(Settings):
        table = tuple(part for part in heading.strip("[]").split(".") if part)
        for key, info in own_keys(section).items():
            path = (*table, key)
            if path in _BY_HAND or section_at(Settings, path) not in (None, section):
                continue
            places, default = _places(lines), _default(section, info)
            if path not in places:
                end = _end(lines, places, heading, table)
                lines[end:end] = _new_lines(section, key, info, default)
            elif default is not None and not _OFF.match(lines[places[path]]):
                lines[places[path]] = f"{key} = {toml_value(default)}"
    return "\n".join(lines) + "\n"


def _places(lines: list[str]) -> Mapping[Names, int]:
    """The index of the line of every option, whether it is switched on or not."""
    found = TomlLines("\n".join(_OFF.sub("", line) for line in lines)).lines
    return {
        tuple(part for part in path if isinstance(part, str)): line - 1
        for path, line in reversed(found.items())
        if not isinstance(path[-1], int)
    }


def _end(lines: list[str], places: Mapping[Names, int], heading: str, table: Names) -> int:
    """Where a new line of a section goes; a section that is not there yet begins at the end."""
    known = [place for path, place in places.items() if path[:-1] == table]
    if not known:
        lines += ["", heading]
    return max(known, default=len(lines) - 1) + 1


def _new_lines(section: type[BaseModel], key: str, info: FieldInfo, default: Any) -> Iterator[str]:
    said = info.description or key
    yield f"# {said[0].upper()}{said[1:]}."
    yield (
        f"#{key} = {_sample(section, key)}"
        if default in (None, [])
        else (f"{key} = {toml_value(default)}")
    )


def _default(section: type[BaseModel], info: FieldInfo) -> Any:
    """The default as it is written, or None where there is none."""
    value = info.get_default(call_default_factory=True)
    if value is None or value is PydanticUndefined:
        return None
    name = next(name for name, field in section.model_fields.items() if field is info)
    return section.model_construct(**{name: value}).model_dump(mode="json", include={name})[name]


def _sample(section: type[BaseModel], key: str) -> str:
    """A value of the right kind, until somebody writes one that says more."""
    known = json_schema()["$defs"][section.__name__]["properties"][key]
    for option in known.get("anyOf", [known]):
        match option:
            case {"pattern": _}:
                return '"1..9"'
            case {"type": "boolean"}:
                return "true"
            case {"type": "integer" | "number"}:
                return str(max(1, int(option.get("minimum", 1))))
            case {"type": "array"}:
                return '["…"]'
            case {"type": "string"}:
                break
    return '"…"'


def main() -> int:
    """Write the example where it has to be written."""
    FILE.write_text(example(FILE.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
