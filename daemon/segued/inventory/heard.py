"""What was heard of a recipe's playlist, read from the state: for the command and the page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from segue.names import track_id_in
from segue.playlists.heard import HeardVersion, Listed, heard_versions
from segue.playlists.library import Play
from segued.inventory.reading import read_imported
from segued.store.state import State


@dataclass(frozen=True, slots=True)
class HeardPlaylist:
    """What was heard of a playlist, by kept version, oldest first. `since` is the first play that
    told what it was played from; None where none did yet, and then nothing is known."""

    playlist_id: str
    since: datetime | None
    versions: tuple[HeardVersion, ...]


def contexts_since(plays: Iterable[Play]) -> datetime | None:
    """Since when plays tell which playlist, album or artist they were played from."""
    return min((play.played_at for play in plays if play.context is not None), default=None)


def read_heard(state: State, playlist_id: str) -> HeardPlaylist:
    """What was heard of each kept version of a playlist, and of the list that stands now."""
    plays = state.plays.all()
    listed = [
        Listed(
            version.id,
            version.taken_at,
            tuple(track_id_in(entry.uri) or entry.uri for entry in version.entries),
        )
        for version in state.versions.list(playlist_id)
    ]
    liked_at = {saved.track_id: saved.added_at for saved in state.library.liked()}
    found = heard_versions(
        listed,
        plays,
        f"spotify:playlist:{playlist_id}",
        read_imported(state, state.library.tracks()),
        liked_at,
    )
    return HeardPlaylist(playlist_id, contexts_since(plays), found)


def heard_document(heard: HeardPlaylist) -> dict[str, object]:
    """{"schema", "playlist_id", "since", "versions"} as JSON values; rows count from 1."""
    return {
        "schema": 1,
        "playlist_id": heard.playlist_id,
        "since": heard.since,
        "versions": [_version(each) for each in heard.versions],
    }


def _version(heard: HeardVersion) -> dict[str, object]:
    return {
        "id": heard.listed.id,
        "taken_at": heard.listed.taken_at,
        "tracks": len(heard.listed.track_ids),
        "plays": list(heard.plays),
        "skips": list(heard.skips),
        "liked_after": [row + 1 for row in heard.liked_after],
        "sittings": [
            {
                "began": sitting.began,
                "shuffled": sitting.shuffled,
                "reached": sitting.reached,
                "passed": [row + 1 for row in sitting.passed],
                "rows": [
                    {
                        "row": play.row + 1,
                        "track_id": play.track_id,
                        "played_at": play.played_at,
                        "ms_played": play.ms_played,
                        "skipped": play.skipped,
                        "reason": play.reason,
                    }
                    for play in sitting.plays
                ],
            }
            for sitting in heard.sittings
        ],
    }
