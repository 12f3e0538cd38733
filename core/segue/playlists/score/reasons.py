"""Reasons: why a track is in a playlist, in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from segue.playlists.filter.apply import filter_reasons
from segue.playlists.gather.pool import Facts
from segue.playlists.gather.sources import origin_reasons
from segue.playlists.library import PlaylistEntry
from segue.playlists.plan import Reason
from segue.playlists.text import ago
from segue.recipe.where import Where

BY_HAND = Reason("by_hand", "you added it by hand")
KEPT_ROW = Reason("kept", "was in the playlist and cannot be added back once removed")
NOT_A_TRACK = Reason("kept", "was in the playlist, and is not a track Segue chooses among")
WAS_THERE = Reason("kept", "was in the playlist already")


def since(reason: Reason, entry: PlaylistEntry | None, now: datetime) -> Reason:
    """A reason of a row that stays, with when it was added, where that is known."""
    if entry is None or entry.added_at is None:
        return reason
    return replace(reason, text=f"{reason.text}, added {ago(entry.added_at, now)}")


def source_reasons(track_id: str, facts: Facts, where: Where) -> tuple[Reason, ...]:
    """Where a track comes from, and what is known of what the filter asks about.

    These weigh nothing: they say why a track was a candidate, not why it was preferred.
    """
    found = facts.pool.origins.get(track_id, ())
    origins = origin_reasons(found, facts.now, facts.last_played.get(track_id))
    return tuple(dict.fromkeys((*origins, *filter_reasons(where, track_id, facts))))
