"""Reading the configuration: one file, then the environment, then flags, then every check."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path as FilePath
from typing import Any

from pydantic import BaseModel, ValidationError

from segue.errors import ConfigError, Problem
from segue.names import did_you_mean
from segued.config.schema import Settings
from segued.config.toml.crosscheck import cross_check
from segued.config.toml.lines import Path, TomlLines, show_path
from segued.config.toml.problems import (
    field_at,
    keys_of,
    problems_from,
    section_at,
    suggest_key,
    takes_text,
)

MAX_DEPTH = 40
"""How deep tables and lists may lie in each other; no setting needs a quarter of it."""
_TOO_DEEP = Problem("the file", f"tables or lists lie more than {MAX_DEPTH} deep in each other.")
_NUL = "holds the character \\u0000, which no text here can have."
_SYNTAX_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_SYNTAX_HINTS = {
    "Invalid value": 'Text stands in quotes, like name = "Slow Sunday"; true and false are small.',
    "Cannot overwrite a value": "This key is already given above; keep one of the two.",
    "Expected '=' after a key": "Every line is KEY = VALUE, a [table] heading or a # comment.",
    "Cannot declare": "This table is already written above; put its keys together.",
    "Unclosed array": "A list ends with ].",
    "Illegal character": "A text in single quotes ends on its line.",
    "Expected newline or end of document after a statement": "One setting a line.",
}


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings and where they came from: the file and, by path, what overrode it."""

    settings: Settings
    source: str
    origins: Mapping[Path, str] = field(default_factory=dict)


def load(
    file: FilePath,
    environ: Mapping[str, str],
    flags: Mapping[str, tuple[Path, str]] | None = None,
) -> Loaded:
    """Read the configuration file and put environment and flags over it.

    Raises ConfigError with every problem found; a missing file names `segue init`.
    """
    return check(read_text(file), str(file), environ, flags)


def read_text(file: FilePath) -> str:
    """The text of a configuration file. Raises ConfigError where it cannot be read."""
    try:
        return file.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise ConfigError.absent(str(file)) from None
    except UnicodeDecodeError as error:
        problem = Problem(f"byte {error.start}", "the file is not text in UTF-8.")
    except OSError as error:
        problem = Problem("the file", f"it cannot be read: {error.strerror}.")
    raise ConfigError(str(file), (problem,))


