"""The requests that change a playlist's rows, as values, and what each makes of a list. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeVar

Row = TypeVar("Row")

URIS_A_REQUEST = 100
"""What Spotify takes in one request."""
MOST_ROWS = 10_000
"""The most rows Spotify lets a playlist have."""


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
