"""Tracks that a sync read: put in the library, or left alone as absent for a while."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from segue.music.track import Track
from segued.store.library import LibraryStore


def put_tracks(library: LibraryStore, tracks: Iterable[Track]) -> int:
    """Keep tracks that are new or more complete than before, and count them.

    Not every answer tells every field (an album's rows have no ISRC): what is known stays.
    """
    changed: dict[str, Track] = {}
    for track in tracks:
        known = changed.get(track.id) or library.track(track.id)
        merged = track if known is None else _merged(known, track)
        if merged != known:
            changed[track.id] = merged
    library.put_tracks(changed.values())
    return len(changed)


def _merged(known: Track, read: Track) -> Track:
    album = read.album
    if album is None or (album.release_date is None and known.album is not None):
        album = known.album
    return replace(
        read,
        title=read.title or known.title,
        artists=read.artists or known.artists,
        album=album,
        duration_ms=read.duration_ms or known.duration_ms,
        isrc=read.isrc or known.isrc,
        explicit=known.explicit if read.explicit is None else read.explicit,
        playable=known.playable if read.playable is None else read.playable,
    )


ASK_AGAIN = timedelta(days=7)
"""How long something that was refused is left alone."""
REFUSALS = 2
"""How many runs have to be refused before that: one answer may be wrong."""


class Absent:
    """Refusals by key, kept under a cursor of the library's. Changes need its commit."""

    def __init__(self, library: LibraryStore, cursor: str) -> None:
        self._library = library
        self._cursor = cursor
        stored: dict[str, Any] = dict(library.cursor(cursor) or {})
        self._noted: dict[str, dict[str, Any]] = {
            key: note if isinstance(note, dict) else {"at": note} for key, note in stored.items()
        }

    def __contains__(self, key: str) -> bool:
        return key in self._noted

    def reason(self, key: str) -> str:
        """Why it was refused last, where that was noted."""
        return str(self._noted[key].get("reason", ""))

    def rests(self, key: str, now: datetime, version: str = "") -> bool:
        """Whether not to ask for it now; a new `version` of it is always asked for."""
        note = self._noted.get(key)
        if note is None or note.get("version", "") != version:
            return False
        enough = note.get("refusals", REFUSALS) >= REFUSALS
        return bool(enough and now < datetime.fromisoformat(note["at"]) + ASK_AGAIN)

    def refused(self, key: str, now: datetime, version: str = "", reason: str = "") -> bool:
        """Note a refusal; whether it is believed by now."""
        before = self._noted.get(key, {})
        same = before.get("version", "") == version
        refusals = before.get("refusals", REFUSALS) + 1 if before and same else 1
        self._noted[key] = {"at": now.isoformat(), "refusals": min(refusals, REFUSALS)}
        self._noted[key] |= {"version": version} if version else {}
        self._noted[key] |= {"reason": reason} if reason else {}
        self._save()
        return refusals >= REFUSALS

    def found(self, key: str) -> None:
        """It was given after all."""
        if self._noted.pop(key, None) is not None:
            self._save()

    def keep_only(self, keys: Collection[str]) -> None:
        """Forget what is noted of anything else."""
        kept = {key: note for key, note in self._noted.items() if key in keys}
        if kept != self._noted:
            self._noted = kept
            self._save()

    def _save(self) -> None:
        self._library.set_cursor(self._cursor, self._noted or None)
