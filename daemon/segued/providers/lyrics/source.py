"""What every source of lyrics is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from segue.music.track import Track

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
