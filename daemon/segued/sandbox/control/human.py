"""What a person does to the account by hand, in another app, while Segue is looking or not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from operator import attrgetter

from segued.sandbox.account.contents import local_uri
from segued.sandbox.account.listener import PlaylistRecord, PlayRecord, Row, moved
from segued.sandbox.account.world import World


class Human:
    """Hand edits. Each takes effect at once and whole; unknown ids raise KeyError."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.actions: Mapping[str, Callable[..., object]] = {
            name: getattr(self, name) for name in ACTIONS
        }

    def perform(self, description: Mapping[str, object]) -> object:
        """Do what is described as `{"action": name, …arguments}`. Raises ValueError."""
        arguments = dict(description)
        action = self.actions.get(str(arguments.pop("action", "")))
        if action is None:
            raise ValueError(f"action has to be one of: {', '.join(self.actions)}")
        try:
            return action(**arguments)
        except TypeError as wrong:
            raise ValueError(str(wrong)) from wrong
        except KeyError as unknown:
            raise ValueError(f"nothing has the id {unknown}") from unknown

    def create_playlist(self, name: str, uris: Sequence[str] = (), public: bool = True) -> str:
        """Make a playlist and give its id."""
        with self._world.lock:
            record = self._world.create_playlist(name, public=public)
            if uris:
                record.changed(self._rows(uris))
            return record.id

    def add(self, playlist_id: str, uris: Sequence[str], position: int | None = None) -> str:
        """Add rows, at the end unless a place is given."""
        with self._world.lock:
            record = self._playlist(playlist_id)
            place = len(record.rows) if position is None else position
            added = self._rows(uris)
            return record.changed((*record.rows[:place], *added, *record.rows[place:]))

    def remove(self, playlist_id: str, uris: Sequence[str]) -> str:
        """Remove every occurrence of these URIs."""
        with self._world.lock:
            record = self._playlist(playlist_id)
            return record.changed([row for row in record.rows if row.uri not in set(uris)])

    def replace(self, playlist_id: str, uris: Sequence[str]) -> str:
        """Put these rows in place of all."""
        with self._world.lock:
            return self._playlist(playlist_id).changed(self._rows(uris))

    def reorder(
        self, playlist_id: str, range_start: int, insert_before: int, range_length: int = 1
    ) -> str:
        """Move rows; both positions count before the move."""
        with self._world.lock:
            record = self._playlist(playlist_id)
            return record.changed(moved(record.rows, range_start, insert_before, range_length))

    def rename(self, playlist_id: str, name: str) -> str:
        """Give a playlist another name."""
        with self._world.lock:
            record = self._playlist(playlist_id)
            record.name = name
            return record.changed()

    def describe(self, playlist_id: str, description: str) -> str:
        """Give a playlist another description."""
        with self._world.lock:
            record = self._playlist(playlist_id)
            record.description = description
            return record.changed()

    def delete_playlist(self, playlist_id: str) -> None:
        """Delete a playlist: it leaves the list, but its address still answers."""
        with self._world.lock:
            self._world.account.listed.remove(playlist_id)

    def add_local_file(
        self, playlist_id: str, title: str, artist: str = "", album: str = "", seconds: int = 180
    ) -> str:
        """Add a file of one's own disk, which apps cannot add."""
        return self.add(playlist_id, [local_uri(artist, album, title, seconds)])

    def add_episode(self, playlist_id: str) -> str:
        """Add an episode of a podcast."""
        episode = next(iter(self._world.catalogue.episodes.values()))
        return self.add(playlist_id, [episode.uri])

    def like(self, track_id: str, at: datetime | None = None) -> None:
        """Save a track, now unless a time is given."""
        with self._world.lock:
            likes = self._world.account.likes
            likes.pop(self._world.catalogue.tracks[track_id].id, None)
            likes[track_id] = self._moment(at)
            newest_first = sorted(likes.items(), key=lambda item: item[1], reverse=True)
            likes.clear()
            likes.update(newest_first)

    def unlike(self, track_id: str) -> None:
        """Take a saved track back."""
        with self._world.lock:
            del self._world.account.likes[track_id]

    def save_album(self, album_id: str) -> None:
        """Save an album."""
        with self._world.lock:
            albums = self._world.account.albums
            albums.pop(self._world.catalogue.albums[album_id].id, None)
            older = dict(albums)
            albums.clear()
            albums.update({album_id: self._moment(None), **older})

    def unsave_album(self, album_id: str) -> None:
        """Take a saved album back."""
        with self._world.lock:
            del self._world.account.albums[album_id]

    def play(
        self,
        track_id: str,
        at: datetime | None = None,
        ms_played: int | None = None,
        context: str | None = None,
    ) -> PlayRecord:
        """Listen to a track: to its end, which is now, by default; `context` is the URI of what it
        is played from."""
        with self._world.lock:
            track = self._world.catalogue.tracks[track_id]
            heard = track.duration_ms if ms_played is None else ms_played
            skipped = heard < track.duration_ms // 2
            play = PlayRecord(track_id, self._moment(at), heard, skipped, context)
            self._world.extra_plays.append(play)
            self._world.extra_plays.sort(key=attrgetter("ended_at"))
            return play

    def kill(self, uri: str) -> None:
        """A track dies: a write that names it fails as a whole from now on."""
        with self._world.lock:
            self._world.dead_uris.add(uri)

    def revive(self, uri: str) -> None:
        """A dead track comes back."""
        with self._world.lock:
            self._world.dead_uris.discard(uri)

    def _playlist(self, playlist_id: str) -> PlaylistRecord:
        return self._world.account.playlists[playlist_id]

    def _rows(self, uris: Sequence[str]) -> tuple[Row, ...]:
        return self._world.rows_for(list(uris), self._world.settings.user_id)

    def _moment(self, at: datetime | str | None) -> datetime:
        """A moment given, or now; text is ISO 8601, a moment without a zone is refused."""
        if at is None:
            return self._world.clock.now().replace(microsecond=0) + timedelta(0)
        moment = datetime.fromisoformat(at) if isinstance(at, str) else at
        if moment.tzinfo is None:
            raise ValueError(f"{at} needs a time zone, for example 2026-11-01T12:00:00Z")
        return moment


ACTIONS = (
    "create_playlist",
    "add",
    "remove",
    "replace",
    "reorder",
    "rename",
    "describe",
    "delete_playlist",
    "add_local_file",
    "add_episode",
    "like",
    "unlike",
    "save_album",
    "unsave_album",
    "play",
    "kill",
    "revive",
)
"""The names by which hand edits are asked for from outside."""
