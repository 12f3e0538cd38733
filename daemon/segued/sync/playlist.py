"""Reading one playlist so that a cut loses no page and no wrong answer is kept."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

from segue.playlists.library import Playlist, PlaylistEntry, PlaylistSummary
from segued.spotify.client import SpotifyClient
from segued.spotify.playlists import PAGE, PlaylistStart, RowPage, finished
from segued.store.files.format import decode, encode
from segued.store.state import State
from segued.sync.saved import UNWRITTEN_SHARE
from segued.sync.tracks import Unread, doubt, judge, put_tracks, rows_digest, unread_error
from segued.web.source import Ahead

Start = Callable[[], PlaylistStart | None]

READING = "playlist being read"
SEEN_ONCE = "playlists to be seen again"
"""Digests of rows that the next sync has to read again before they count, by playlist id."""


class PlaylistKeeper:
    """Reads playlists into the store. A long one whose reading ended early goes on at its next
    page, or up to a tenth of its rows before that when the process was killed."""

    def __init__(self, client: SpotifyClient, state: State) -> None:
        self._client = client
        self._state = state
        self._listed_before = {each.id: each for each in state.playlists.summaries()}
        self._cut = state.library.cursor(READING)
        self._seen_once: dict[str, str] = dict(state.library.cursor(SEEN_ONCE) or {})
        self._unwritten = 0
        bindings = state.playlists.bindings().values()
        self._written = {bound.playlist_id: bound.written for bound in bindings}

    def is_current(self, summary: PlaylistSummary) -> bool:
        """Whether the stored rows are of this version; a new name or picture is taken over."""
        stored = self._state.playlists.playlist(summary.id)
        if stored is None or not stored.complete or not summary.snapshot_id:
            return False
        if stored.summary.snapshot_id != summary.snapshot_id or summary.id in self._seen_once:
            return False
        if not self._has_known_size(summary, stored):
            return False
        renamed = replace(summary, total=stored.summary.total)
        if renamed != stored.summary:
            self._state.playlists.put_playlist(replace(stored, summary=renamed))
        return True

    def forget_others(self, playlist_ids: Collection[str]) -> None:
        """Drop what was noted of playlists that are gone; not committed."""
        self._seen_once = {k: v for k, v in self._seen_once.items() if k in playlist_ids}
        self._note_seen()

    def start(self, summary: PlaylistSummary) -> PlaylistStart | None:
        """The beginning of a playlist, which may be asked for side by side with others; None for
        one that was cut while it was read and goes on where it was."""
        cut = self._cut
        return None if cut and _same(cut, summary) else self._client.start_playlist(summary.id)

    def read(self, summary: PlaylistSummary, begun: Start) -> Playlist:
        """Read a playlist whole and store it, on disk when this returns. `begun` gives what
        `start` gave, or raises what it raised.

        The rows of a version that changes while it is read are stored under the version the
        reading began with, so that the next sync reads it again.

        Raises what the client raises, and MalformedAnswerError where the answer is not to be
        believed: what was stored of the playlist then stays.
        """
        listing = summary
        start = begun()
        cut = self._cut
        if start is None and cut is not None:
            rows, offset = list(cut["rows"]), int(cut["offset"])
            entries = [self._entry(row, summary.id) for row in rows]
        else:
            assert start is not None
            summary, rows, entries = start.summary, [], []
            offset = 0
            if start.first is not None:
                entries = list(start.first.items)
                if start.first.next_offset is None:
                    return self._store(listing, finished(summary, entries, start.first.total))
                offset = start.first.next_offset
                self._put_aside(summary, rows, start.first, offset)
        pages = Ahead(lambda at: self._client.playlist_page(summary.id, at))
        total = start.first.total if start is not None and start.first is not None else None
        pages.expect(range(offset, total or 0, PAGE))
        try:
            while True:
                page = pages.fetch(offset)
                entries += page.items
                if page.next_offset is None:
                    return self._store(listing, finished(summary, entries, page.total))
                offset = page.next_offset
                self._put_aside(summary, rows, page, offset)
        finally:
            pages.close()
            self._flush()

    def _put_aside(
        self, summary: PlaylistSummary, rows: list[dict[str, Any]], page: RowPage, offset: int
    ) -> None:
        """Keep a page and where to go on; the write may wait for a fixed share of all rows."""
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
        self._unwritten += len(page.items)
        if self._unwritten >= UNWRITTEN_SHARE * (page.total or 0):
            self._flush()

    def _flush(self) -> None:
        """Have every page that was put aside on the disk."""
        if self._unwritten:
            self._state.library.commit()
            self._unwritten = 0

    def _store(self, listing: PlaylistSummary, read: Playlist) -> Playlist:
        library, playlists, playlist_id = self._state.library, self._state.playlists, listing.id
        stored = playlists.playlist(playlist_id)
        verdict = judge(read, listing, stored, self._seen_once.get(playlist_id))
        if isinstance(verdict, Unread):
            self._set_aside(playlist_id, read, verdict)
            raise unread_error(read.summary.name, verdict)
        put_tracks(library, (entry.track for entry in read.entries if entry.track))
        library.commit()
        playlists.put_playlist(read)
        playlists.commit()
        # What will count as hand edits is read once more before it is left alone.
        edited = self._written.get(playlist_id) not in (None, read.uris)
        digest = rows_digest(read) if edited else None
        if digest is None or self._seen_once.get(playlist_id) == digest:
            self._seen_once.pop(playlist_id, None)
        else:
            self._seen_once[playlist_id] = digest
        self._end_reading()
        return read

    def _set_aside(self, playlist_id: str, read: Playlist, verdict: Unread) -> None:
        if verdict.contradicts_stored:
            doubt(self._state.playlists, playlist_id)
            self._state.playlists.commit()
        if verdict.until_seen_again:
            self._seen_once[playlist_id] = rows_digest(read)
        else:
            self._seen_once.pop(playlist_id, None)
        self._end_reading()

    def _end_reading(self) -> None:
        library = self._state.library
        if self._note_seen() or library.cursor(READING) is not None:
            library.set_cursor(READING, None)
            library.commit()

    def _note_seen(self) -> bool:
        library = self._state.library
        if self._seen_once == (library.cursor(SEEN_ONCE) or {}):
            return False
        library.set_cursor(SEEN_ONCE, self._seen_once or None)
        return True

    def _has_known_size(self, summary: PlaylistSummary, stored: Playlist) -> bool:
        """Whether the account's list counts the rows as stored, or as it always did."""
        before = self._listed_before.get(summary.id)
        if before is not None and before.snapshot_id == summary.snapshot_id:
            return summary.total in (None, len(stored.entries), before.total)
        return summary.total in (None, len(stored.entries))

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
