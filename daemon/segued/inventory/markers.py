"""The mark in a playlist's description by which Segue finds its own again: "… · segue:morning"."""

from __future__ import annotations

import html
import re

LONGEST = 300
"""Characters that Spotify keeps of a description."""

_MARK = re.compile(r"(?:\s*·)?\s*\bsegue:([a-z0-9][a-z0-9-]{0,39})(?![\w-])")


def marked(text: str, recipe_id: str) -> str:
    """A description with the recipe's mark at its end, and no other mark in it.

    A text that leaves no room for the mark within what Spotify keeps is cut.
    """
    plain, mark = unmarked(text), f"segue:{recipe_id}"
    room = LONGEST - len(f" · {mark}")
    if len(plain) > room:
        plain = plain[: room - 1].rstrip() + "…"
    return f"{plain} · {mark}" if plain else mark


def unmarked(text: str) -> str:
    """A description without any mark. Spotify answers descriptions escaped as HTML."""
    return _MARK.sub("", html.unescape(text)).strip()


def mark_in(text: str) -> str | None:
    """The recipe id in a description's mark, or None."""
    found = _MARK.search(html.unescape(text))
    return found[1] if found else None
