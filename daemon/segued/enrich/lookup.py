"""Hunting for lyrics: one source after another, and what each of them said."""

from __future__ import annotations

from collections.abc import Sequence

from segue.errors import ServiceError
from segue.lyrics.answers import placeholder
from segue.music.track import Track
from segued.enrich.failures import SourceFailures
from segued.providers.lyrics.source import Lyrics, LyricSource

FAILURES_IN_A_ROW = 3
"""So many failed look-ups one after another end a source for this run."""


class LyricLookup:
    """Asks sources in turn; `failures` tells what went wrong with which."""

    def __init__(self, sources: Sequence[LyricSource]) -> None:
        self._sources = tuple(sources)
        self.failures = SourceFailures(FAILURES_IN_A_ROW)

    def find(self, track: Track) -> tuple[str, Lyrics | None, bool]:
        """Who answered, what was found, and, where nothing was, whether a source failed."""
        failed = not self._sources
        asked: list[str] = []
        for source in self._sources:
            if self.failures.given_up(source.name):
                failed = True
                continue
            try:
                found = source.find(track)
            except ServiceError as error:
                failed = True
                self.failures.note(source.name, error)
                continue
            self.failures.answered(source.name)
            asked.append(source.name)
            if (found := _without_notes(found)) is not None:
                return source.name, found, False
        return "+".join(asked), None, failed


def _without_notes(found: Lyrics | None) -> Lyrics | None:
    """What was found, where a text that only says there are no lyrics is what it says."""
    if found is None or found.instrumental:
        return found
    match placeholder(found.text):
        case "instrumental":
            return Lyrics(instrumental=True)
        case "missing":
            return None
        case None:
            return found
