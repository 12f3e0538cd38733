"""Playlists as they were last read, and what each recipe is bound to."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from segue.errors import StoreError
from segue.music.track import Track
from segue.playlists.library import EntryKind, Playlist, PlaylistEntry, PlaylistSummary
from segue.recipe.values import Label
from segued.store.files.format import Decoded, Document, decode, encode
from segued.store.files.storage import WorkStore


@dataclass(frozen=True, slots=True)
class Trial:
    """Which variant of which experiment a list is."""

    experiment: str
    variant: Label


@dataclass(frozen=True, slots=True)
class Made:
    """The list of URIs a recipe left behind at the end of one period of its schedule, a mark of
    each model that was used for it, and the part in an experiment that it has had `since` (UTC)."""

    period: str
    uris: tuple[str, ...]
    models: Mapping[str, str] = field(default_factory=dict)
    trial: Trial | None = None
    since: datetime | None = None


MADE_KEPT = 30
"""How many periods' lists are remembered for freshness."""


@dataclass(frozen=True, slots=True)
class Ban:
    """A track that Spotify would not take: it is left out of a recipe until a moment (UTC); only
    doubted where that is `since`, because Spotify took no other after it either."""

    uri: str
    since: datetime
    until: datetime

    @property
    def is_doubt(self) -> bool:
        """Whether it leaves nothing out, and only says that the track was refused once."""
        return self.since == self.until


@dataclass(frozen=True, slots=True)
class LastWrite:
    """Segue's last write to a playlist: when it ended, and digests of the lists it left on the way.

    Shortly after it Spotify may still show any of `lists`. Those in `unconfirmed` were never seen
    to stand there, since the write was given up; whenever one shows, it is no edit by hand.
    """

    at: datetime
    lists: tuple[str, ...] = ()
    unconfirmed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LateWrite:
    """A request to change rows whose answer was lost and whose effect was never seen: for a while
    after `sent_at` it may yet take effect. `place` is the position of an addition, or the start,
    target and length of a move."""

    kind: Literal["replace", "add", "remove", "reorder"]
    sent_at: datetime
    uris: tuple[str, ...] = ()
    place: tuple[int, ...] = ()


BELIEVED = timedelta(days=14)
"""For how long a limit is believed that Spotify showed once."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What Spotify was seen not to do with a playlist, believed until a moment (UTC)."""

    most_rows: int | None = None
    most_rows_until: datetime | None = None
    unmovable_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Binding:
    """What ties a recipe to a playlist of the account.

    `fingerprint` is the recipe's without id and name, so that a renamed one is known again.
    `written` is the list Segue left at its last write (None: never), against which edits by hand
    are found, as it was read back in the version `snapshot_id` (None: with others' edits in it);
    `sent` the same as it was sent, where Spotify showed it otherwise. `kept_in` and `kept_out` are
    the URIs the user added and removed. `bans` are tracks that Spotify would not take, `dead` the
    same as earlier versions stored them, without a date.
    `undone` is the period whose list was taken back by an undo. `made` is newest first. `late` are
    requests that may show in the list though nobody edits it.
    `name` and `description` are the recipe's, as last written; `shown_name` and `shown_text` what
    stood on the account by then, where names were filled in; `owed` are those that were asked for
    and never answered, empty where nobody asked yet, None where nothing is due. `cover` is a digest
    of what the cover last sent shows. `paused_reason` says why nothing is written for now,
    `exchanges` after how many writes in a row, before the last, others exchanged much of the list.
    """

    recipe_id: str
    playlist_id: str | None
    name: str
    fingerprint: str
    paused_reason: str | None = None
    kept_in: tuple[str, ...] = ()
    kept_out: tuple[str, ...] = ()
    made: tuple[Made, ...] = ()
    written: tuple[str, ...] | None = None
    snapshot_id: str | None = None
    description: str | None = None
    dead: tuple[str, ...] = ()
    adopted: bool = False
    bans: tuple[Ban, ...] = ()
    last: LastWrite | None = None
    limits: Limits = Limits()
    undone: str | None = None
    shown_name: str | None = None
    shown_text: str | None = None
    late: tuple[LateWrite, ...] = ()
    cover: str | None = None
    owed: tuple[str, ...] | None = None
    sent: tuple[str, ...] | None = None
    exchanges: int = 0

    @property
    def own(self) -> tuple[tuple[str, ...], ...]:
        """The lists that stand there by Segue's last write alone, none before its first."""
        return tuple(uris for uris in (self.sent, self.written) if uris is not None)

    def banned(self, now: datetime) -> frozenset[str]:
        """The tracks that are left out now, since Spotify would not take them."""
        soon = now + timedelta(days=1)  # one begun later was begun by a clock that was wrong
        bans = [ban for ban in self.bans if not ban.is_doubt and ban.since < soon]
        return frozenset((*self.dead, *(ban.uri for ban in bans if ban.until > now)))


