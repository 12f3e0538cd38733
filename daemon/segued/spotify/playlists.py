"""Reading playlists page by page as of one snapshot, and the only requests that change them."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from segue.errors import MalformedAnswerError, UnavailableError
from segue.playlists.library import Playlist, PlaylistEntry, PlaylistSummary
from segued.spotify import parsing
from segued.spotify.answers import Page, PlaylistListing, Regime
from segued.spotify.calls import Caller
from segued.web.judging import Document, document, text

PAGE = 50
ATTEMPTS = 3
"""How often a playlist that is edited while it is read is read again."""

LISTINGS = 2
"""How often the list of playlists is read when rows are missing or it changes meanwhile."""

ONE = "GET /playlists/{id}"
ITEMS = "GET /playlists/{id}/items"
COVER = "PUT /playlists/{id}/images"
_KINDS = ("track", "episode")

RowPage = Page[PlaylistEntry]


@dataclass(frozen=True, slots=True)
class PlaylistStart:
    """A playlist's summary and, where the same answer held them, its first rows."""

    summary: PlaylistSummary
    first: RowPage | None


class PlaylistReader:
    """The reading half of what one does with a playlist."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.regime: Regime | None = None
        """Which regime the list of playlists was answered under."""

    def listing(self) -> PlaylistListing:
        """Every playlist the account lists, followed ones too, and whether that is all of them.

        A list with rows that cannot be read, or that is edited while it is read, is read again.
        """
        for _ in range(LISTINGS - 1):
            listing = self._listing()
            if listing.complete:
                return listing
        return self._listing()

    def _listing(self) -> PlaylistListing:
        found: dict[str, PlaylistSummary] = {}
        totals: set[int | None] = set()
        whole, offset, rows = True, 0, 0
        while True:
            page = self._listed(offset)
            totals.add(page.total)
            rows += len(page.rows)
            for row in page.rows:
                self.regime = parsing.regime_of(row) or self.regime
                summary = parsing.summary(row)
                if summary is None:
                    whole = False
                else:
                    found[summary.id] = summary
            if page.next_offset is None:
                whole = whole and (totals == {rows} or totals == {None})
                return PlaylistListing(tuple(found.values()), whole)
            offset = page.next_offset

    def _listed(self, offset: int) -> Page[object]:
        return self._caller.page(
            "GET /me/playlists",
            lambda: self._caller.spotify.current_user_playlists(limit=PAGE, offset=offset),
            lambda row: row,
            offset=offset,
            limit=PAGE,
        )

    def start(self, playlist_id: str) -> PlaylistStart:
        """The summary and the first rows; a playlist of others comes without rows."""
        answer = self._one(playlist_id)
        rows = parsing.first_rows(answer)
        first = None
        if rows is not None:
            first = parsing.page(rows, ONE, parsing.entry, offset=0, limit=2 * PAGE)
        return PlaylistStart(self._summary(playlist_id, answer), first)

    def page(self, playlist_id: str, offset: int) -> RowPage:
        """A page of rows. No row is None: one that cannot be read is of kind "unknown".

        Raises ForbiddenError where the playlist is not the user's to read.
        """
        return self._caller.page(
            ITEMS,
            lambda: self._caller.spotify.playlist_items(
                playlist_id, limit=PAGE, offset=offset, additional_types=_KINDS
            ),
            parsing.entry,
            offset=offset,
            limit=PAGE,
        )

    def whole(self, playlist_id: str) -> Playlist:
        """Every row in order, as of one snapshot.

        The playlist is read again when it is edited meanwhile; `complete` is False when Spotify
        gave fewer rows than it says there are. Raises ForbiddenError or NotFoundError where it
        cannot be read, and UnavailableError where it does not hold still.
        """
        for _ in range(ATTEMPTS):
            start = self.start(playlist_id)
            entries = list(start.first.items) if start.first else []
            offset = start.first.next_offset if start.first else 0
            total = start.first.total if start.first else None
            if offset is None:  # one answer is of one version
                return finished(start.summary, entries, total)
            while offset is not None:
                page = self.page(playlist_id, offset)
                entries += page.items
                offset, total = page.next_offset, page.total
            if (
                self._summary(playlist_id, self._one(playlist_id)).snapshot_id
                == start.summary.snapshot_id
            ):
                return finished(start.summary, entries, total)
        raise UnavailableError(
            f"The playlist {start.summary.name!r} was edited each of the {ATTEMPTS} times it was "
            "read; nothing was changed. Try again when nobody is editing it."
        )

    def _one(self, playlist_id: str) -> Document:
        answer = self._caller.read(
            ONE,
            lambda: self._caller.spotify.playlist(playlist_id, additional_types=_KINDS),
        )
        return parsing.expect_object(answer, ONE)

    def _summary(self, playlist_id: str, answer: Document) -> PlaylistSummary:
        summary = parsing.summary(answer)
        if summary is None:
            raise MalformedAnswerError(f"Spotify's answer to {ONE} is no playlist: it has no id.")
        if summary.id != playlist_id:
            raise MalformedAnswerError(
                f"Spotify answered {ONE} for the playlist {playlist_id} with another one "
                f"({summary.id}); nothing of it was used. The next run asks again."
            )
        return summary


def finished(
    summary: PlaylistSummary, entries: list[PlaylistEntry], total: int | None = None
) -> Playlist:
    """A playlist of these rows: complete when there are as many as Spotify says there should be.

    `total` is the pages' count, used where the summary has none. A row that is null keeps its
    place as an entry of kind "unknown".
    """
    if summary.total is not None:
        total = summary.total
    elif total is None:
        total = len(entries)
    return Playlist(
        summary=replace(summary, total=total),
        entries=tuple(entries),
        complete=len(entries) == total,
    )


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

    def put_cover(self, playlist_id: str, jpeg: bytes) -> None:
        """Replace a playlist's cover by a JPEG of at most 190 kB."""
        payload = base64.b64encode(jpeg).decode()
        self._caller.write(
            COVER,
            lambda: self._caller.spotify.playlist_upload_cover_image(playlist_id, payload),
        )

    def save_tracks(self, uris: Sequence[str]) -> None:
        """Like these (40 at most); those that are liked stay as they are."""
        self._caller.write(
            "PUT /me/library",
            lambda: self._caller.spotify.current_user_saved_tracks_add(list(uris)),
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
