"""Facts: what filters and scorers ask about a track, looked up once for a whole build."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from segue.music.features import UNKNOWN, AudioFeatures
from segue.music.track import Track
from segue.playlists.gather.pool import Pool
from segue.playlists.inventory import SHORTEST_PLAY_MS, Inventory, LyricFacts, LyricSpace
from segue.playlists.text import ago, days_between, span


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the tracks of a pool. `now` is the moment days are counted from;
    `all_tracks` are all that are known, in the pool or not."""

    now: datetime
    pool: Pool
    tracks: Mapping[str, Track]
    all_tracks: Mapping[str, Track]
    features: Mapping[str, AudioFeatures]
    liked_at: Mapping[str, datetime]
    last_played: Mapping[str, datetime]
    play_counts: Mapping[str, int]
    lyrics: Mapping[str, LyricFacts]
    lyric_space: LyricSpace

    def features_of(self, track_id: str) -> AudioFeatures:
        """The audio features of a track; all unknown where there are none."""
        return self.features.get(track_id, UNKNOWN)

    def added_at(self, track_id: str) -> datetime | None:
        """When a track was last added to its sources, else when it was liked; None if unknown."""
        return self.pool.added_at(track_id) or self.liked_at.get(track_id)


def look_up(pool: Pool, inventory: Inventory, now: datetime) -> Facts:
    """Collect the facts of a pool. Skipped and very short plays do not count as plays."""
    last_played = {track_id: heard.last for track_id, heard in inventory.heard.items()}
    play_counts = {track_id: heard.plays for track_id, heard in inventory.heard.items()}
    for play in inventory.plays:
        if play.skipped or (play.ms_played is not None and play.ms_played < SHORTEST_PLAY_MS):
            continue
        track_id = play.track_id
        play_counts[track_id] = play_counts.get(track_id, 0) + 1
        latest = last_played.get(track_id)
        if latest is None or play.played_at > latest:
            last_played[track_id] = play.played_at
    return Facts(
        now=now,
        pool=pool,
        tracks=pool.tracks,
        all_tracks=inventory.tracks,
        features=inventory.features,
        liked_at={saved.track_id: saved.added_at for saved in inventory.liked},
        last_played=last_played,
        play_counts=play_counts,
        lyrics=inventory.lyrics,
        lyric_space=inventory.lyric_space,
    )


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
