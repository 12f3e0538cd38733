"""A long list as it is kept, where it is kept, and a pass over it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, NamedTuple, Protocol, TypeVar

from segued.spotify.values import Page

PAGE = 50

Row = TypeVar("Row")
Report = Callable[[int, int | None], None]


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


class Shelf(Protocol[Row]):
    """Where a list is asked for and kept."""

    def fetch(self, offset: int) -> Page[Row]:
        """A page of `PAGE` rows from an offset."""

    def key(self, row: Row) -> Key:
        """What identifies a row."""

    def load(self) -> Kept:
        """The list as it was last saved."""

    def save(self, kept: Kept, rows: Mapping[Key, Row]) -> None:
        """Keep the list, and the rows that are new since the last save, for one write."""

    def flush(self) -> None:
        """Have everything that was saved on the disk."""


@dataclass(slots=True)
class Pass(Generic[Row]):
    """One pass from the top: what was read (`head`), what is of an earlier pass (`tail`)."""

    head: list[Slot]
    tail: list[Slot]
    end: int = 0
    total: int | None = None
    disturbed: bool = False
    rows: dict[Key, Row] = field(default_factory=dict)


def last_known(ours: list[Slot], theirs: list[Slot]) -> int | None:
    wanted = {slot for slot in theirs if slot is not None}
    return next((i for i in range(len(ours) - 1, -1, -1) if ours[i] in wanted), None)


def rows_of(shelf: Shelf[Row], page: Page[Row], wanted: Iterable[Slot]) -> dict[Key, Row]:
    chosen = set(wanted)
    found = ((shelf.key(row), row) for row in page.items)
    return {key: row for key, row in found if key in chosen}
