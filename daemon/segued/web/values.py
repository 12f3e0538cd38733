"""Reading single values out of JSON that a service may have changed since we last looked.

Each function answers a plain default instead of raising: an unexpected type in one field must
not cost the row, and an unexpected row must not cost the page.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import cast

Document = Mapping[str, object]
"""A JSON object."""

_EMPTY: Document = {}


def document(value: object) -> Document:
    """The value if it is a JSON object, else an empty one."""
    return cast("Document", value) if isinstance(value, dict) else _EMPTY


def sequence(value: object) -> list[object]:
    """The value if it is a JSON array, else an empty list."""
    return value if isinstance(value, list) else []


def text(value: object) -> str:
    """The value if it is a string, else an empty one."""
    return value if isinstance(value, str) else ""


def text_or_none(value: object) -> str | None:
    """The value if it is a string that is not empty, else None."""
    return value if isinstance(value, str) and value else None


def whole(value: object) -> int | None:
    """The value if it is a whole number of at least 0 (7.0 counts, true does not), else None."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if isinstance(value, float) and not value.is_integer():
        return None
    return int(value) if value >= 0 else None


def flag(value: object) -> bool | None:
    """The value if it is true or false, else None."""
    return value if isinstance(value, bool) else None


def moment(value: object) -> datetime | None:
    """A time in ISO 8601 as an aware UTC datetime.

    None for anything else and for 1970-01-01, which Spotify writes where it does not know.
    """
    if not isinstance(value, str):
        return None
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        return None
    aware = parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    return aware if aware.year > 1970 else None
