"""Carrying out a list of operations on one playlist, and knowing afterwards what stands there.

A 5xx or a cut connection says nothing about whether a write happened: the playlist is read, and
the operation repeated only when it certainly did not happen. A track that makes its request fail
every time (one dead URI fails a whole request) is found by halving and left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import reduce

from segue.errors import SegueError, UnavailableError
from segue.playlists.library import Playlist
from segued.writing.client import PlaylistClient
from segued.writing.operations import (
    Add,
    Operation,
    Remove,
    Reorder,
    Replace,
    gently,
    operations,
    simulate,
)

ATTEMPTS = 2
"""How often one operation is sent that certainly did not happen."""
DEAD_IN_A_ROW = 3
"""So many single tracks failing one after another are an outage, not dead tracks."""


@dataclass(frozen=True, slots=True)
class Written:
    """How it ended.

    `found` is the playlist as read at the end, None where it could not be read. `wanted` is the
    list that was to stand there, without the tracks in `dead`; `expected` what could stand there
    by our doing alone. `error` is why it stopped early.
    """

    found: Playlist | None
    wanted: tuple[str, ...]
    expected: tuple[tuple[str, ...], ...]
    done: tuple[Operation, ...]
    dead: tuple[str, ...] = ()
    error: SegueError | None = None

    @property
    def as_wanted(self) -> bool:
        """Whether exactly the wanted list stands there."""
        return self.error is None and self.found is not None and self.found.uris == self.wanted

    @property
    def cut_short(self) -> bool:
        """Whether an edit by others ended it before everything was done."""
        return self.error is None and self.expected != (self.wanted,)


@dataclass(slots=True)
class _Progress:
    """Where an execution stands: the list that should be there by now, and what is left to do."""

    uris: tuple[str, ...]
    snapshot_id: str
    left: list[Operation]
    done: list[Operation] = field(default_factory=list)
    dead: list[str] = field(default_factory=list)
    dead_in_a_row: int = 0
    halving: bool = False

    def ended(self, found: Playlist | None, error: SegueError | None = None) -> Written:
        """The answer, wherever things stand."""
        wanted = reduce(simulate, self.left, self.uris)
        expected = (self.uris, *(simulate(self.uris, next_one) for next_one in self.left[:1]))
        dead = () if error else tuple(self.dead)
        return Written(found, wanted, expected, tuple(self.done), dead, error)


def execute(client: PlaylistClient, playlist: Playlist, wanted: Sequence[str]) -> Written:
    """Make `playlist`, as read a moment ago, into `wanted`, and read it back.

    Errors of the service end it and are carried in the answer. An edit by others that shows in
    between ends it too, with what was found and no error: then it is `cut_short`.

    Raises GuardError, before anything is written, where rows would be lost for good.
    """
    left = list(operations(playlist.entries, wanted))
    progress = _Progress(playlist.uris, playlist.summary.snapshot_id, left)
    identifier = playlist.summary.id
    try:
        while progress.left:
            edited = _next(client, identifier, progress)
            if edited is not None:
                return progress.ended(edited)
        return progress.ended(client.read_playlist(identifier))
    except SegueError as error:
        return progress.ended(_try_to_read(client, identifier), error)


def _next(client: PlaylistClient, identifier: str, progress: _Progress) -> Playlist | None:
    """Do the next operation; the playlist, where it turns out to have been edited meanwhile."""
    operation = progress.left[0]
    one_of_many = isinstance(operation, Add) and len(operation.uris) > 1
    attempts = 1 if progress.halving and one_of_many else ATTEMPTS
    for attempt in range(1, attempts + 1):
        try:
            progress.snapshot_id = _send(client, identifier, operation, progress.snapshot_id)
            break
        except UnavailableError as error:
            found = client.read_playlist(identifier)
            if found.uris == simulate(progress.uris, operation):
                progress.snapshot_id = found.summary.snapshot_id
                break
            if not found.complete:
                raise
            if found.uris != progress.uris:
                return found
            if attempt == attempts:
                _around_dead(progress, found, error)
                return None
    progress.uris = simulate(progress.uris, operation)
    progress.done.append(operation)
    progress.left.pop(0)
    if isinstance(operation, Add):
        progress.dead_in_a_row = 0
    return None


def _send(client: PlaylistClient, identifier: str, operation: Operation, snapshot_id: str) -> str:
    match operation:
        case Replace(uris):
            return client.replace_items(identifier, uris)
        case Add(uris, position):
            return client.add_items(identifier, uris, position)
        case Remove(uris):
            return client.remove_items(identifier, uris)
        case Reorder(start, before, length):
            return client.reorder_items(identifier, start, before, length, snapshot_id)


def _around_dead(progress: _Progress, found: Playlist, error: UnavailableError) -> None:
    """Go on around a track that makes its request fail; raises the error where none can.

    Only an answer with a status (a 502) hints at a dead track, a cut connection does not.
    """
    operation = progress.left[0]
    if error.status is None or not isinstance(operation, (Add, Replace)):
        raise error
    progress.halving = True
    if isinstance(operation, Replace):
        wanted = reduce(simulate, progress.left, progress.uris)
        progress.left = list(gently(found.entries, wanted))
    elif len(operation.uris) > 1:
        half = len(operation.uris) // 2
        first = Add(operation.uris[:half], operation.position)
        second = Add(operation.uris[half:], operation.position + half)
        progress.left[:1] = [first, second]
    else:
        progress.dead.append(operation.uris[0])
        progress.dead_in_a_row += 1
        if progress.dead_in_a_row == DEAD_IN_A_ROW:
            raise error
        progress.left = [_moved_up(later, operation.position) for later in progress.left[1:]]


def _moved_up(operation: Operation, position: int) -> Operation:
    """An operation that counted on one row more at `position`; only additions follow additions."""
    if isinstance(operation, Add) and operation.position > position:
        return replace(operation, position=operation.position - 1)
    return operation


def _try_to_read(client: PlaylistClient, identifier: str) -> Playlist | None:
    try:
        return client.read_playlist(identifier)
    except SegueError:
        return None  # said by the answer: `found` is None, beside the error that came first
