"""A long list as it is kept: Liked Songs and the saved albums."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple, Protocol, TypeVar

from segue.music.track import Album, Track
from segue.playlists.library import Saved, SavedAlbum
from segued.spotify.answers import AlbumTracks, Page
from segued.spotify.client import SpotifyClient
from segued.store.library import LibraryStore
from segued.sync.tracks import put_tracks

PAGE = 50

Row = TypeVar("Row")


class Key(NamedTuple):
    """What makes a row this row: the same track liked anew is another."""

    id: str
    added_at: datetime


Slot = Key | None
"""A place of the list; None where the row cannot be read."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A list as it is kept. `hole` is how many rows were read when a pass was cut, else None.

    `gap_tries` is how often unreadable rows were asked for again in vain. `doubted` marks a
    page that was not believed: the same page is, when it comes again.
    """

    slots: tuple[Slot, ...] = ()
    hole: int | None = 0
    gap_tries: int = 0
    doubted: str | None = None


class SavedList(Protocol[Row]):
    """Where a list is asked for and kept."""

    def fetch(self, offset: int) -> Page[Row]:
        """A page of `PAGE` rows from an offset."""

    def expect(self, offsets: Iterable[int]) -> None:
        """Say which pages will be asked for next for certain, in this order."""

    def key(self, row: Row) -> Key:
        """What identifies a row."""

    def load(self) -> Kept:
        """The list as it was last saved."""

    def save(self, kept: Kept, rows: Mapping[Key, Row]) -> None:
        """Keep the list, and the rows that are new since the last save, for one write."""

    def flush(self) -> None:
        """Have everything that was saved on the disk."""


UNWRITTEN_SHARE = 0.1
"""What share of a list that is being read a kill may lose: the whole file is written each time, so
that writing it for every page of a long list would take longer than reading it."""

LikedRow = tuple[Saved, Track]
AlbumRow = tuple[SavedAlbum, tuple[Track, ...], AlbumTracks]


class _Saved:
    """What both have in common: when what was saved goes to the disk."""

    def __init__(self, client: SpotifyClient, library: LibraryStore) -> None:
        self._client = client
        self._library = library
        self._kept: Kept | None = None
        self._unwritten = 0

    def expect(self, offsets: Iterable[int]) -> None:
        """Nothing: who reads the list asks for pages ahead."""

    def flush(self) -> None:
        """Have everything that was saved on the disk."""
        if self._unwritten:
            self._library.commit()
            self._unwritten = 0

    def _saved(self, kept: Kept, cursor: str) -> None:
        """Take note of a save; its write may wait for more rows, a fixed share of all."""
        self._library.set_cursor(cursor, cursor_of(kept))
        self._kept = kept
        self._unwritten += PAGE
        if self._unwritten >= UNWRITTEN_SHARE * len(kept.slots):
            self.flush()


class LikedSongs(_Saved):
    """Liked Songs. A cursor keeps, in the same write, how far a first pass came."""

    cursor = "liked"

    def fetch(self, offset: int) -> Page[LikedRow]:
        """A page of Liked Songs."""
        return self._client.saved_tracks_page(offset, PAGE)

    def key(self, row: LikedRow) -> Key:
        """The track and when it was liked."""
        return Key(row[0].track_id, row[0].added_at)

    def load(self) -> Kept:
        """The likes as they were last saved."""
        rows = [Key(saved.track_id, saved.added_at) for saved in self._library.liked()]
        self._kept = kept_with(rows, self._library.cursor(self.cursor))
        return self._kept

    def save(self, kept: Kept, rows: Mapping[Key, LikedRow]) -> None:
        """Keep likes and tracks; nothing is written where nothing changed."""
        put = put_tracks(self._library, (track for _, track in rows.values()))
        if kept == self._kept and not put:
            return
        before = () if self._kept is None else self._kept.slots
        grown = kept.slots[: len(before)] == before
        changed = [slot for slot in kept.slots[len(before) if grown else 0 :] if slot is not None]
        liked = [Saved(slot.id, slot.added_at) for slot in changed]
        if grown:
            self._library.add_older_liked(liked)
        else:
            self._library.set_liked(liked)
        self._saved(kept, self.cursor)


class SavedAlbums(_Saved):
    """The saved albums, with their tracks; a long album's further tracks are asked for."""

    cursor = "albums"

    def fetch(self, offset: int) -> Page[AlbumRow]:
        """A page of saved albums, each with all its tracks where it is a new one."""
        page = self._client.saved_albums_page(offset, PAGE)
        known = {album.id: album for album in self._library.albums()}
        rows = tuple(None if row is None else self._whole(row, known) for row in page.rows)
        return replace(page, rows=rows)

    def key(self, row: AlbumRow) -> Key:
        """The album and when it was saved."""
        return Key(row[0].id, row[0].added_at)

    def load(self) -> Kept:
        """The albums as they were last saved."""
        rows = [Key(album.id, album.added_at) for album in self._library.albums()]
        self._kept = kept_with(rows, self._library.cursor(self.cursor))
        return self._kept

    def save(self, kept: Kept, rows: Mapping[Key, AlbumRow]) -> None:
        """Keep albums and tracks; nothing is written where nothing changed."""
        put = put_tracks(self._library, (track for row in rows.values() for track in row[1]))
        if kept == self._kept and not put:
            return
        albums = {Key(album.id, album.added_at): album for album in self._library.albums()}
        albums.update({key: row[0] for key, row in rows.items()})
        self._library.set_albums([albums[slot] for slot in kept.slots if slot in albums])
        self._saved(kept, self.cursor)

    def _whole(self, row: AlbumRow, known: Mapping[str, SavedAlbum]) -> AlbumRow:
        album, tracks, answer = row
        if answer.complete:
            return row
        if album.id in known and known[album.id].track_ids[: len(tracks)] == album.track_ids:
            return replace(known[album.id], added_at=album.added_at), tracks, answer
        on_album = next((track.album for track in tracks if track.album), None)
        on_album = on_album or Album(name=album.name, id=album.id)
        every: dict[str, Track] = {track.id: track for track in tracks}
        offset: int | None = answer.rows
        while offset is not None:
            page = self._client.album_tracks_page(on_album, offset)
            every.update({track.id: track for track in page.items})
            offset = page.next_offset
        return replace(album, track_ids=tuple(every)), tuple(every.values()), answer


def kept_with(rows: list[Key], cursor: Mapping[str, Any] | None) -> Kept:
    """The places of a list: its readable rows with the gaps a cursor knows of in between."""
    if cursor is None:
        return Kept(tuple(rows), 0)
    slots: list[Slot] = list(rows)
    for gap in cursor["gaps"]:
        slots.insert(gap, None)
    return Kept(tuple(slots), cursor["hole"], cursor["gap_tries"], cursor.get("doubted"))


def cursor_of(kept: Kept) -> dict[str, Any]:
    """What a cursor has to remember beside the rows themselves."""
    gaps = [index for index, slot in enumerate(kept.slots) if slot is None]
    doubted = {} if kept.doubted is None else {"doubted": kept.doubted}
    return {"hole": kept.hole, "gaps": gaps, "gap_tries": kept.gap_tries} | doubted
