"""The Spotify Web API as Segue uses it: our values in, our values out.

Only routes that a Development Mode app still has are called. No address an answer contains is
ever followed: pages are asked for by offset against the configured base.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from segue.errors import NotFoundError, UnavailableError
from segue.music.track import Album, Track
from segue.playlists.library import Play, Playlist, PlaylistSummary, Saved, SavedAlbum, TopRange
from segued.config.schema import SpotifySection
from segued.spotify import parsing
from segued.spotify.budget import Budget
from segued.spotify.calls import Caller
from segued.spotify.json_values import document, text
from segued.spotify.playlist_reading import PlaylistReader, PlaylistStart, RowPage
from segued.spotify.tokens import TokenSource
from segued.spotify.values import AlbumTracks, Page, PlaylistListing, Regime, User
from segued.store.auth import AuthStore
from segued.store.budget import BudgetStore

PAGE = 50
MOST_URIS = 100
COVER_BYTES = 256 * 1024
LISTINGS = 2
"""How often the list of playlists is read when rows are missing or it changes meanwhile."""
_RANGES: Mapping[TopRange, str] = {
    "short": "short_term",
    "medium": "medium_term",
    "long": "long_term",
}


def utc_now() -> datetime:
    """The time of day, aware and in UTC."""
    return datetime.now(UTC)


class SpotifyClient:
    """One account, through one app. Every method raises errors of `segue.errors` only."""

    def __init__(
        self,
        settings: SpotifySection,
        auth: AuthStore,
        budget: BudgetStore,
        *,
        clock: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._budget = Budget(budget, clock)
        self._caller = Caller(
            settings.api_url,
            TokenSource(settings, auth, clock),
            self._budget,
            timeout_seconds=settings.timeout_seconds,
            clock=clock,
            sleep=sleep,
        )
        self._spotify = self._caller.spotify
        self._playlists = PlaylistReader(self._caller)
        self.regime: Regime | None = None

    @property
    def requests(self) -> Mapping[str, int]:
        """The requests this client made, by endpoint template."""
        return self._budget.made

    def close(self) -> None:
        """Close the connections."""
        self._caller.close()

    def me(self) -> User:
        """Whose account this is."""
        return parsing.user(self._caller.read("GET /me", self._spotify.me))

    def saved_tracks_page(self, offset: int, limit: int = PAGE) -> Page[tuple[Saved, Track]]:
        """A page of Liked Songs, newest first."""
        endpoint = "GET /me/tracks"
        answer = self._caller.read(
            endpoint, lambda: self._spotify.current_user_saved_tracks(limit=limit, offset=offset)
        )
        return parsing.page(answer, endpoint, parsing.saved_track, offset=offset, limit=limit)

    def saved_albums_page(
        self, offset: int, limit: int = PAGE
    ) -> Page[tuple[SavedAlbum, tuple[Track, ...], AlbumTracks]]:
        """A page of the saved albums, newest first, each with the tracks its row tells of."""
        endpoint = "GET /me/albums"
        answer = self._caller.read(
            endpoint, lambda: self._spotify.current_user_saved_albums(limit=limit, offset=offset)
        )
        return parsing.page(answer, endpoint, parsing.saved_album, offset=offset, limit=limit)

    def album_tracks_page(self, album: Album, offset: int, limit: int = PAGE) -> Page[Track]:
        """A page of an album's tracks in its order."""
        endpoint = "GET /albums/{id}/tracks"
        answer = self._caller.read(
            endpoint, lambda: self._spotify.album_tracks(album.id, limit=limit, offset=offset)
        )
        return parsing.page(
            answer, endpoint, lambda row: parsing.track(row, album), offset=offset, limit=limit
        )

    def my_playlists(self) -> tuple[PlaylistSummary, ...]:
        """Every playlist of the user that the account lists, followed ones too."""
        return self.list_playlists().summaries

    def list_playlists(self) -> PlaylistListing:
        """Every playlist of the user, and whether the list is known to be whole.

        A list with rows that cannot be read, or that is edited while it is read, is read again.
        """
        for _ in range(LISTINGS - 1):
            listing = self._list_playlists()
            if listing.complete:
                return listing
        return self._list_playlists()

    def _list_playlists(self) -> PlaylistListing:
        found: dict[str, PlaylistSummary] = {}
        totals: set[int | None] = set()
        whole, offset = True, 0
        while True:
            page = self._listed(offset)
            totals.add(page.total)
            for row in page.rows:
                self.regime = parsing.regime_of(row) or self.regime
                summary = parsing.summary(row)
                if summary is None:
                    whole = False
                else:
                    found[summary.id] = summary
            if page.next_offset is None:
                return PlaylistListing(tuple(found.values()), whole and len(totals) == 1)
            offset = page.next_offset

    def _listed(self, offset: int) -> Page[object]:
        endpoint = "GET /me/playlists"
        answer = self._caller.read(
            endpoint, lambda: self._spotify.current_user_playlists(limit=PAGE, offset=offset)
        )
        return parsing.page(answer, endpoint, lambda row: row, offset=offset, limit=PAGE)

    def top_tracks(self, time_range: TopRange) -> tuple[Track, ...]:
        """The 50 top tracks of a range, best first."""
        endpoint = "GET /me/top/tracks"
        answer = self._caller.read(
            endpoint,
            lambda: self._spotify.current_user_top_tracks(
                limit=PAGE, time_range=_RANGES[time_range]
            ),
        )
        return parsing.page(answer, endpoint, parsing.track, offset=0, limit=PAGE).items

    def recently_played(self, after_ms: int | None = None) -> tuple[tuple[Play, Track], ...]:
        """The last plays, 50 at most, newest first; `after_ms` (Unix, exclusive) leaves out older.

        A device that was offline reports late: plays with an earlier time may appear afterwards.
        """
        endpoint = "GET /me/player/recently-played"
        answer = self._caller.read(
            endpoint, lambda: self._spotify.current_user_recently_played(limit=PAGE, after=after_ms)
        )
        return parsing.page(answer, endpoint, parsing.play, offset=0, limit=PAGE).items

    def track(self, track_id: str) -> Track:
        """One track by id; NotFoundError where there is none."""
        endpoint = "GET /tracks/{id}"
        answer = self._caller.read(endpoint, lambda: self._spotify.track(track_id))
        found = parsing.track(parsing.expect_object(answer, endpoint))
        if found is None:
            raise NotFoundError(f"Spotify has no track with the id {track_id}.", status=404)
        return found

    def audio_features(self, track_ids: Sequence[str]) -> object:
        """The old endpoint's answer for at most 100 tracks; ForbiddenError for most apps."""
        ids = list(track_ids)
        return self._caller.read("GET /audio-features", lambda: self._spotify.audio_features(ids))

    def start_playlist(self, playlist_id: str) -> PlaylistStart:
        """A playlist's summary with its first rows, told in one answer where it tells rows."""
        return self._playlists.start(playlist_id)

    def playlist_page(self, playlist_id: str, offset: int) -> RowPage:
        """A page of a playlist's rows; ForbiddenError where it is not the user's to read."""
        return self._playlists.page(playlist_id, offset)

    def read_playlist(self, playlist_id: str) -> Playlist:
        """A playlist whole and in order, as of one snapshot.

        It is read again when it is edited meanwhile; `complete` is False when rows could not be
        understood. Raises ForbiddenError or NotFoundError where it cannot be read, and
        UnavailableError where it does not hold still.
        """
        return self._playlists.whole(playlist_id)

    def create_playlist(self, name: str, *, public: bool, description: str) -> PlaylistSummary:
        """Create a playlist. UnavailableError is ambiguous: look for it before trying again."""
        answer = self._caller.write(
            "POST /me/playlists",
            lambda: self._spotify.current_user_playlist_create(
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
            lambda: self._spotify.playlist_replace_items(playlist_id, uris),
        )

    def add_items(self, playlist_id: str, uris: Sequence[str], position: int | None = None) -> str:
        """Add these (100 at most) at a position, else at the end; the new snapshot id."""
        uris = _few(uris)
        return self._snapshot(
            "POST /playlists/{id}/items",
            lambda: self._spotify.playlist_add_items(playlist_id, uris, position),
        )

    def remove_items(
        self, playlist_id: str, uris: Sequence[str], snapshot_id: str | None = None
    ) -> str:
        """Remove every occurrence of these (100 at most); the new snapshot id."""
        uris = _few(uris)
        return self._snapshot(
            "DELETE /playlists/{id}/items",
            lambda: self._spotify.playlist_remove_all_occurrences_of_items(
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
            lambda: self._spotify.playlist_reorder_items(
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
            lambda: self._spotify.playlist_change_details(
                playlist_id, name=name, public=public, description=description
            ),
        )

    def upload_cover(self, playlist_id: str, jpeg: bytes) -> None:
        """Set a playlist's picture: a JPEG, 256 KiB at most in base64 (ValueError if larger)."""
        encoded = base64.b64encode(jpeg)
        if len(encoded) > COVER_BYTES:
            raise ValueError(f"a cover of {len(encoded)} bytes in base64 exceeds {COVER_BYTES}")
        self._caller.write(
            "PUT /playlists/{id}/images",
            lambda: self._spotify.playlist_upload_cover_image(playlist_id, encoded.decode()),
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
