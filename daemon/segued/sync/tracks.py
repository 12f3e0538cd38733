"""Putting tracks into the library without losing what an earlier answer told of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from segue.music.track import Track
from segued.store.library import LibraryStore


def put_tracks(library: LibraryStore, tracks: Iterable[Track]) -> int:
    """Keep tracks that are new or told more fully than before; how many that were.

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


def _merged(known: Track, told: Track) -> Track:
    album = told.album
    if album is None or (album.release_date is None and known.album is not None):
        album = known.album
    return replace(
        told,
        title=told.title or known.title,
        artists=told.artists or known.artists,
        album=album,
        duration_ms=told.duration_ms or known.duration_ms,
        isrc=told.isrc or known.isrc,
        explicit=known.explicit if told.explicit is None else told.explicit,
        playable=known.playable if told.playable is None else told.playable,
    )
