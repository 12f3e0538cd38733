"""What a refresh asks of a Spotify client."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from segue.playlists.library import Playlist, PlaylistSummary
from segued.spotify.playlists.reading import PlaylistStart
from segued.spotify.values import PlaylistListing


class PlaylistClient(Protocol):
    """The part of `segued.spotify.client.SpotifyClient` that reads and changes playlists.

    A write that raises UnavailableError may have happened.
    """

    def list_playlists(self) -> PlaylistListing: ...

    def read_playlist(self, playlist_id: str) -> Playlist: ...

    def start_playlist(self, playlist_id: str) -> PlaylistStart: ...

    def check_available(self, endpoints: Collection[str]) -> None: ...

    def pause(self, seconds: float) -> None: ...

    def create_playlist(self, name: str, *, public: bool, description: str) -> PlaylistSummary: ...

    def replace_items(self, playlist_id: str, uris: Sequence[str]) -> str: ...

    def add_items(
        self, playlist_id: str, uris: Sequence[str], position: int | None = None
    ) -> str: ...

    def remove_items(
        self, playlist_id: str, uris: Sequence[str], snapshot_id: str | None = None
    ) -> str: ...

    def reorder_items(
        self,
        playlist_id: str,
        range_start: int,
        insert_before: int,
        range_length: int = 1,
        snapshot_id: str | None = None,
    ) -> str: ...

    def change_details(
        self,
        playlist_id: str,
        *,
        name: str | None = None,
        description: str | None = None,
        public: bool | None = None,
    ) -> None: ...
