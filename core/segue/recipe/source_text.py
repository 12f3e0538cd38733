"""Reading and writing `from`: a source as text, a list or a table, and back."""

from __future__ import annotations

from typing import cast

from segue.names import linked, nearest
from segue.recipe.sources import EXAMPLES, SOURCES, Source, SourceSet, TheseTracks
from segue.recipe.values import Mistake

_SETS = ("any", "all", "minus")

_BY_WORD = {spec.word: spec for spec in SOURCES}
_BY_TYPE = {spec.type: spec for spec in SOURCES}


def read_source(value: object) -> tuple[Source | None, tuple[Mistake, ...]]:
    """Read a `from`: the source, or every mistake in it."""
    mistakes: list[Mistake] = []
    source = _read(value, (), mistakes)
    return (None, tuple(mistakes)) if mistakes else (source, ())


def write_source(source: Source) -> object:
    """A source in the form that `read_source` reads back to an equal one."""
    match source:
        case SourceSet(any_of, all_of, minus):
            named = zip(_SETS, (any_of, all_of, minus), strict=True)
            return {key: [write_source(part) for part in parts] for key, parts in named if parts}
        case TheseTracks(track_ids) if len(track_ids) != 1:
            return [write_source(TheseTracks((track_id,))) for track_id in track_ids]
        case _:
            spec = _BY_TYPE[type(source)]
            return f"{spec.word}:{spec.write(source)}" if spec.write is not None else spec.word


def _read(value: object, path: tuple[str | int, ...], mistakes: list[Mistake]) -> Source | None:
    if isinstance(value, str):
        return _read_text(value, path, mistakes)
    if isinstance(value, dict):
        return _read_set(cast(dict[str, object], value), path, mistakes)
    if isinstance(value, list):
        if not value:
            mistakes.append(Mistake(path, "an empty list draws on nothing.", 'Try "liked".'))
            return None
        members = _members(cast(list[object], value), path, mistakes)
        return members[0] if len(members) == 1 else SourceSet(any_of=members)
    hint = f"A source is one of {', '.join(EXAMPLES)}."
    mistakes.append(Mistake(path, f"{value!r} is not a source.", hint))
    return None


def _members(
    values: list[object], path: tuple[str | int, ...], mistakes: list[Mistake]
) -> tuple[Source, ...]:
    read = [_read(value, (*path, index), mistakes) for index, value in enumerate(values)]
    return tuple(source for source in read if source is not None)


def _read_set(
    table: dict[str, object], path: tuple[str | int, ...], mistakes: list[Mistake]
) -> Source | None:
    for key in table.keys() - set(_SETS):
        near = nearest(key, _SETS)
        hint = f"Did you mean {near!r}?" if near else "A set has any, all and minus."
        mistakes.append(Mistake((*path, key), "unknown key.", hint))
    parts: dict[str, tuple[Source, ...]] = {}
    for key in _SETS:
        value = table.get(key, [])
        if isinstance(value, list):
            parts[key] = _members(cast(list[object], value), (*path, key), mistakes)
        else:
            single = _read(value, (*path, key), mistakes)
            parts[key] = (single,) if single is not None else ()
    if not table.get("any") and not table.get("all"):
        mistakes.append(
            Mistake(
                path,
                "the set names nothing to draw on.",
                "Give it `any` (in at least one) or `all` (in every one); `minus` takes away.",
            )
        )
    return SourceSet(any_of=parts["any"], all_of=parts["all"], minus=parts["minus"])


def _read_text(text: str, path: tuple[str | int, ...], mistakes: list[Mistake]) -> Source | None:
    link = linked(text)
    if link is not None and link[0] in ("track", "playlist"):
        return _BY_WORD[link[0]].read(link[1])
    word, colon, rest = text.partition(":")
    spec = _BY_WORD.get(word)
    source = None
    if spec is not None and bool(colon) == (":" in spec.example):
        source = spec.read(rest.strip())
    if source is None:
        mistakes.append(_unknown(text, path))
    return source


def _unknown(text: str, path: tuple[str | int, ...]) -> Mistake:
    word = text.partition(":")[0]
    spec = _BY_WORD.get(word)
    if spec is not None and spec.wrong is not None:
        return Mistake(path, *spec.wrong(text))
    near = nearest(word, _BY_WORD)
    if near is not None:
        hint = f'Did you mean "{_BY_WORD[near].example}"?'
    else:
        hint = f"A source is one of {', '.join(EXAMPLES)}; a playlist needs `playlist:` before it."
    return Mistake(path, f"unknown source {text!r}.", hint)
