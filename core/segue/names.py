"""Names as people write them: when two are the same, and which one was probably meant."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable


def name_key(name: str) -> str:
    """What two spellings of one name have in common: Unicode NFC, no case, no blanks around it."""
    folded = unicodedata.normalize("NFC", name).casefold()
    return unicodedata.normalize("NFC", folded).strip()


def nearest(given: str, choices: Iterable[str], likeness: float = 0.6) -> str | None:
    """The choice most like a misspelt name, or None where none is at least so like it (0..1)."""
    by_key: dict[str, str] = {}
    for choice in choices:
        by_key.setdefault(name_key(choice), choice)
    close = difflib.get_close_matches(name_key(given), list(by_key), 1, likeness)
    return by_key[close[0]] if close else None


def did_you_mean(given: str, choices: Iterable[str], likeness: float = 0.6) -> str | None:
    """The nearest choice as a question, where one is near."""
    near = nearest(given, choices, likeness)
    return f'Did you mean "{near}"?' if near is not None else None
