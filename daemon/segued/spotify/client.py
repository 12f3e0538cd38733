"""The Spotify Web API as Segue uses it: our values in, our values out.

Only routes that a Development Mode app still has are called. No address an answer contains is
ever followed: pages are asked for by offset against the configured base.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar

from segue.errors import MalformedAnswerError, NotFoundError
from segue.music.track import Album, Artist, Track
from segue.playlists.library import Play, Release, Saved, SavedAlbum
from segue.recipe.sources import TopRange
from segued.config.sections import SpotifySection
from segued.spotify import parsing
from segued.spotify.answers import AlbumTracks, Page, Regime, User
from segued.spotify.calls import Caller, TokenSource
from segued.spotify.playlists import PlaylistReader, PlaylistWriter
from segued.store.access import AuthStore, BudgetStore
from segued.web.service import Budget

log = logging.getLogger(__name__)

PAGE = 50
FOUND = 10
"""How many rows a search or a page of releases has: an app in Development Mode gets no more."""
Row = TypeVar("Row")
_RANGES: Mapping[TopRange, str] = {
    "short": "short_term",
    "medium": "medium_term",
    "long": "long_term",
}


def utc_now() -> datetime:
    """The time of day, aware and in UTC."""
    return datetime.now(UTC)


class SpotifyClient:
    """One account, through one app. Every method raises errors of `segue.errors` only.

    What one does with a playlist is in `playlists/`: a reader and a writer, whose methods are the
    client's own.
    """

    def __init__(
        self,
        settings: SpotifySection,
        auth: AuthStore,
        budget: BudgetStore,
        *,
        clock: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._sleep = sleep
        self._caller = Caller(
            settings.api_url,
            TokenSource(settings, auth, clock),
            budget,
            timeout_seconds=settings.timeout_seconds,
            clock=clock,
            sleep=sleep,
        )
        self._spotify = self._caller.spotify
        reader, writer = PlaylistReader(self._caller), PlaylistWriter(self._caller)
        self._reader = reader
        self.start_playlist = reader.start
        self.playlist_page = reader.page
        self.read_playlist = reader.whole
        self.list_playlists = reader.listing
        self.create_playlist = writer.create_playlist
        self.replace_items = writer.replace_items
        self.add_items = writer.add_items
        self.remove_items = writer.remove_items
        self.reorder_items = writer.reorder_items
        self.change_details = writer.change_details
        self.put_cover = writer.put_cover
        self.save_tracks = writer.save_tracks

    @property
    def regime(self) -> Regime | None:
        """Which regime the list of playlists was answered under; None before it was read."""
        return self._reader.regime

    @property
    def requests(self) -> Mapping[str, int]:
        """The requests this client made, by endpoint template."""
        return self._caller.budget.made

    @property
    def budget(self) -> Budget:
        """What was asked of Spotify, and what may be asked now."""
        return self._caller.budget

    @property
    def first_pages(self) -> Mapping[str, str]:
        """Digests of the first pages that were read, by endpoint, each as it was read last."""
        return dict(self._caller.first_pages)

    @property
    def clock_ahead(self) -> timedelta:
        """How far this machine's clock is ahead of Spotify's (negative: behind), as last seen."""
        return self._caller.clock_ahead

    @property
    def odd_rows(self) -> int:
        """How many rows so far had values that could not be read and were left out."""
        return self._caller.odd_rows

    def refused_until(self, endpoints: Iterable[str]) -> datetime | None:
        """When all of these endpoints ("POST /playlists/{id}/items") may be asked again; None
        where they may be asked now."""
        return self._caller.budget.refused_until(endpoints)

    def check_available(self, endpoints: Iterable[str]) -> None:
        """Raise QuotaExceededError or RateLimitedError while any of these is refused, before
        anything is sent."""
        self._caller.budget.check(endpoints)

    def pause(self, seconds: float) -> None:
        """Wait between two looks at the same thing."""
        self._sleep(seconds)

    def close(self) -> None:
        """Close the connections, and say once what could not be read."""
        if self.odd_rows:
            log.warning(
                "%d rows of Spotify's answers had values that cannot be right (a time, a number, "
                "a text); these values were left out",
                self.odd_rows,
            )
            self._caller.odd_rows = 0
        self._caller.close()

    def me(self) -> User:
        """Whose account this is."""
        return parsing.user(self._caller.read("GET /me", self._spotify.me))

    def saved_tracks_page(self, offset: int, limit: int = PAGE) -> Page[tuple[Saved, Track]]:
        """A page of Liked Songs, newest first."""
        asked = self._spotify.current_user_saved_tracks
        return self._page("GET /me/tracks", asked, parsing.saved_track, offset, limit)

    def saved_albums_page(
        self, offset: int, limit: int = PAGE
    ) -> Page[tuple[SavedAlbum, tuple[Track, ...], AlbumTracks]]:
        """A page of the saved albums, newest first, each with the tracks its row tells of."""
        asked = self._spotify.current_user_saved_albums
        return self._page("GET /me/albums", asked, parsing.saved_album, offset, limit)

    def album_tracks_page(self, album: Album, offset: int, limit: int = PAGE) -> Page[Track]:
        """A page of an album's tracks in its order."""
        asked = partial(self._spotify.album_tracks, album.id)
        read = partial(parsing.track, on_album=album)
        return self._page("GET /albums/{id}/tracks", asked, read, offset, limit)

    def album(self, album_id: str) -> tuple[Release, tuple[Track, ...], int | None]:
        """One album by id with its first tracks, and from which row on the rest is, if any.

        NotFoundError where there is none.
        """
        endpoint = "GET /albums/{id}"
        answer = parsing.expect_object(
            self._caller.read(endpoint, lambda: self._spotify.album(album_id)), endpoint
        )
        found = parsing.release(answer)
        if found is None or found.id != album_id:
            raise MalformedAnswerError(
                f"Spotify answered {endpoint} for the album {album_id} with another one; nothing "
                "of it was used. The next run asks again."
            )
        rows = parsing.first_rows(answer) or {"items": [], "next": "more"}
        read = partial(parsing.track, on_album=parsing.album(answer))
        page = parsing.page(rows, endpoint, read, offset=0, limit=PAGE)
        return found, page.items, page.next_offset

    def artist_releases_page(self, artist_id: str, offset: int) -> Page[Release]:
        """A page of the albums and singles of an artist."""
        asked = partial(self._spotify.artist_albums, artist_id, include_groups="album,single")
        return self._page("GET /artists/{id}/albums", asked, parsing.release, offset, FOUND)

    def followed_artists(self, after: str | None) -> tuple[tuple[Artist, ...], str | None]:
        """Fifty of the artists the user follows, and the id to ask for the next ones with."""
        endpoint = "GET /me/following"
        answer = parsing.expect_object(
            self._caller.read(
                endpoint,
                lambda: self._spotify.current_user_followed_artists(limit=PAGE, after=after),
            ),
            endpoint,
        )
        listed = parsing.expect_object(answer.get("artists"), endpoint)
        page = parsing.page(listed, endpoint, parsing.artist, offset=0, limit=PAGE)
        last = page.items[-1].id if page.items and listed.get("next") else None
        return page.items, last

    def top_artists(self, time_range: TopRange) -> tuple[Artist, ...]:
        """The 50 top artists of a range, best first."""
        asked = partial(self._spotify.current_user_top_artists, time_range=_RANGES[time_range])
        return self._page("GET /me/top/artists", asked, parsing.artist).items

    def top_tracks(self, time_range: TopRange) -> tuple[Track, ...]:
        """The 50 top tracks of a range, best first."""
        asked = partial(self._spotify.current_user_top_tracks, time_range=_RANGES[time_range])
        return self._page("GET /me/top/tracks", asked, parsing.track).items

    def recently_played(self, after_ms: int | None = None) -> tuple[tuple[Play, Track], ...]:
        """The last plays, 50 at most, newest first; `after_ms` (Unix, exclusive) leaves out older.

        A device that was offline reports late: plays with an earlier time may appear afterwards.
        """
        return self._caller.page(
            "GET /me/player/recently-played",
            lambda: self._spotify.current_user_recently_played(limit=PAGE, after=after_ms),
            parsing.play,
            offset=0,
            limit=PAGE,
        ).items

    def track(self, track_id: str) -> Track:
        """One track by id; NotFoundError where there is none."""
        endpoint = "GET /tracks/{id}"
        answer = self._caller.read(endpoint, lambda: self._spotify.track(track_id))
        found = parsing.track(parsing.expect_object(answer, endpoint))
        if found is None:
            raise NotFoundError(f"Spotify has no track with the id {track_id}.", status=404)
        if found.id != track_id:
            raise MalformedAnswerError(
                f"Spotify answered {endpoint} for the track {track_id} with another one "
                f"({found.id}); nothing of it was used. The next run asks again."
            )
        return found

    def search_tracks(self, words: str, offset: int = 0) -> tuple[Track, ...]:
        """Ten of the tracks that Spotify's search finds for these words."""
        return self._search(words, "track", parsing.track, offset)

    def search_artists(self, words: str) -> tuple[Artist, ...]:
        """The first artists that Spotify's search finds for these words."""
        return self._search(words, "artist", parsing.artist)

    def _page(
        self,
        endpoint: str,
        asked: Callable[..., object],
        read: Callable[[object], Row | None],
        offset: int = 0,
        limit: int = PAGE,
    ) -> Page[Row]:
        """A page of a list that is asked for by `offset` and `limit`."""
        send = partial(asked, limit=limit, offset=offset)
        return self._caller.page(endpoint, send, read, offset=offset, limit=limit)

    def _search(
        self, words: str, kind: str, read: Callable[[object], Row | None], offset: int = 0
    ) -> tuple[Row, ...]:
        endpoint = "GET /search"
        answer = parsing.expect_object(
            self._caller.read(endpoint, lambda: self._spotify.search(words, FOUND, offset, kind)),
            endpoint,
        )
        page = parsing.expect_object(answer.get(f"{kind}s"), endpoint)
        return parsing.page(page, endpoint, read, offset=offset, limit=FOUND).items

    def audio_features(self, track_ids: Sequence[str]) -> object:
        """The old endpoint's answer for at most 100 tracks; ForbiddenError for most apps."""
        ids = list(track_ids)
        return self._caller.read("GET /audio-features", lambda: self._spotify.audio_features(ids))
