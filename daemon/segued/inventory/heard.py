"""What was heard of a recipe's playlist, read from the state: for the command and the page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from segue.names import track_id_in
from segue.playlists.experiment import Verdict, judged
from segue.playlists.heard import HeardVersion, Listed, heard_versions
from segue.playlists.library import Play, Playlist
from segued.inventory.reading import read_imported
from segued.store.playlists import Trial
from segued.store.state import State
from segued.store.writes import Version


@dataclass(frozen=True, slots=True)
class HeardPlaylist:
    """What was heard of a playlist, by kept version, oldest first. `since` is the first play of
    which it is known what it was played from; None where there is none yet: nothing is known."""

    playlist_id: str
    since: datetime | None
    versions: tuple[HeardVersion, ...]


def contexts_since(plays: Iterable[Play]) -> datetime | None:
    """Since when plays tell which playlist, album or artist they were played from."""
    return min((play.played_at for play in plays if play.context is not None), default=None)


def read_heard(state: State, playlist_id: str) -> HeardPlaylist:
    """What was heard of each kept version of a playlist, and of the list that stands now."""
    plays = state.plays.all()
    listed = [_listed(version, version.uris) for version in state.versions.list(playlist_id)]
    found = _heard(state, playlist_id, listed, plays)
    return HeardPlaylist(playlist_id, contexts_since(plays), found)


def read_heard_now(state: State, playlist: Playlist, newest: Version) -> HeardVersion:
    """What was heard of a list as it stands, since its `newest` version was kept.

    Only the months of plays since then are read, and an import only where any of them tells of it.
    """
    plays = state.plays.since(newest.taken_at)
    (found,) = _heard(state, playlist.summary.id, [_listed(newest, playlist.uris)], plays)
    return found


def _listed(version: Version, uris: Iterable[str]) -> Listed:
    return Listed(version.id, version.taken_at, tuple(track_id_in(uri) or uri for uri in uris))


def _heard(
    state: State, playlist_id: str, listed: Sequence[Listed], plays: Sequence[Play]
) -> tuple[HeardVersion, ...]:
    context = f"spotify:playlist:{playlist_id}"
    of_list = [play for play in plays if play.context == context]
    imported = read_imported(state, state.library.tracks()) if of_list else None
    liked_at = {saved.track_id: saved.added_at for saved in state.library.liked()}
    return heard_versions(listed, of_list, context, imported, liked_at)


def read_verdict(
    state: State, recipe_id: str, playlist_id: str, trial: Trial, period: str
) -> Verdict:
    """What is known of the experiment of which `trial` is part. `period`, which is under way, does
    not count yet."""
    binding = state.playlists.binding(recipe_id)
    listed, variants = [], {}
    for made in binding.made if binding is not None else ():
        since = made.since or _moment(made.period)
        if since is None:
            continue
        ids = tuple(track_id_in(uri) or uri for uri in made.uris)
        listed.append(Listed(made.period, since, ids))
        part = made.trial
        if part is not None and part.experiment == trial.experiment and made.period != period:
            variants[made.period] = part.variant
    return judged(_heard(state, playlist_id, listed, state.plays.all()), variants)


def _moment(period: str) -> datetime | None:
    try:
        return datetime.fromisoformat(period)
    except ValueError:
        return None  # what stood there before Segue's first write


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
