"""What every source of lyrics answers, and the language of a text."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Protocol

from segue.music.track import Track

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier


NONE_RECENT = timedelta(days=30)
NONE_OLD = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Lyrics:
    """What a source found. An instrumental has no text. The text never shows in a `repr`."""

    text: str = field(repr=False, default="")
    instrumental: bool = False


class LyricSource(Protocol):
    """One source of lyrics."""

    @property
    def name(self) -> str:
        """As the configuration and the store write it."""
        ...

    def find(self, track: Track) -> Lyrics | None:
        """The lyrics of a track, or None where the source itself says that it has none.

        Raises a ServiceError when it could not be asked: that is never "has no lyrics".
        """
        ...


def ask_again_at(track: Track, now: datetime) -> datetime:
    """When to ask again for lyrics that nobody has: sooner for what was released lately."""
    year = track.album.release_year if track.album else None
    recent = year is None or year >= now.year - 1
    return now + (NONE_RECENT if recent else NONE_OLD)


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
