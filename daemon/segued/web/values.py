"""Reading single values out of JSON that a service may have changed since we last looked.

Each function answers a plain default instead of raising: an unexpected type in one field must
not cost the row, and an unexpected row must not cost the page. What is left out because it cannot
be what it should be is counted where somebody asks (`counting_dropped`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import cast

Document = Mapping[str, object]
"""A JSON object."""

MAX_WHOLE = 2**53
"""Larger whole numbers are not exact in JSON, and mean nothing in any field we read."""
MAX_TEXT = 10_000
"""Characters of one text that are kept; no title, name or description is longer."""

_EMPTY: Document = {}
_dropped: ContextVar[Counter[str] | None] = ContextVar("dropped", default=None)


@contextmanager
def counting_dropped() -> Iterator[Counter[str]]:
    """Count the values left out meanwhile, by what they should have been ("time", "number" …)."""
    counter: Counter[str] = Counter()
    token = _dropped.set(counter)
    try:
        yield counter
    finally:
        _dropped.reset(token)


def _drop(value: object, expected: str) -> None:
    counter = _dropped.get()
    if counter is not None and value is not None:
        counter[expected] += 1


def document(value: object) -> Document:
    """The value if it is a JSON object, else an empty one."""
    if isinstance(value, dict):
        return cast("Document", value)
    _drop(value, "object")
    return _EMPTY


def sequence(value: object) -> list[object]:
    """The value if it is a JSON array, else an empty list."""
    if isinstance(value, list):
        return value
    _drop(value, "list")
    return []


def text(value: object) -> str:
    """The value if it is a string, at most `MAX_TEXT` characters of it, else an empty one."""
    if isinstance(value, str):
        return value[:MAX_TEXT]
    _drop(value, "text")
    return ""


def text_or_none(value: object) -> str | None:
    """The value if it is a string that is not empty, else None."""
    return text(value) or None


def whole(value: object) -> int | None:
    """The value if it is a whole number from 0 to `MAX_WHOLE` (7.0 counts, true does not)."""
    if not isinstance(value, bool) and isinstance(value, (int, float)) and 0 <= value <= MAX_WHOLE:
        number = int(value)
        if number == value:
            return number
    _drop(value, "number")
    return None


def seconds(value: object) -> int | None:
    """A number of seconds, also where it is written as text ("3600"); None for anything else."""
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
        return whole(int(value)) if len(value) < 20 else None
    return whole(value)


def flag(value: object) -> bool | None:
    """The value if it is true or false, else None."""
    if isinstance(value, bool):
        return value
    _drop(value, "true or false")
    return None


def moment(value: object) -> datetime | None:
    """A time in ISO 8601 as an aware UTC datetime.

    None for anything else, for times outside 1971 to 9998 (Spotify writes 1970-01-01 where it
    does not know; at both ends of the calendar no zone can be applied).
    """
    if isinstance(value, str):
        try:
            parsed = datetime.fromisoformat(value)
            aware = parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        else:
            if 1970 < aware.year < 9999:
                return aware
            if aware.year == 1970:
                return None
    _drop(value, "time")
    return None
