"""From pydantic's findings to problems a newcomer can act on, found by walking the schema."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import AliasChoices, BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from segue.errors import Problem
from segue.models.learners import SCORE_OF
from segue.names import did_you_mean
from segue.playlists.score.score import SCORES
from segue.recipe.recipe import VARIED, Recipe, Variant
from segue.recipe.values import MISTAKES, Mistake
from segued.config.secrets import is_secret
from segued.config.toml.lines import Path, show_path

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
    if key in SCORES or key in SCORE_OF:
        homes.append("[playlist.score]")
    if homes:
        return f"It belongs in {' or '.join(homes)}."
    names = [*known, *(other_names(section) if section is not None else ())]
    near = did_you_mean(key, names, 0.7)
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


def keys_of(section: type[BaseModel]) -> dict[str, FieldInfo]:
    """The keys of a section as they are written, with what is known of each."""
    return {info.alias or name: info for name, info in section.model_fields.items()}


def other_names(section: type[BaseModel]) -> dict[str, str]:
    """Further names that keys of a section may be written by, each with its key."""
    found: dict[str, str] = {}
    for key, info in keys_of(section).items():
        if isinstance(info.validation_alias, AliasChoices):
            names = (name for name in info.validation_alias.choices if name != key)
            found.update({str(name): key for name in names})
    return found


def same_setting(root: type[BaseModel], path: Path) -> str | None:
    """The key that a path's last part is another name of, or None where it is none."""
    section = section_at(root, path[:-1])
    return other_names(section).get(str(path[-1])) if section is not None else None


def section_at(root: type[BaseModel], path: Path) -> type[BaseModel] | None:
    """The section that the table at a path is, or None where it is none."""
    section: type[BaseModel] | None = root
    for part in path:
        if isinstance(part, int):
            continue
        info = keys_of(section).get(part) if section is not None else None
        section = _section_in(info.annotation) if info is not None else None
    return section


def field_at(root: type[BaseModel], path: Path) -> FieldInfo | None:
    """The field that a path names, or None."""
    names = [part for part in path if isinstance(part, str)]
    section = section_at(root, tuple(names[:-1])) if names else None
    return keys_of(section).get(names[-1]) if section is not None else None


def homes_of(root: type[BaseModel], key: str) -> tuple[str, ...]:
    """The headings of the sections that know a key, the outermost first."""
    return tuple(heading for heading, section in sections(root) if key in own_keys(section))


def own_keys(section: type[BaseModel]) -> dict[str, FieldInfo]:
    """The keys of a section, less those that a variant has from its recipe."""
    varied = {Recipe.model_fields[name].alias or name for name in VARIED}
    shared = varied if section is Variant else ()
    return {key: info for key, info in keys_of(section).items() if key not in shared}


def sections(root: type[BaseModel], heading: str = "") -> Iterator[tuple[str, type[BaseModel]]]:
    """Every section with its heading as it is written, where it comes first."""
    return _sections(root, heading, {root})


def _sections(
    root: type[BaseModel], heading: str, seen: set[type[BaseModel]]
) -> Iterator[tuple[str, type[BaseModel]]]:
    yield heading, root
    for key, info in own_keys(root).items():
        inner = _section_in(info.annotation)
        if inner is None or inner in seen:
            continue
        seen.add(inner)
        name = f"{heading.strip('[]')}.{key}".lstrip(".")
        shown = (
            f"[[{name}]]" if get_origin(_bare(info.annotation)) in (list, tuple) else f"[{name}]"
        )
        yield from _sections(inner, shown, seen)


def takes_text(info: FieldInfo) -> bool:
    """Whether a field holds text, so that a bare word from outside a file is meant as text."""
    found = _bare(info.annotation)
    options = get_args(found) if _is_union(found) else (found,)
    return any(_bare(option) is str for option in options)


def _section_in(annotation: Any) -> type[BaseModel] | None:
    found = _bare(annotation)
    if isinstance(found, type) and issubclass(found, BaseModel):
        return found
    if get_origin(found) in (list, tuple) or _is_union(found):
        inner = (_section_in(argument) for argument in get_args(found))
        return next((section for section in inner if section is not None), None)
    return None


def _bare(annotation: Any) -> Any:
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def _is_union(annotation: Any) -> bool:
    return get_origin(annotation) in (Union, types.UnionType)
