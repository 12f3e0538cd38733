"""Reasons: why a track is in a playlist, in words."""

from __future__ import annotations

import math
from collections.abc import Iterable

from segue.music.keys import is_known, key_name
from segue.playlists.facts import Facts
from segue.playlists.gather import Origin
from segue.playlists.lyric_conditions import lyric_reasons
from segue.playlists.plan import Reason
from segue.playlists.recipe import Where
from segue.playlists.words import ago, days_between, quoted, span

BY_HAND = Reason("by_hand", "you added it by hand")
KEPT_ROW = Reason("kept", "was in the playlist and cannot be added back once removed")
NOT_A_TRACK = Reason("kept", "was in the playlist, and is not a track Segue chooses among")
STANDING = Reason("kept", "was in the playlist already")


def source_reasons(track_id: str, facts: Facts, where: Where) -> tuple[Reason, ...]:
    """Where a track comes from and, where the filter asks for it, how long it has rested,
    what it sounds like and what is known of its lyrics.

    These weigh nothing: they say why a track was a candidate, not why it was preferred.
    """
    found = list(_origins(facts.pool.origins.get(track_id, ()), track_id, facts))
    if where.not_played_within_days is not None or where.played_within_days is not None:
        found.append(Reason("rest", rested(track_id, facts)))
    found.extend(feature_reasons(track_id, facts, where))
    found.extend(lyric_reasons(track_id, facts, where))
    return tuple(found)


def feature_reasons(track_id: str, facts: Facts, where: Where) -> Iterable[Reason]:
    """The audio features a filter asks about, as far as they are known: "energy 0.71"."""
    features = facts.features_of(track_id)
    for name in where.features:
        value = float(getattr(features, name))
        if name == "tempo" and features.has_tempo:
            yield Reason("feature", f"{value:.0f} BPM")
        elif name in ("key", "mode") and is_known(features.key, features.mode):
            yield Reason("feature", f"in {key_name(features.key, features.mode)}")
        elif name == "loudness" and not math.isnan(value):
            yield Reason("feature", f"loudness {value:.0f} dB")
        elif name not in ("tempo", "key", "mode", "loudness") and not math.isnan(value):
            yield Reason("feature", f"{name} {value:.2f}")
    for inner in where.any_of:
        yield from feature_reasons(track_id, facts, inner)


def rested(track_id: str, facts: Facts) -> str:
    """How long a track has not been played: "not played for 64 days"."""
    played = facts.last_played.get(track_id)
    if played is None:
        return "no play known"
    days = days_between(played, facts.now)
    return f"not played for {span(days)}" if days >= 1 else "played less than a day ago"


def added(track_id: str, facts: Facts) -> str:
    """When a track was added: "liked 3 days ago", or "added" where that was not by liking."""
    when = facts.added_at(track_id)
    if when is None:
        return "date of adding unknown"
    verb = "liked" if facts.liked_at.get(track_id) == when else "added"
    return f"{verb} {ago(when, facts.now)}"


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
