"""What a sync read: whether it is to be believed, and its tracks, put in the library or absent."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from segue.errors import MalformedAnswerError
from segue.music.track import Track, plain_isrc, song_key
from segue.playlists.library import Playlist, PlaylistSummary
from segued.store.library import LibraryStore
from segued.store.playlists import PlaylistStore, list_digest

if TYPE_CHECKING:
    from segued.spotify.answers import Page


def put_tracks(library: LibraryStore, tracks: Iterable[Track]) -> int:
    """Keep tracks that are new or more complete than before, and count them.

    Not every answer tells every field (an album's rows have no ISRC): what is known stays.
    """
    changed: dict[str, Track] = {}
    for track in tracks:
        known = changed.get(track.id) or library.track(track.id)
        merged = track if known is None else _merged(known, track)
        if merged != known:
            changed[track.id] = merged
    library.put_tracks(changed.values())
    return len(changed)


def _merged(known: Track, read: Track) -> Track:
    album = read.album
    if album is None or (album.release_date is None and known.album is not None):
        album = known.album
    return replace(
        read,
        title=read.title or known.title,
        artists=read.artists or known.artists,
        album=album,
        duration_ms=read.duration_ms or known.duration_ms,
        isrc=read.isrc or known.isrc,
        explicit=known.explicit if read.explicit is None else read.explicit,
        playable=known.playable if read.playable is None else read.playable,
    )


def ids_by_name(tracks: Iterable[Track]) -> Mapping[tuple[str, ...], Collection[str]]:
    """The ids of tracks by what another service may name them by, see `names_of`."""
    named: dict[tuple[str, ...], set[str]] = {}
    for track in tracks:
        artists = {track.artist, track.artist_line} if track.artists else ()
        for key in names_of(track.title, artists, plain_isrc(track.isrc or "")):
            named.setdefault(key, set()).add(track.id)
    return named


def names_of(title: str, artists: Iterable[str], isrc: str) -> Iterator[tuple[str, ...]]:
    """What names a track: its ISRC, its title with its first or all artists."""
    if isrc:
        yield (isrc,)
    for artist in artists:
        yield song_key(title, artist)


ASK_AGAIN = timedelta(days=7)
"""How long something that was refused is left alone."""
REFUSALS = 2
"""How many runs have to be refused before that: one answer may be wrong."""


class Absent:
    """Refusals by key, kept under a cursor of the library's. Changes need its commit."""

    def __init__(self, library: LibraryStore, cursor: str) -> None:
        self._library = library
        self._cursor = cursor
        stored: dict[str, Any] = dict(library.cursor(cursor) or {})
        self._noted: dict[str, dict[str, Any]] = {
            key: note if isinstance(note, dict) else {"at": note} for key, note in stored.items()
        }

    def __contains__(self, key: str) -> bool:
        return key in self._noted

    def reason(self, key: str) -> str:
        """Why it was refused last, where that was noted."""
        return str(self._noted[key].get("reason", ""))

    def rests(self, key: str, now: datetime, version: str = "") -> bool:
        """Whether not to ask for it now; a new `version` of it is always asked for."""
        note = self._noted.get(key)
        if note is None or note.get("version", "") != version:
            return False
        enough = note.get("refusals", REFUSALS) >= REFUSALS
        return bool(enough and abs(now - datetime.fromisoformat(note["at"])) < ASK_AGAIN)

    def refused(self, key: str, now: datetime, version: str = "", reason: str = "") -> bool:
        """Note a refusal; whether it is believed by now."""
        before = self._noted.get(key, {})
        same = before.get("version", "") == version
        refusals = before.get("refusals", REFUSALS) + 1 if before and same else 1
        self._noted[key] = {"at": now.isoformat(), "refusals": min(refusals, REFUSALS)}
        self._noted[key] |= {"version": version} if version else {}
        self._noted[key] |= {"reason": reason} if reason else {}
        self._save()
        return refusals >= REFUSALS

    def found(self, key: str) -> None:
        """It was given after all."""
        if self._noted.pop(key, None) is not None:
            self._save()

    def keep_only(self, keys: Collection[str]) -> None:
        """Forget what is noted of anything else."""
        kept = {key: note for key, note in self._noted.items() if key in keys}
        if kept != self._noted:
            self._noted = kept
            self._save()

    def _save(self) -> None:
        self._library.set_cursor(self._cursor, self._noted or None)


ASKED_AGAIN = "the next run asks again"


def is_thin(found: int, before: int) -> bool:
    """Whether an answer of so many gives none, or half at most of what was known before: it may be
    an outage's, and is believed when the next run is given as few."""
    return not found or 2 * found <= before


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


def judge_page(page: Page[Any], kept: int, ids: Collection[str]) -> Trusted | DoubtedPage:
    """Compare a page of a saved list, with rows of these ids, with its own count and the size of
    the list as `kept`; nothing is saved twice."""
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
    repeated = len(ids) - len(set(ids))
    if repeated and 2 * repeated >= min(rows, 2 * SUDDEN):
        reason = f"{repeated} of {rows} rows from row {page.offset} on are there twice"
        return DoubtedPage(reason, f"twice: {sorted(ids)}")
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
