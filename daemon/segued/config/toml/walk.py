"""Walking the schema by path: which section a table is, which keys it knows, what a field holds."""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import AliasChoices, BaseModel
from pydantic.fields import FieldInfo

from segued.config.toml.lines import Path


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
    return tuple(heading for heading, section in sections(root) if key in keys_of(section))


def sections(root: type[BaseModel], heading: str = "") -> Iterator[tuple[str, type[BaseModel]]]:
    """Every section with its heading as it is written; a section within itself is not entered."""
    yield heading, root
    for key, info in keys_of(root).items():
        inner = _section_in(info.annotation)
        if inner is None or inner is root:
            continue
        name = f"{heading.strip('[]')}.{key}".lstrip(".")
        shown = (
            f"[[{name}]]" if get_origin(_bare(info.annotation)) in (list, tuple) else f"[{name}]"
        )
        yield from sections(inner, shown)


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
