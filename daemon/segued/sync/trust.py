"""Whether a read of a playlist or of a page is to be believed.

Rows are stored under the playlist's snapshot and not asked for again while it stays, so one wrong
answer would be taken for hand edits on every later run. A read that contradicts what else is known
is therefore *unread*: the rows stored before stay, the reason is reported, and the next run asks
again. A read that could be true but looks like an outage (the list is suddenly empty, rows have
become null) is believed once a later run reads the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from segue.errors import MalformedAnswerError
from segue.playlists.library import Playlist, PlaylistSummary
from segued.spotify.answers import Page
from segued.store.playlists import PlaylistStore, list_digest

ASKED_AGAIN = "the next run asks again"
SUDDEN = 10
"""How many rows of a saved list may vanish or become null at once without being doubted."""


@dataclass(frozen=True, slots=True)
class Trusted:
    """A read that agrees with everything else that is known of the playlist."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A read that is not to be believed, and why, as "it …".

    `until_seen_again`: a later run that reads the same rows confirms it. `contradicts_stored`:
    the stored rows are of the same version and differ, so that either may be the wrong ones.
    """

    reason: str
    until_seen_again: bool = False
    contradicts_stored: bool = False


@dataclass(frozen=True, slots=True)
class DoubtedPage:
    """A page that is not to be believed, why, and by which mark a later run knows it again."""

    reason: str
    mark: str


Verdict = Trusted | Unread


def judge(
    read: Playlist,
    listing: PlaylistSummary | None = None,
    stored: Playlist | None = None,
    seen: str | None = None,
) -> Verdict:
    """Compare a read with the account's list of playlists and with what was stored before.

    `listing` is the playlist as the account's list showed it in this run. `seen` is the
    `rows_digest` of what an earlier run read and did not believe.
    """
    rows, nulls = len(read.entries), _nulls(read)
    if not read.complete:
        return Unread(f"has {read.summary.total} rows by Spotify's count and gave {rows}")
    if 2 * nulls > rows:
        return Unread(f"shows {nulls} of its {rows} rows as null")
    if stored is not None and stored.complete and _same_version(read, stored):
        if read.uris == stored.uris:
            return Trusted()
        return Unread("shows other rows than before in the same version", contradicts_stored=True)
    if listing is not None and listing.total not in (None, rows):
        return Unread(f"has {listing.total} rows in the list of your playlists and gave {rows}")
    if stored is None or not stored.entries or rows_digest(read) == seen:
        return Trusted()
    if not rows:
        return Unread(
            f"came without rows, though it had {len(stored.entries)}", until_seen_again=True
        )
    if nulls > _nulls(stored):
        return Unread(f"shows {nulls} of its {rows} rows as null", until_seen_again=True)
    return Trusted()


def judge_page(page: Page[Any], kept: int) -> Trusted | DoubtedPage:
    """Compare a page of a saved list with its own count and the size of the list as `kept`."""
    rows, total = len(page.rows), page.total
    end = page.offset + rows
    if page.next_offset is not None:
        due = page.next_offset - page.offset
    else:
        due = rows if total is None else total - page.offset
    if rows < due:
        reason = f"{rows} of {due} rows came from row {page.offset} on"
        return DoubtedPage(reason, f"ends at {end} of {total}")
    if page.unreadable >= SUDDEN and 2 * page.unreadable > rows:
        nulls = [page.offset + index for index, row in enumerate(page.rows) if row is None]
        reason = f"{len(nulls)} of {rows} rows from row {page.offset} on are null"
        return DoubtedPage(reason, f"null: {nulls}")
    size = total if total is not None or page.next_offset is not None else end
    if size is not None and 2 * size <= kept and kept - size >= SUDDEN:
        reason = f"the list has {size} rows all of a sudden, though it had {kept}"
        return DoubtedPage(reason, f"size: {size}")
    return Trusted()


def believed(
    read: Playlist, listing: PlaylistSummary | None = None, stored: Playlist | None = None
) -> Playlist:
    """The read, where it is to be believed; raises MalformedAnswerError where it is not."""
    verdict = judge(read, listing, stored)
    if isinstance(verdict, Unread):
        raise unread_error(read.summary.name, verdict)
    return read


def unread_error(name: str, verdict: Unread) -> MalformedAnswerError:
    """What is reported of a read that is not believed."""
    return MalformedAnswerError(f"The playlist {name!r} {verdict.reason}; {ASKED_AGAIN}.")


def doubt(store: PlaylistStore, playlist_id: str) -> None:
    """Have the next sync read a playlist anew, whatever its snapshot; not committed."""
    stored = store.playlist(playlist_id)
    if stored is not None and stored.complete:
        store.put_playlist(replace(stored, complete=False))


def rows_digest(playlist: Playlist) -> str:
    """A short digest of the rows in their order."""
    return list_digest(playlist.uris)


def _same_version(read: Playlist, other: Playlist) -> bool:
    snapshot = read.summary.snapshot_id
    return bool(snapshot) and snapshot == other.summary.snapshot_id


def _nulls(playlist: Playlist) -> int:
    return sum(entry.kind == "unknown" and not entry.uri for entry in playlist.entries)
