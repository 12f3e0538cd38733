"""The requests that change a playlist's rows, as values, and what each makes of a list. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from typing import TypeVar

from segue.errors import SegueError
from segue.playlists.library import Playlist
from segue.playlists.plan import Status
from segued.store.playlists import LateWrite

Row = TypeVar("Row")

URIS_A_REQUEST = 100
"""What Spotify takes in one request."""
MOST_ROWS = 10_000
"""The most rows Spotify lets a playlist have."""
MAY_BE_LATE = timedelta(hours=1)
"""For so long a request whose answer was lost may yet take effect."""


@dataclass(frozen=True, slots=True)
class Replace:
    """Replace every row (PUT): at most 100 URIs."""

    uris: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Add:
    """Insert URIs so that the first stands at `position` (POST): at most 100."""

    uris: tuple[str, ...]
    position: int


@dataclass(frozen=True, slots=True)
class Remove:
    """Remove every occurrence of each URI (DELETE): at most 100 URIs."""

    uris: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reorder:
    """Move `range_length` rows from `range_start` before the row at `insert_before` (PUT).

    Both places count in the order before the move.
    """

    range_start: int
    insert_before: int
    range_length: int


Operation = Replace | Add | Remove | Reorder


def simulate(rows: Sequence[str], operation: Operation) -> tuple[str, ...]:
    """What Spotify makes of `rows` by one operation."""
    match operation:
        case Replace(uris):
            return uris
        case Add(uris, position):
            return (*rows[:position], *uris, *rows[position:])
        case Remove(uris):
            gone = set(uris)
            return tuple(uri for uri in rows if uri not in gone)
        case Reorder(start, before, length):
            return tuple(moved(rows, start, before, length))


def states(rows: Sequence[str], found: Sequence[Operation]) -> tuple[tuple[str, ...], ...]:
    """Every list that stands on the way, from `rows` itself to the last."""
    return tuple(accumulate(found, simulate, initial=tuple(rows)))


def moved(rows: Sequence[Row], start: int, before: int, length: int) -> list[Row]:
    """`rows` with a block moved, as `Reorder` counts."""
    block = rows[start : start + length]
    rest = [*rows[:start], *rows[start + length :]]
    target = before if before < start else max(start, before - length)
    return [*rest[:target], *block, *rest[target:]]


def as_late(sent: Iterable[Operation], at: datetime) -> tuple[LateWrite, ...]:
    """Requests whose fate nobody knows, as they are stored."""
    return tuple(_as_late(operation, at) for operation in sent)


def _as_late(operation: Operation, at: datetime) -> LateWrite:
    match operation:
        case Replace(uris):
            return LateWrite("replace", at, uris)
        case Add(uris, position):
            return LateWrite("add", at, uris, (position,))
        case Remove(uris):
            return LateWrite("remove", at, uris)
        case Reorder(start, before, length):
            return LateWrite("reorder", at, place=(start, before, length))


def _sent(late: LateWrite) -> Operation:
    match late.kind:
        case "replace":
            return Replace(late.uris)
        case "add":
            return Add(late.uris, *late.place)
        case "remove":
            return Remove(late.uris)
        case "reorder":
            return Reorder(*late.place)


def still_late(late: Iterable[LateWrite], now: datetime) -> tuple[LateWrite, ...]:
    """Those of the requests that may take effect after `now`."""
    return tuple(each for each in late if abs(now - each.sent_at) < MAY_BE_LATE)


def without_late(
    rows: tuple[str, ...], ours: tuple[str, ...], late: Iterable[LateWrite]
) -> tuple[str, ...]:
    """The rows found where Segue left `ours`, without what its late requests did to them since:
    `ours` itself where one of these explains all, else without the copies they added."""
    for each in late:
        operation = _sent(each)
        if rows == simulate(ours, operation):
            return ours
        if isinstance(operation, Add):
            rows = _without_copies(rows, ours, operation)
    return rows


def _without_copies(rows: tuple[str, ...], ours: tuple[str, ...], late: Add) -> tuple[str, ...]:
    end = late.position + len(late.uris)
    more = Counter(rows) - Counter(ours)
    if rows[late.position : end] == late.uris and all(more[uri] for uri in late.uris):
        return rows[: late.position] + rows[end:]
    kept: list[str] = []
    surplus = Counter({uri: more[uri] for uri in late.uris})
    for uri in reversed(rows):
        if surplus[uri] > 0:
            surplus[uri] -= 1
        else:
            kept.append(uri)
    return tuple(reversed(kept))


def floor(before: int, after: int, *, min_tracks: int, max_shrink: float) -> int:
    """The fewest rows that may stand at any moment while `before` rows become `after`.

    What `min_tracks` and `max_shrink` allow at the end they allow on the way; whatever they
    allow, half of the shorter list stands; and no list has to be longer than both its ends.
    """
    allowed = before - int(max_shrink * before + 1e-9)
    half = -(-min(before, after) // 2)
    return min(before, after, max(min_tracks, allowed, half))


def cut(rows: Sequence[Row], most: int, is_fixed: Callable[[Row], bool]) -> tuple[Row, ...]:
    """The first `most` of the rows; those that can only be moved stay, others make room."""
    room = most - sum(map(is_fixed, rows))
    kept: list[Row] = []
    for row in rows:
        if is_fixed(row):
            kept.append(row)
        elif room > 0:
            kept.append(row)
            room -= 1
    return tuple(kept)


@dataclass(frozen=True, slots=True)
class Written:
    """How it ended.

    `found` is the playlist as read at the end, None where it could not be read or still showed an
    older list. `wanted` is the list that was to stand there, without what could not be added;
    `expected` what could stand there by our doing alone at the end, and `states` what could at
    any time. `requests` counts the requests that changed something, `unseen` are those whose answer
    was lost and whose effect never showed. `dead` are the tracks that
    Spotify would not take though it took others after them, `doubted` those after which it took
    none, `beyond` those that were too much for the playlist, which takes
    `most_rows` then. `sent` is the list as it was sent, where Spotify shows it under other ids.
    `unmovable`: Spotify does not move its rows. `error` is why it stopped early.
    """

    found: Playlist | None
    wanted: tuple[str, ...]
    expected: tuple[tuple[str, ...], ...]
    states: tuple[tuple[str, ...], ...]
    done: tuple[Operation, ...]
    requests: int
    dead: tuple[str, ...] = ()
    doubted: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()
    most_rows: int | None = None
    unmovable: bool = False
    error: SegueError | None = None
    unseen: tuple[Operation, ...] = ()
    sent: tuple[str, ...] | None = None

    @property
    def as_wanted(self) -> bool:
        """Whether exactly the wanted list stands there."""
        return self.error is None and self.found is not None and self.found.uris == self.wanted

    @property
    def cut_short(self) -> bool:
        """Whether an edit by others ended it before everything was done."""
        return self.error is None and self.expected != (self.wanted,)

    @property
    def left_out(self) -> tuple[str, ...]:
        """What was not added, for whatever reason."""
        return (*self.dead, *self.doubted, *self.beyond)

    @property
    def added(self) -> bool:
        """Whether any addition worked."""
        return any(isinstance(operation, Add) for operation in self.done)

    @property
    def notes(self) -> tuple[str, ...]:
        """In words, what could not be added."""
        said = []
        if self.dead:
            said.append(f"left out, since Spotify would not take them: {', '.join(self.dead)}")
        if self.doubted:
            said.append(
                "left out for now, since Spotify took neither these nor anything after them: "
                f"{', '.join(self.doubted)}; the next refresh tries them again"
            )
        if self.most_rows is not None:
            said.append(
                f"Spotify takes no more than {self.most_rows} rows in this playlist; the rest is "
                "left out"
            )
        return tuple(said)


@dataclass(frozen=True, slots=True)
class ApplyOutcome:
    """What came of applying a plan, or of an undo.

    `version_id` is the version kept of the list before, for undo; None where nothing was there.
    `written` is the list now on the account as far as it was read back. `dead` are tracks that
    Spotify would not take, `doubted` those that it did not take while it took no others, `left_out`
    both and what was too much for the playlist. `error` is why
    it failed; its exit code is the command's.
    """

    status: Status
    playlist_id: str | None = None
    version_id: str | None = None
    snapshot_id: str | None = None
    notes: tuple[str, ...] = ()
    operations: tuple[Operation, ...] = ()
    written: tuple[str, ...] | None = None
    dead: tuple[str, ...] = ()
    doubted: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    error: SegueError | None = None
