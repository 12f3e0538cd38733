"""A long list as it is kept, a pass over it, and what vanished from it, found by bisecting."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, NamedTuple, Protocol, TypeVar

from segued.spotify.answers import Page

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


def rows_of(saved: SavedList[Row], page: Page[Row], wanted: Iterable[Slot]) -> dict[Key, Row]:
    chosen = set(wanted)
    found = ((saved.key(row), row) for row in page.items)
    return {key: row for key, row in found if key in chosen}


@dataclass(slots=True)
class _Part:
    """Slots of ours that should stand at the offsets `start` to `end` of the server's list."""

    slots: list[Slot]
    start: int
    end: int
    from_the_start: bool = False

    @property
    def settled(self) -> bool:
        return len(self.slots) == self.end - self.start


def settle(saved: SavedList[Row], current: Pass[Row], report: Report) -> list[Slot] | None:
    """Find what vanished (or appeared) below what was read, until every part's size is right.

    None where the list was edited meanwhile.
    """
    if current.total is None:
        return current.head + current.tail
    parts = [_Part(list(current.tail), current.end, max(current.end, current.total))]
    asked = False
    while True:
        index = next((i for i, part in enumerate(parts) if not part.settled), None)
        if index is None:
            break
        part = parts[index]
        if part.start == part.end:
            parts[index : index + 1] = []
            continue
        offset = part.start
        if part.slots and not part.from_the_start and part.end - part.start > PAGE:
            offset = (part.start + part.end - PAGE) // 2
        page, asked = saved.fetch(offset), True
        if page.total != current.total:
            return None
        parts[index : index + 1] = _split(saved, part, page, current.rows)
        slots = current.head + [slot for each in parts for slot in each.slots]
        report(len(slots), page.total)
        saved.save(Kept(tuple(slots), None), current.rows)
        current.rows.clear()
    if asked and not _same_top(saved, current):
        return None
    return current.head + [slot for part in parts for slot in part.slots]


def _same_top(saved: SavedList[Row], current: Pass[Row]) -> bool:
    page = saved.fetch(0)
    slots = [None if row is None else saved.key(row) for row in page.rows]
    return page.total == current.total and slots == current.head[: len(slots)]


def _split(
    saved: SavedList[Row], part: _Part, page: Page[Row], rows: dict[Key, Row]
) -> list[_Part]:
    """Replace a part by what a page within it tells: before it, the page itself, after it."""
    slots = [None if row is None else saved.key(row) for row in page.rows]
    slots = slots[: part.end - page.offset]
    if not slots:  # fewer rows than the total says
        return [_Part(part.slots, part.start, page.offset)] if page.offset > part.start else []
    rows.update(rows_of(saved, page, set(slots) - set(part.slots)))
    stop = page.offset + len(slots)
    first, last = _first_known(part.slots, slots), last_known(part.slots, slots)
    ids = {slot.id for slot in slots if slot is not None}
    if first is None or last is None:
        if page.offset > part.start:
            return [_Part(part.slots, part.start, part.end, from_the_start=True)]
        first, last = 0, -1
    here = _Part(list(slots), page.offset, stop)
    before = _Part(part.slots[:first], part.start, page.offset)
    after = _Part(_without(part.slots[last + 1 :], ids), stop, part.end, part.from_the_start)
    return [each for each in (before, here, after) if each.slots or each.end > each.start]


def _without(slots: list[Slot], ids: set[str]) -> list[Slot]:
    return [slot for slot in slots if slot is None or slot.id not in ids]


def _first_known(ours: list[Slot], theirs: list[Slot]) -> int | None:
    wanted = {slot for slot in theirs if slot is not None}
    return next((i for i, slot in enumerate(ours) if slot in wanted), None)
