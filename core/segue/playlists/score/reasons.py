"""Reasons: why a track is in a playlist, in words."""

from __future__ import annotations

from collections.abc import Iterable

from segue.playlists.filter.apply import filter_reasons
from segue.playlists.gather.facts import Facts
from segue.playlists.gather.pool import Origin
from segue.playlists.plan import Reason
from segue.playlists.text import ago, quoted
from segue.recipe.where import Where

BY_HAND = Reason("by_hand", "you added it by hand")
KEPT_ROW = Reason("kept", "was in the playlist and cannot be added back once removed")
NOT_A_TRACK = Reason("kept", "was in the playlist, and is not a track Segue chooses among")
STANDING = Reason("kept", "was in the playlist already")


def source_reasons(track_id: str, facts: Facts, where: Where) -> tuple[Reason, ...]:
    """Where a track comes from, and what is known of what the filter asks about.

    These weigh nothing: they say why a track was a candidate, not why it was preferred.
    """
    origins = _origins(facts.pool.origins.get(track_id, ()), track_id, facts)
    return tuple(dict.fromkeys((*origins, *filter_reasons(where, track_id, facts))))


def _origins(origins: Iterable[Origin], track_id: str, facts: Facts) -> Iterable[Reason]:
    playlists: dict[str, None] = {}
    for origin in origins:
        match origin.kind:
            case "liked":
                when = origin.added_at
                yield Reason("liked", f"liked {ago(when, facts.now)}" if when else "liked")
            case "album":
                yield Reason("album", f"on your saved album “{origin.name}”")
            case "playlist":
                playlists[origin.name] = None
            case "top":
                yield Reason("top", f"among your top tracks of {origin.name}")
            case "plays":
                played = facts.last_played.get(track_id)
                yield Reason("plays", f"played {ago(played, facts.now)}" if played else "played")
            case "recipe":
                yield Reason("recipe", f"in what the recipe “{origin.name}” made")
            case "named":
                yield Reason("named", "named in the recipe")
    if playlists:
        word = "playlist" if len(playlists) == 1 else "playlists"
        yield Reason("playlist", f"in your {word} {quoted(list(playlists), 'and')}")
