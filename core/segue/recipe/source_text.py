"""Reading and writing `from`: a source as text, a list or a table, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import cast, get_args

from segue.names import linked, nearest
from segue.recipe.sources import (
    EXAMPLES,
    SOURCES,
    First,
    FromRecipe,
    Layout,
    Share,
    Shares,
    Source,
    SourceSet,
    TheseTracks,
)
from segue.recipe.values import Mistake

_SETS = ("any", "all", "minus")
_SHARES = ("shares", "minus", "layout")
_LAYOUTS = tuple(filter(None, get_args(Layout)))
_FIRST = tuple(filter(None, get_args(First)))

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
        case Shares(parts, minus, layout):
            written: dict[str, object] = {"shares": [_write_share(share) for share in parts]}
            written |= {"minus": [write_source(part) for part in minus]} if minus else {}
            return written | ({"layout": layout} if layout else {})
        case TheseTracks(track_ids) if len(track_ids) != 1:
            return [write_source(TheseTracks((track_id,))) for track_id in track_ids]
        case _:
            spec = _BY_TYPE[type(source)]
            return f"{spec.word}:{spec.write(source)}" if spec.write is not None else spec.word


def _read(value: object, path: tuple[str | int, ...], mistakes: list[Mistake]) -> Source | None:
    if isinstance(value, str):
        return _read_text(value, path, mistakes)
    if isinstance(value, dict) and ("shares" in value or "layout" in value):
        return _read_shares(cast(dict[str, object], value), path, mistakes)
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
        near = nearest(key, (*_SETS, "shares"))
        hint = f"Did you mean {near!r}?" if near else "A set has any, all and minus."
        mistakes.append(Mistake((*path, key), "unknown key.", hint))
    parts = {key: _some(table, key, path, mistakes) for key in _SETS}
    if not table.get("any") and not table.get("all"):
        mistakes.append(
            Mistake(
                path,
                "the set names nothing to draw on.",
                "Give it `any` (in at least one) or `all` (in every one); `minus` takes away.",
            )
        )
    return SourceSet(any_of=parts["any"], all_of=parts["all"], minus=parts["minus"])


def _some(
    table: dict[str, object], key: str, path: tuple[str | int, ...], mistakes: list[Mistake]
) -> tuple[Source, ...]:
    """The sources under a key, a lone one as it is; none where it is not there."""
    value = table.get(key, [])
    if isinstance(value, list):
        return _members(cast(list[object], value), (*path, key), mistakes)
    single = _read(value, (*path, key), mistakes)
    return (single,) if single is not None else ()


def _read_shares(
    table: dict[str, object], path: tuple[str | int, ...], mistakes: list[Mistake]
) -> Source | None:
    if path:
        mistakes.append(Mistake(path, "shares stand alone.", "Let them be the whole of `from`."))
        return None
    for key in table.keys() - set(_SHARES):
        near = nearest(key, _SHARES)
        hint = f"Did you mean {near!r}?" if near else "Shares have shares, minus and layout."
        mistakes.append(Mistake((key,), "unknown key.", hint))
    layout = table.get("layout", "")
    if layout not in (*_LAYOUTS, ""):
        near = nearest(str(layout), _LAYOUTS)
        hint = f'Did you mean "{near}"?' if near else f"There are {', '.join(_LAYOUTS)}."
        mistakes.append(Mistake(("layout",), f"unknown layout {layout!r}.", hint))
    rows = table.get("shares")
    if not isinstance(rows, list) or not rows:
        example = 'Write them like [["liked", 60], ["albums", 40]].'
        mistakes.append(Mistake(("shares",), "there are no shares.", example))
        return None
    read = [_read_share(row, index, mistakes) for index, row in enumerate(rows)]
    parts = tuple(share for share in read if share is not None)
    total = sum(share.percent for share in parts)
    if len(parts) == len(rows) and abs(total - 100) > 1e-6:
        hint = "Shares are in percent: make them come to 100."
        mistakes.append(Mistake(("shares",), f"the shares come to {total:g}.", hint))
    minus = _some(table, "minus", path, mistakes)
    return Shares(parts, minus, cast(Layout, layout))


def _read_share(row: object, index: int, mistakes: list[Mistake]) -> Share | None:
    """A share, [source, percent] with "oldest" or "newest" behind or beside a lone word."""
    path: tuple[str | int, ...] = ("shares", index)
    if not isinstance(row, list) or not 2 <= len(row) <= 3:
        hint = 'Write the source and its percent, like ["liked", 60].'
        mistakes.append(Mistake(path, f"{row!r} is no share.", hint))
        return None
    source, percent = row[:2]
    first: object = row[2] if len(row) == 3 else ""
    if isinstance(source, str) and ":" not in source and len(row) == 2:
        source, _, first = source.strip().partition(" ")
    if isinstance(percent, bool) or not isinstance(percent, int | float) or not 0 < percent <= 100:
        hint = "A share is a number of percent above 0."
        mistakes.append(Mistake((*path, 1), f"{percent!r} is no share.", hint))
    if first not in (*_FIRST, ""):
        near = nearest(str(first), _FIRST)
        hint = f'Did you mean "{near}"?' if near else f"There are {' and '.join(_FIRST)}."
        mistakes.append(Mistake(path, f"which tracks of it {first!r} are is unknown.", hint))
    before = len(mistakes)
    found = _read(source, (*path, 0), mistakes)
    if found is None or len(mistakes) > before or not isinstance(percent, int | float):
        return None
    return Share(found, float(percent), cast(First, first))


def _write_share(share: Share) -> list[object]:
    percent = int(share.percent) if share.percent == int(share.percent) else share.percent
    row = [write_source(share.source), percent]
    return [*row, share.first] if share.first else row


def _read_text(text: str, path: tuple[str | int, ...], mistakes: list[Mistake]) -> Source | None:
    link = linked(text)
    if link is not None and link[0] in _BY_WORD:
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


def single_sources(source: Source) -> Iterator[Source]:
    """Every source in a source that is not itself a set, subtracted ones included."""
    match source:
        case SourceSet(any_of, all_of, minus):
            parts: tuple[Source, ...] = (*any_of, *all_of, *minus)
        case Shares(shares, minus):
            parts = (*(share.source for share in shares), *minus)
        case _:
            yield source
            return
    for part in parts:
        yield from single_sources(part)


def replaced(source: Source, change: Callable[[Source], Source]) -> Source:
    """A source with each in it that is not itself a set changed."""

    def every(sources: tuple[Source, ...]) -> tuple[Source, ...]:
        return tuple(replaced(each, change) for each in sources)

    match source:
        case SourceSet(any_of, all_of, minus):
            return SourceSet(every(any_of), every(all_of), every(minus))
        case Shares(shares, minus):
            parts = (replace(share, source=replaced(share.source, change)) for share in shares)
            return replace(source, parts=tuple(parts), minus=every(minus))
        case _:
            return change(source)


def recipes_named(source: Source) -> tuple[str, ...]:
    """The names or ids of every recipe a source draws on."""
    return tuple(s.reference for s in single_sources(source) if isinstance(s, FromRecipe))
