"""Words for URIs: the titles of tracks that Segue has stored."""

from __future__ import annotations

from collections.abc import Callable

from segue.spotify_ids import track_id_in
from segued.store.state import State


def titles_of(state: State, playlist_id: str | None = None) -> Callable[[str], str]:
    """A function from a URI to "Title, Artist", by the library and, if given, a playlist's rows.

    A URI nothing is known of stands for itself.
    """
    playlist = state.playlists.playlist(playlist_id) if playlist_id else None
    rows = {entry.uri: entry for entry in playlist.entries} if playlist else {}

    def title(uri: str) -> str:
        track_id = track_id_in(uri)
        row = rows.get(uri)
        track = row.track if row else None
        if track is None and track_id is not None:
            track = state.library.track(track_id)
        if track is not None:
            return f"{track.title}, {track.artist_line}"
        return row.title if row and row.title else uri

    return title
