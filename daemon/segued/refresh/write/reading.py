"""Knowing what stands in a playlist, though Spotify may still answer with an older list.

Right after a write a read can show the rows, the snapshot id or both as they were before it. A
list that our own requests left on the way is therefore "not yet": it is read again after a pause.
A list that is none of ours is believed when it is read twice alike.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from segue.errors import DataError, UnavailableError
from segue.playlists.inventory import find_playlist
from segue.playlists.library import Playlist, PlaylistSummary
from segued.run import Run
from segued.store.playlists import Binding, list_digest
from segued.sync.tracks import believed

if TYPE_CHECKING:
    from segued.spotify.answers import PlaylistListing
    from segued.spotify.playlists import PlaylistStart

PAUSES = (0.5, 1.5, 4.0)
"""Seconds before each further look. Live, rows were right after 0.6 s."""
PATIENCE = 20.0
"""Seconds that the pauses of one write may take in all before each is as short as the first."""
SETTLING = timedelta(minutes=1)
"""For so long after a write Spotify may still show an earlier list …"""
MAY_BE_OLD = timedelta(days=1)
"""… and for so long one that it names an earlier version is not believed."""


class Watch:
    """What one playlist shows while it is written.

    `states` are the lists that our own requests left so far, oldest first; the last is the one
    that should stand there. `looks` counts the requests made for `took_effect`, `waited` the
    seconds of all pauses.
    """

    def __init__(self, client: PlaylistClient, playlist_id: str, uris: tuple[str, ...]) -> None:
        self._client = client
        self._id = playlist_id
        self.states: list[tuple[str, ...]] = [uris]
        self.looks = 0
        self.waited = 0.0
        self.snapshot_id = ""

    def pause(self, seconds: float) -> None:
        """Wait so long, or less where this write has waited for long already."""
        seconds = min(seconds, max(PAUSES[0], PATIENCE - self.waited))
        self.waited += seconds
        self._client.pause(seconds)

    def took_effect(self, target: tuple[str, ...], looks: int = len(PAUSES)) -> bool | Playlist:
        """Whether a request whose answer was lost led to `target`; the playlist itself where it is
        read only in part or shows what nobody but others can have made of it."""
        for pause in PAUSES[:looks]:
            self.pause(pause)
            seen = self._glance(target)
            if seen is None:
                found = self.settled((target, self.states[-1]))
                if found is None or (found.complete and found.uris == self.states[-1]):
                    continue
                if not found.complete or found.uris != target:
                    return found
                self.snapshot_id = found.summary.snapshot_id
                return True
            if seen:
                return True
        return False

    def settled(self, expected: Collection[tuple[str, ...]]) -> Playlist | None:
        """As the function of this name, with the lists of this write for ours."""
        ours = self.states.__contains__
        return settled(self._client, self._id, expected, ours, pause=self.pause)

    def _glance(self, target: tuple[str, ...]) -> bool | None:
        """Whether the first page and the count show `target` or what stood before; None where
        they show neither, or cannot tell them apart."""
        self.looks += 1
        start = self._client.start_playlist(self._id)
        if start.first is None:
            return None
        rows = tuple(entry.uri for entry in start.first.items)
        total = len(rows) if start.first.next_offset is None else start.first.total
        after, before = (
            total == len(uris) and rows == uris[: len(rows)] for uris in (target, self.states[-1])
        )
        if after and not before:
            self.snapshot_id = start.summary.snapshot_id
        return after if after != before else None


def read_current(
    run: Run, binding: Binding | None, playlist_id: str, first: Playlist | None = None
) -> Playlist:
    """A playlist as it stands, read more than once shortly after Segue's own last write, and where
    it shows an older version than that made.

    `first` is a read already made. Raises UnavailableError while it still shows an older list.
    """
    client = run.client()
    playlist = first or client.read_playlist(playlist_id)
    if binding is None or binding.last is None or binding.written is None:
        return playlist
    passed = abs(run.clock() - binding.last.at)
    if passed >= (MAY_BE_OLD if _is_older(playlist, binding) else SETTLING):
        return playlist
    lists = binding.last.lists
    found = settled(
        client, playlist_id, binding.own, lambda uris: list_digest(uris) in lists, playlist
    )
    if found is None or (found.uris not in binding.own and _is_older(found, binding)):
        raise UnavailableError(
            f"Spotify still shows an older list of {playlist.summary.name!r} than Segue's last "
            "write left; run the command again in a minute"
        )
    return found


def _is_older(playlist: Playlist, binding: Binding) -> bool:
    """Whether it is of an earlier version than Segue's last write made, as far as that shows."""
    there, written = map(version_count, (playlist.summary.snapshot_id, binding.snapshot_id))
    return there is not None and written is not None and there < written


