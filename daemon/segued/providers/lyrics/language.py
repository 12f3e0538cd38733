"""The language a text is written in, told offline by py3langid."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

SUREST = 0.8
SHORTEST = 40


def detect_language(text: str) -> str | None:
    """The language as ISO 639-1, or None for a short text or where it is not clear."""
    if len(text) < SHORTEST:
        return None
    language, probability = _identifier().classify(text)
    return str(language) if probability >= SUREST else None


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
