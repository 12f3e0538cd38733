"""From pydantic's findings to problems a newcomer can act on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from segue.errors import Problem
from segue.names import did_you_mean
from segue.recipe.values import MISTAKES, Mistake
from segued.config.secrets import is_secret
from segued.config.toml.lines import Path, show_path
from segued.config.toml.walk import homes_of, keys_of, other_names, same_setting, section_at

LineOf = Callable[[Path], int | None]
_EXPECTED = {
    "string_type": 'text in quotes, like "text"',
    "int_type": "a whole number, like 30, without quotes",
    "int_from_float": "a whole number, like 30",
    "float_type": "a number, like 0.5, without quotes",
    "bool_type": "true or false, without quotes",
    "list_type": 'a list, like ["one", "two"]',
    "dict_type": "a table of keys and values",
    "model_type": "a table of keys and values",
}


def problems_from(
    error: ValidationError, root: type[BaseModel], line_of: LineOf
) -> Iterator[Problem]:
    """Every finding as a problem with its place and, where one is known, a suggestion."""
    for details in error.errors(include_url=False):
        path: Path = tuple(part for part in details["loc"] if part != "[key]")
        if details["type"] == MISTAKES:
            yield from _inside(path, details["ctx"][MISTAKES], line_of)
        else:
            message, suggestion = _explain(details, path, root)
            yield Problem(show_path(path), message, line_of(path), suggestion)


def _inside(path: Path, mistakes: Sequence[Mistake], line_of: LineOf) -> Iterator[Problem]:
    for mistake in mistakes:
        full = (*path, *mistake.path)
        yield Problem(show_path(full), mistake.message, line_of(full), mistake.suggestion)


def _explain(details: ErrorDetails, path: Path, root: type[BaseModel]) -> tuple[str, str | None]:
    kind, given, context = details["type"], details["input"], details.get("ctx", {})
    kind = "list_type" if kind == "tuple_type" else kind
    if is_secret(str(path[-1])) and kind != "extra_forbidden":
        return "is not a secret as text in quotes.", 'Best name its place, like "env:NAME".'
    if kind == "extra_forbidden":
        other = same_setting(root, path)
        if other is not None:
            return f"{other} says the same, and both are given.", "Keep one of the two."
        return "unknown key.", suggest_key(root, path)
    if kind == "missing":
        return "this key is required.", _required(root, path)
    if kind in ("list_type", "model_type") and path == ("playlist",):
        return (
            "a playlist is written in a table of its own.",
            "Write [[playlist]], twice bracketed.",
        )
    if kind in _EXPECTED:
        return f"expected {_EXPECTED[kind]}, not {show_value(given)}.", _unquote(kind, given)
    if kind == "literal_error":
        return _choice(given, str(context.get("expected", "")))
    if kind in ("greater_than_equal", "greater_than"):
        bound = context.get("ge", context.get("gt"))
        words = "at least" if "ge" in context else "more than"
        return f"must be {words} {bound:g}, not {show_value(given)}.", None
    if kind in ("less_than_equal", "less_than"):
        return f"must be at most {context.get('le', context.get('lt')):g}, not {given}.", None
    if kind == "string_too_short":
        return "must not be empty.", None
    if kind == "string_too_long":
        return f"is longer than {context.get('max_length')} letters.", None
    if kind == "string_pattern_mismatch":
        return (
            f"{show_value(given)} is not an id.",
            'Use small letters, digits and hyphens, like "slow-sunday".',
        )
    message = str(context["error"]) if kind == "value_error" else details["msg"]
    return message if message.endswith("?") else message.rstrip(".") + ".", None


def show_value(value: Any) -> str:
    """A value as TOML would write it, shortened."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"' if len(value) < 60 else f'"{value[:57]}…"'
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    return str(value)


def _unquote(kind: str, given: Any) -> str | None:
    if isinstance(given, str) and kind in ("int_type", "float_type", "bool_type"):
        bare = given.strip().casefold()
        known = bare in ("true", "false") if kind == "bool_type" else _is_number(bare)
        return f"Write {bare} without quotes." if known else None
    if kind == "string_type" and isinstance(given, int | float):
        return f'Write "{show_value(given)}".'
    if kind == "list_type" and isinstance(given, str):
        return f'Write ["{given}"].'
    return None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _choice(given: Any, expected: str) -> tuple[str, str | None]:
    choices = [choice.strip("'") for choice in expected.replace(" or ", ", ").split(", ")]
    message = f"{show_value(given)} is not one of {', '.join(choices)}."
    return message, did_you_mean(str(given), choices)


def suggest_key(root: type[BaseModel], path: Path) -> str | None:
    """What may have been meant by an unknown key: a near one here, or its home elsewhere."""
    key = str(path[-1])
    section = section_at(root, path[:-1])
    known = list(keys_of(section)) if section is not None else []
    homes = [home or "the top of the file" for home in homes_of(root, key)]
    if homes:
        return f"It belongs in {' or '.join(homes)}."
    near = did_you_mean(key, [*known, *(other_names(section) if section is not None else ())])
    if near is not None:
        return near
    return f"Known here: {', '.join(known)}." if known else None


def _required(root: type[BaseModel], path: Path) -> str | None:
    section = section_at(root, path[:-1])
    info = keys_of(section).get(str(path[-1])) if section is not None else None
    examples = {"name": 'name = "Slow Sunday"', "from": 'from = "liked"'}
    example = examples.get(str(path[-1]))
    if example:
        return f"Add a line like {example}."
    return f"It says {info.description}." if info is not None and info.description else None
