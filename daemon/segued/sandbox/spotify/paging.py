"""Pages of long lists and the links between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar
from urllib.parse import urlencode

from segued.sandbox.answers import Json

Item = TypeVar("Item")


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