def is_settling(binding: Binding, now: datetime) -> bool:
    """Whether Segue's last write is so recent that a read may not show it yet."""
    return binding.last is not None and abs(now - binding.last.at) < SETTLING


def settled(
    client: PlaylistClient,
    playlist_id: str,
    expected: Collection[tuple[str, ...]],
    ours: Callable[[tuple[str, ...]], bool],
    first: Playlist | None = None,
    *,
    pause: Callable[[float], None] | None = None,
) -> Playlist | None:
    """The playlist when it shows one of the `expected` lists, or for certain none that is `ours`;
    None while it still shows an older list of ours. `first` is a read already made."""
    odd: Playlist | None = None
    for seconds in (0.0, *PAUSES):
        if seconds:
            (pause or client.pause)(seconds)
        found = first or client.read_playlist(playlist_id)
        first = None
        if found.uris in expected or not found.complete:
            return found
        if ours(found.uris):
            odd = None
        elif odd is not None and odd.uris == found.uris:
            return found
        else:
            odd = found
    return odd


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


def read_now(
    run: Run, summary: PlaylistSummary, binding: Binding | None, *, offline: bool
) -> Playlist | None:
    """The playlist at the version the account lists; read again where ours is another, or may
    still be an older list than Segue's last write left."""
    known = run.state.playlists.playlist(summary.id)
    if offline:
        return known
    current = known is not None and known.summary.snapshot_id == summary.snapshot_id
    if known is None or not current or not known.complete:
        found = believed(run.client().read_playlist(summary.id), summary, known)
    else:
        found = known
    return read_current(run, binding, summary.id, found)


def read_own(run: Run, reference: str) -> Playlist:
    """A playlist of the user's, by name or id, as it stands on the account now.

    Raises DataError where there is none, or where it cannot be added to.
    """
    inventory = run.inventory()
    known = find_playlist(reference, inventory)
    if isinstance(known, str):
        raise DataError(known)
    found = run.client().read_playlist(known.summary.id)
    if found.summary.owner_id != inventory.user_id or not found.complete:
        raise DataError(f"“{found.summary.name}” is not yours alone, or could not be read whole")
    return found


def read_anew(client: PlaylistClient, known: Playlist) -> Playlist:
    """A playlist with everything that took effect until now: after a move of no row, which makes
    a version, and by a look that shows it or a later one.

    Raises UnavailableError where no look does; a list without rows is looked at once.
    """
    if not known.entries:
        return client.read_playlist(known.summary.id)
    made = client.reorder_items(known.summary.id, 0, 0)
    for wait in PAUSES:
        found = client.read_playlist(known.summary.id)
        there, wanted = version_count(found.summary.snapshot_id), version_count(made)
        later = there is not None and wanted is not None and there >= wanted
        if found.complete and (later or found.summary.snapshot_id == made):
            return found
        client.pause(wait)
    raise UnavailableError(
        f"Spotify still shows an older list of “{known.summary.name}”; run the command again in a "
        "minute"
    )


_BYTES = 24
_MOST_VERSIONS = 1_000_000
_MOST_EDITS = 100  # between two looks a moment apart; more is no count of versions


def version_count(snapshot_id: str | None) -> int | None:
    """How many versions a playlist has had, or None where the id does not look as expected."""
    try:
        raw = base64.b64decode(snapshot_id or "", validate=True)
    except binascii.Error:
        return None
    count = int.from_bytes(raw[:4], "big")
    return count if len(raw) == _BYTES and count <= _MOST_VERSIONS else None


def edits_between(before: str | None, after: str | None, writes: int) -> int | None:
    """How many versions others made between two snapshots with `writes` of ours, if it shows."""
    first, last = version_count(before), version_count(after)
    if first is None or last is None:
        return None
    edits = last - first - writes
    return edits if 0 <= edits <= _MOST_EDITS else None