def limits_now(bound: Binding | None, now: datetime) -> Limits:
    """What is believed now of a playlist's limits."""
    limits = bound.limits if bound is not None else Limits()
    rows, unmovable = (
        until is not None and now < until <= now + BELIEVED
        for until in (limits.most_rows_until, limits.unmovable_until)
    )
    return Limits(
        limits.most_rows if rows else None,
        limits.most_rows_until if rows else None,
        limits.unmovable_until if unmovable else None,
    )


@dataclass(frozen=True, slots=True)
class _Row:
    """A playlist entry as stored: its track by id, since many playlists share tracks."""

    uri: str
    kind: EntryKind
    title: str
    track_id: str | None = None
    added_at: datetime | None = None
    added_by: str | None = None


@dataclass(frozen=True, slots=True)
class _StoredPlaylist:
    summary: PlaylistSummary
    rows: tuple[_Row, ...]
    complete: bool = True


def list_digest(uris: Iterable[str]) -> str:
    """A short digest of rows in their order."""
    return hashlib.sha256("\n".join(uris).encode()).hexdigest()[:16]


class PlaylistStore(WorkStore):
    """`playlists.json`. Changes are on disk after `commit`, all of them in one write."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._summaries = self._file.documents("summaries")
        self._playlists = self._file.documents("playlists")
        self._tracks = self._file.documents("tracks")
        self._unread = self._file.documents("unread")
        self._bindings = self._file.documents("bindings")
        self._stale_tracks = False

    def summaries(self) -> tuple[PlaylistSummary, ...]:
        """The account's playlists as last listed, in its order."""
        return self._all(self._summaries, PlaylistSummary, "summary")

    def set_summaries(self, summaries: Sequence[PlaylistSummary]) -> None:
        """Replace the list of the account's playlists."""
        self._summaries.truncate()
        self._summaries.put({summary.id: encode(summary) for summary in summaries})

    def playlist(self, playlist_id: str) -> Playlist | None:
        """A playlist as last read whole, or None."""
        document = self._playlists.find(playlist_id)
        return None if document is None else self._playlist(playlist_id, document)

    def of_recipe(self, recipe_id: str) -> Playlist | None:
        """The playlist that a recipe is bound to, as last read whole, or None."""
        binding = self.binding(recipe_id)
        bound = binding.playlist_id if binding is not None else None
        return self.playlist(bound) if bound is not None else None

    def playlists(self) -> Mapping[str, Playlist]:
        """Every playlist that was read, by id, as of now; built when first asked for."""
        return Decoded(self._playlists.raw(), self._playlist)

    def put_playlist(self, playlist: Playlist) -> None:
        """Insert or replace a playlist with its rows."""
        rows = tuple(
            _Row(
                entry.uri,
                entry.kind,
                entry.title,
                entry.track.id if entry.track else None,
                entry.added_at,
                entry.added_by,
            )
            for entry in playlist.entries
        )
        tracks = {entry.track.id: encode(entry.track) for entry in playlist.entries if entry.track}
        self._tracks.put(tracks)
        stored = _StoredPlaylist(playlist.summary, rows, playlist.complete)
        self._playlists.put({playlist.summary.id: encode(stored)})
        self._stale_tracks = True

    def drop(self, playlist_id: str) -> None:
        """Forget what was read of a playlist."""
        self._playlists.drop([playlist_id])
        self._stale_tracks = True

    def unread(self) -> Mapping[str, str]:
        """Playlists that exist but could not be read, by id, with the reason in words."""
        return {name: str(document["reason"]) for name, document in self._unread.raw().items()}

    def set_unread(self, unread: Mapping[str, str]) -> None:
        """Replace which playlists could not be read."""
        self._unread.truncate()
        self._unread.put({identifier: {"reason": reason} for identifier, reason in unread.items()})

    def binding(self, recipe_id: str) -> Binding | None:
        """What a recipe is bound to, or None."""
        return self._find(self._bindings, Binding, recipe_id, "binding")

    def bindings(self) -> Mapping[str, Binding]:
        """Every binding by recipe id, those of recipes that left the configuration too."""
        return self._values(self._bindings, Binding, "binding")

    def bind(self, binding: Binding) -> None:
        """Insert or replace a binding."""
        self._bindings.put({binding.recipe_id: encode(binding)})

    def commit(self) -> None:
        """Write the unit of work, without the tracks no playlist holds any more."""
        if self._stale_tracks:
            used = {
                row["track_id"]
                for playlist in self._playlists.raw().values()
                for row in playlist["rows"]
            }
            self._tracks.drop([track for track in self._tracks.raw() if track not in used])
            self._stale_tracks = False
        super().commit()

    def _playlist(self, playlist_id: str, document: Document) -> Playlist:
        stored = decode(_StoredPlaylist, document, self._path, f"playlist {playlist_id}")
        entries = tuple(
            PlaylistEntry(
                row.uri, row.kind, row.title, self._track(row), row.added_at, row.added_by
            )
            for row in stored.rows
        )
        return Playlist(stored.summary, entries, stored.complete)

    def _track(self, row: _Row) -> Track | None:
        if row.track_id is None:
            return None
        track = self._find(self._tracks, Track, row.track_id, "track")
        if track is None:
            raise StoreError(f"{self._path}: document 'track {row.track_id}' is missing")
        return track
