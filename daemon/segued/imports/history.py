"""Importing a listening history: its plays are added to those imported before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from segue.playlists.listening import Listening, listening_of
from segued.imports.export import read_export
from segued.inventory.reading import library_ids
from segued.store.history import History, one_line
from segued.store.state import State


@dataclass(frozen=True, slots=True)
class HistoryImported:
    """What an import found: `plays` of tracks in `files`, of them `new`; `others` are rows that
    are no tracks. Of all `tracks` ever imported, `known` are in the library.

    `left_out` counts rows that could not be used, by why; `unread` says which files could not.
    """

    files: int
    plays: int
    new: int
    others: int
    tracks: int
    known: int
    first: float | None
    last: float | None
    left_out: Mapping[str, int]
    unread: tuple[str, ...] = ()


def import_history(file: Path, state: State, now: datetime, *, dry_run: bool) -> HistoryImported:
    """Add the plays of a privacy export to those imported before; a play counts once.

    The caller holds the writer's lock. Raises DataError, with nothing changed.
    """
    export = read_export(file, now)
    imported = export.listening or listening_of(())
    before = state.history.get()
    titles, artists = dict(export.titles), dict(export.artists)
    listening = imported
    if before is not None:
        old = before.listening
        titles |= dict(zip(old.track_ids, before.titles, strict=True))
        artists |= dict(zip(old.track_ids, before.artists, strict=True))
        listening = _united(old, imported)
    history = History(
        listening,
        tuple(one_line(titles[i]) for i in listening.track_ids),
        tuple(one_line(artists[i]) for i in listening.track_ids),
    )
    tracks = state.library.tracks()
    ids = library_ids(history, tracks)
    new = len(listening) - (len(before.listening) if before is not None else 0)
    if new and not dry_run:
        state.history.put(history)
    return HistoryImported(
        files=export.files,
        plays=len(imported),
        new=new,
        others=export.others,
        tracks=len(listening.track_ids),
        known=sum(i in tracks for i in ids),
        first=float(imported.played_at[0]) if len(imported) else None,
        last=float(imported.played_at[-1]) if len(imported) else None,
        left_out=dict(export.left_out),
        unread=tuple(export.unread),
    )


def _united(first: Listening, second: Listening) -> Listening:
    """The plays of two imports, one that both hold (same track and moment) once."""
    ids = tuple(dict.fromkeys((*first.track_ids, *second.track_ids)))
    row = {track_id: i for i, track_id in enumerate(ids)}
    parts = []
    for part in (first, second):
        place = np.array([row[track_id] for track_id in part.track_ids], dtype=np.int32)
        parts.append(place[part.track] if len(part) else part.track)
    track = np.concatenate(parts)
    both = Listening(
        ids,
        track,
        np.concatenate([first.played_at, second.played_at]),
        np.concatenate([first.ms_played, second.ms_played]),
        np.concatenate([first.skipped, second.skipped]),
    )
    moments = np.stack([track, both.played_at], axis=1)
    _, once = np.unique(moments, axis=0, return_index=True)
    kept = both.take(once)
    return kept.take(np.lexsort((kept.track, kept.played_at)))
