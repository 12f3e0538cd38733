"""Pages of long lists: limits, offsets, cursors and the links between pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar
from urllib.parse import urlencode

from segued.sandbox.answers import Call, Json, RefusalError

Item = TypeVar("Item")


def limit_of(call: Call, *, default: int, maximum: int) -> int:
    """The page size asked for. Refuses what is no number, under 1 or over `maximum`."""
    return _number(call, "limit", default, 1, maximum)


def offset_of(call: Call, *, maximum: int = 100_000) -> int:
    """The index of the first row asked for."""
    return _number(call, "offset", 0, 0, maximum)


def page(
    call: Call,
    path: str,
    items: Sequence[Item],
    shape: Callable[[Item], object],
    *,
    default: int = 20,
    maximum: int = 50,
    extra: tuple[tuple[str, str], ...] = (),
) -> Json:
    """One page of a list, only its own rows shaped, with absolute links to its neighbours."""
    limit = limit_of(call, default=default, maximum=maximum)
    offset = offset_of(call)
    return page_at(call.base + path, items, shape, offset=offset, limit=limit, extra=extra)


def page_at(
    url: str,
    items: Sequence[Item],
    shape: Callable[[Item], object],
    *,
    offset: int,
    limit: int,
    extra: tuple[tuple[str, str], ...] = (),
) -> Json:
    """The page of a list that starts at `offset`."""

    def link(start: int) -> str:
        return f"{url}?{urlencode([('offset', start), ('limit', limit), *extra])}"

    total = len(items)
    return {
        "href": link(offset),
        "items": [shape(item) for item in items[offset : offset + limit]],
        "limit": limit,
        "next": link(offset + limit) if offset + limit < total else None,
        "offset": offset,
        "previous": link(max(0, offset - limit)) if offset > 0 else None,
        "total": total,
    }


def _number(call: Call, name: str, default: int, lowest: int, highest: int) -> int:
    text = call.query.get(name)
    if text is None or text == "":
        return default
    try:
        number = int(text)
    except ValueError as wrong:
        raise RefusalError(400, f"Invalid {name}") from wrong
    if not lowest <= number <= highest:
        raise RefusalError(400, f"Invalid {name}")
    return number
