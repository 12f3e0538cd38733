"""Things of one reason told together, so that a reason is said once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_ID = re.compile(r" \([0-9A-Za-z]{22}\)$")
_MOST_NAMES = 4


def by_reason(things: Mapping[str, str]) -> Iterator[str]:
    """Lines "names: reason" for things with the reason of each; long lists are cut with a count."""
    grouped: dict[str, list[str]] = {}
    for thing, reason in things.items():
        grouped.setdefault(reason, []).append(_ID.sub("", thing))
    for reason, names in grouped.items():
        shown = ", ".join(names[:_MOST_NAMES])
        more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
        yield f"{shown}{more}: {reason}"
