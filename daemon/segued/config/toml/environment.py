"""Settings from outside the file: environment variables and flags.

`SEGUE_SPOTIFY__CLIENT_ID` is `spotify.client_id`: `SEGUE_`, then the path in capitals with two
underscores for each dot. A value is read as TOML; where a setting is text, as it stands.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel

from segue.errors import Problem
from segue.names import did_you_mean
from segued.config.toml.lines import Path
from segued.config.toml.problems import field_at, keys_of, section_at, suggest_key, takes_text

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
