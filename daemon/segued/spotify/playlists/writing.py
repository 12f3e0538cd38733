"""Changing playlists: the only requests of Segue that change an account."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from segue.errors import UnavailableError
from segue.playlists.library import PlaylistSummary
from segued.spotify import parsing
from segued.spotify.calls import Caller
from segued.web.values import document, text

MOST_URIS = 100


class PlaylistWriter:
    """The writing half of a client. Each write is sent once: UnavailableError is ambiguous, and
    whoever asked has to read back what happened."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def create_playlist(self, name: str, *, public: bool, description: str) -> PlaylistSummary:
        """Create a playlist. UnavailableError is ambiguous: look for it before trying again."""
        answer = self._caller.write(
            "POST /me/playlists",
            lambda: self._caller.spotify.current_user_playlist_create(
                name, public=public, description=description
            ),
        )
        made = parsing.summary(answer)
        if made is None:
            raise UnavailableError("Spotify did not say which playlist POST /me/playlists made.")
        return made

    def replace_items(self, playlist_id: str, uris: Sequence[str]) -> str:
        """Make these (100 at most) all of a playlist; the new snapshot id."""
        uris = _few(uris)
        return self._snapshot(
            "PUT /playlists/{id}/items",
            lambda: self._caller.spotify.playlist_replace_items(playlist_id, uris),
        )

    def add_items(self, playlist_id: str, uris: Sequence[str], position: int | None = None) -> str:
        """Add these (100 at most) at a position, else at the end; the new snapshot id."""
        body: dict[str, object] = {"uris": _few(uris)}
        if position is not None:
            body["position"] = position
        # As documented: spotipy's own method sends the bare list.
        spotify = self._caller.spotify

        def send() -> object:
            # spotipy's own method sends a bare array, which the documentation does not know.
            path = f"playlists/{spotify._get_id('playlist', playlist_id)}/items"  # noqa: SLF001
            answer: object = spotify._post(path, payload=body)  # noqa: SLF001
            return answer

        return self._snapshot("POST /playlists/{id}/items", send)

    def remove_items(
        self, playlist_id: str, uris: Sequence[str], snapshot_id: str | None = None
    ) -> str:
        """Remove every occurrence of these (100 at most); the new snapshot id."""
        uris = _few(uris)
        return self._snapshot(
            "DELETE /playlists/{id}/items",
            lambda: self._caller.spotify.playlist_remove_all_occurrences_of_items(
                playlist_id, uris, snapshot_id
            ),
        )

    def reorder_items(
        self,
        playlist_id: str,
        range_start: int,
        insert_before: int,
        range_length: int = 1,
        snapshot_id: str | None = None,
    ) -> str:
        """Move `range_length` rows from `range_start` before a row; the new snapshot id."""
        return self._snapshot(
            "PUT /playlists/{id}/items",
            lambda: self._caller.spotify.playlist_reorder_items(
                playlist_id, range_start, insert_before, range_length, snapshot_id
            ),
        )

    def change_details(
        self,
        playlist_id: str,
        *,
        name: str | None = None,
        description: str | None = None,
        public: bool | None = None,
    ) -> None:
        """Change a playlist's name, description or visibility; None leaves one as it is."""
        self._caller.write(
            "PUT /playlists/{id}",
            lambda: self._caller.spotify.playlist_change_details(
                playlist_id, name=name, public=public, description=description
            ),
        )

    def _snapshot(self, endpoint: str, send: Callable[[], object]) -> str:
        snapshot_id = text(document(self._caller.write(endpoint, send)).get("snapshot_id"))
        if not snapshot_id:
            raise UnavailableError(
                f"Spotify took {endpoint} without saying which version that made; "
                "the playlist is read back."
            )
        return snapshot_id


def _few(uris: Sequence[str]) -> list[str]:
    if len(uris) > MOST_URIS:
        raise ValueError(f"{len(uris)} items in one request; Spotify takes {MOST_URIS}")
    return list(uris)