def check(
    text: str,
    source: str,
    environ: Mapping[str, str],
    flags: Mapping[str, tuple[Path, str]] | None = None,
) -> Loaded:
    """Check a configuration given as text. Raises ConfigError with every problem found."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(source, (_syntax(str(error), text),)) from error
    except RecursionError:
        raise ConfigError(source, (_TOO_DEEP,)) from None
    if not _is_shallow(document):
        raise ConfigError(source, (_TOO_DEEP,))
    named = {**settings_in(environ), **(flags or {})}
    origins, problems = overlay(document, Settings, named)
    lines = TomlLines(text)

    def line_of(path: Path) -> int | None:
        return None if path in origins else lines.line(path)

    settings, found = _validate(document, line_of)
    found = (*(Problem(show_path(p), _NUL, line_of(p)) for p in _with_nul(document)), *found)
    problems = (*problems, *(_with_origin(each, origins) for each in found))
    if settings is None or problems:
        said = [named_within(problem, document) for problem in problems]
        ordered = sorted(said, key=lambda problem: problem.line or 0)
        raise ConfigError(source, tuple(dict.fromkeys(ordered)))
    return Loaded(settings, source, origins)


_IN_PLAYLIST = re.compile(r"playlist\[(\d+)\]\.")


def named_within(problem: Problem, document: dict[str, Any]) -> Problem:
    """A problem with the name of the playlist it is in, where that has one."""
    place = _IN_PLAYLIST.match(problem.path)
    tables = document.get("playlist")
    if place is None or not isinstance(tables, list) or problem.path.endswith("].name"):
        return problem
    table = tables[int(place[1])]
    name = table.get("name") if isinstance(table, dict) else None
    return replace(problem, within=name) if isinstance(name, str) and name else problem


def settings_from(document: dict[str, Any], source: str = "settings") -> Settings:
    """Settings from plain data, with every check. Raises ConfigError."""
    settings, problems = _validate(document, lambda _: None)
    if settings is None or problems:
        raise ConfigError(source, problems)
    return settings


def _validate(
    document: dict[str, Any], line_of: Any
) -> tuple[Settings | None, tuple[Problem, ...]]:
    between = tuple(cross_check(document, line_of))
    try:
        return Settings.model_validate(document), between
    except ValidationError as error:
        return None, (*problems_from(error, Settings, line_of), *between)


def _with_origin(problem: Problem, origins: Mapping[Path, str]) -> Problem:
    for path, name in origins.items():
        if problem.path == ".".join(str(part) for part in path):
            return Problem(f"{name} ({problem.path})", problem.message, None, problem.suggestion)
    return problem


def _is_shallow(document: dict[str, Any]) -> bool:
    level: list[object] = [document]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for value in level
            if isinstance(value, dict | list)
            for inner in (value.values() if isinstance(value, dict) else value)
        ]
        if not level:
            return True
    return False


def _with_nul(value: object, path: Path = ()) -> Iterator[Path]:
    """Where a text holds the character NUL, at which every name of a file ends."""
    if isinstance(value, str) and "\0" in value:
        yield path
    elif isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in pairs:
            yield from _with_nul(inner, (*path, key))


def _syntax(message: str, text: str) -> Problem:
    match = _SYNTAX_PLACE.search(message)
    what = message[: match.start()] if match else message
    line = int(match.group(1)) if match and match.group(1) else text.count("\n") + 1
    column = f"column {match.group(2)}" if match and match.group(2) else "the end of the file"
    hint = next((hint for start, hint in _SYNTAX_HINTS.items() if what.startswith(start)), None)
    return Problem(column, f"this is not TOML: {what[:1].lower()}{what[1:]}.", line, hint)


PREFIX = "SEGUE_"
# Read elsewhere: where the configuration itself is.
NOT_SETTINGS = frozenset({"SEGUE_CONFIG"})


def settings_in(environ: Mapping[str, str]) -> dict[str, tuple[Path, str]]:
    """The variables that name settings: variable → path and text."""
    return {
        name: (tuple(name.removeprefix(PREFIX).casefold().split("__")), text)
        for name, text in sorted(environ.items())
        if name.startswith(PREFIX) and name not in NOT_SETTINGS
    }


def overlay(
    document: dict[str, Any],
    root: type[BaseModel],
    named: Mapping[str, tuple[Path, str]],
) -> tuple[dict[Path, str], tuple[Problem, ...]]:
    """Put settings over a document, in place. Returns where each path came from, and problems."""
    origins: dict[Path, str] = {}
    problems: list[Problem] = []
    for name, (path, text) in named.items():
        info = field_at(root, path)
        if info is None or section_at(root, path) is not None or path[0] == "playlist":
            problems.append(Problem(name, "names no setting.", None, _suggest(root, name, path)))
            continue
        table = document
        for key in path[:-1]:
            inner = table.setdefault(str(key), {})
            if not isinstance(inner, dict):
                break  # the file has something else there, which is its own problem
            table = inner
        else:
            table[str(path[-1])] = text if takes_text(info) else read_value(text)
            origins[path] = name
    return origins, tuple(problems)


def read_value(text: str) -> object:
    """A TOML value, else the text itself, for the schema to refuse with its own words."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, RecursionError):
        return text


def flags(pairs: Iterable[str]) -> dict[str, tuple[Path, str]]:
    """Settings from `--set KEY=VALUE`: flag → path and text. Raises ValueError without a `=`."""
    named: dict[str, tuple[Path, str]] = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals or not key.strip():
            raise ValueError(f'{pair!r} is not KEY=VALUE, like "spotify.timeout_seconds=5"')
        named[f"--set {key.strip()}"] = (tuple(key.strip().split(".")), text.strip())
    return named


def _suggest(root: type[BaseModel], name: str, path: Path) -> str | None:
    if name.startswith(PREFIX):
        known = [
            PREFIX + "__".join((key, inner)).upper()
            for key in keys_of(root)
            if (section := section_at(root, (key,))) is not None and key != "playlist"
            for inner in keys_of(section)
        ]
        return did_you_mean(name, [*known, *NOT_SETTINGS]) or f"There are {', '.join(known)}."
    return suggest_key(root, path)
