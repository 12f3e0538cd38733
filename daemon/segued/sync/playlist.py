"""Reading one playlist so that a cut loses no page: rows are kept aside until all are there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from segue.errors import MalformedAnswerError
from segue.playlists.library import Playlist, PlaylistEntry, PlaylistSummary
from segued.spotify.client import SpotifyClient
from segued.spotify.playlist_reading import RowPage, finished
from segued.store.documents import decode, encode
from segued.store.state import State
from segued.sync.tracks import put_tracks

READING = "playlist being read"


class PlaylistKeeper:
    """Reads playlists into the store. A long one that was cut goes on at its next page."""

    def __init__(self, client: SpotifyClient, state: State) -> None:
        self._client = client
        self._state = state

    def is_current(self, summary: PlaylistSummary) -> bool:
        """Whether the stored rows are of this version; a new name or picture is taken over."""
        stored = self._state.playlists.playlist(summary.id)
        if stored is None or not stored.complete or not summary.snapshot_id:
            return False
        if stored.summary.snapshot_id != summary.snapshot_id:
            return False
        renamed = replace(summary, total=stored.summary.total)
        if renamed != stored.summary:
            self._state.playlists.put_playlist(replace(stored, summary=renamed))
        return True

    def read(self, summary: PlaylistSummary) -> Playlist:
        """Read a playlist whole and store it, on disk when this returns.

        The rows of a version that changes while it is read are stored under the version the
        reading began with, so that the next sync reads it again.

        Raises what the client raises, and MalformedAnswerError where rows are missing: what was
        stored of the playlist then stays.
        """
        cut = self._state.library.cursor(READING)
        if cut and _same(cut, summary):
            rows, offset = list(cut["rows"]), int(cut["offset"])
            entries = [self._entry(row, summary.id) for row in rows]
        else:
            start = self._client.start_playlist(summary.id)
            summary, rows, entries = start.summary, [], []
            offset = 0
            if start.first is not None:
                entries = list(start.first.items)
                if start.first.next_offset is None:
                    return self._store(summary, entries)
                offset = start.first.next_offset
                self._put_aside(summary, rows, start.first, offset)
        while True:
            page = self._client.playlist_page(summary.id, offset)
            entries += page.items
            if page.next_offset is None:
                return self._store(summary, entries)
            offset = page.next_offset
            self._put_aside(summary, rows, page, offset)

    def _put_aside(
        self, summary: PlaylistSummary, rows: list[dict[str, Any]], page: RowPage, offset: int
    ) -> None:
        """Keep a page and where to go on, in one write."""
        library = self._state.library
        put_tracks(library, (entry.track for entry in page.items if entry.track))
        rows += [
            encode(replace(entry, track=None)) | {"track_id": entry.track and entry.track.id}
            for entry in page.items
        ]
        cursor = {
            "playlist_id": summary.id,
            "snapshot_id": summary.snapshot_id,
            "rows": rows,
            "offset": offset,
        }
        library.set_cursor(READING, cursor)
        library.commit()

    def _store(self, summary: PlaylistSummary, entries: list[PlaylistEntry]) -> Playlist:
        playlist = finished(summary, entries)
        if not playlist.complete:
            self._state.library.set_cursor(READING, None)
            raise MalformedAnswerError(
                f"Spotify says the playlist {summary.name!r} has {summary.total} rows and gave "
                f"{len(entries)}. What was read of it before is kept; the next sync tries again."
            )
        library = self._state.library
        put_tracks(library, (entry.track for entry in entries if entry.track))
        library.commit()
        self._state.playlists.put_playlist(playlist)
        self._state.playlists.commit()
        if library.cursor(READING) is not None:
            library.set_cursor(READING, None)
            library.commit()
        return playlist

    def _entry(self, row: dict[str, Any], playlist_id: str) -> PlaylistEntry:
        document = {key: value for key, value in row.items() if key != "track_id"}
        place = self._state.folder / "library.json"
        entry = decode(PlaylistEntry, document, place, f"row of {playlist_id}")
        track_id = row["track_id"]
        return replace(entry, track=self._state.library.track(track_id) if track_id else None)


def _same(cut: dict[str, Any], summary: PlaylistSummary) -> bool:
    return bool(
        cut["playlist_id"] == summary.id
        and cut["snapshot_id"] == summary.snapshot_id
        and summary.snapshot_id
    )
