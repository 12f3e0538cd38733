"""Finding what vanished from a long list below what was read, by bisecting."""

from __future__ import annotations

from dataclasses import dataclass

from segued.spotify.values import Page
from segued.sync.kept import (
    PAGE,
    Kept,
    Key,
    Pass,
    Report,
    Row,
    Shelf,
    Slot,
    last_known,
    rows_of,
)


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


def settle(shelf: Shelf[Row], current: Pass[Row], report: Report) -> list[Slot] | None:
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
        page, asked = shelf.fetch(offset), True
        if page.total != current.total:
            return None
        parts[index : index + 1] = _split(shelf, part, page, current.rows)
        slots = current.head + [slot for each in parts for slot in each.slots]
        report(len(slots), page.total)
        shelf.save(Kept(tuple(slots), None), current.rows)
        current.rows.clear()
    if asked and not _same_top(shelf, current):
        return None
    return current.head + [slot for part in parts for slot in part.slots]


def _same_top(shelf: Shelf[Row], current: Pass[Row]) -> bool:
    page = shelf.fetch(0)
    slots = [None if row is None else shelf.key(row) for row in page.rows]
    return page.total == current.total and slots == current.head[: len(slots)]


def _split(shelf: Shelf[Row], part: _Part, page: Page[Row], rows: dict[Key, Row]) -> list[_Part]:
    """Replace a part by what a page within it tells: before it, the page itself, after it."""
    slots = [None if row is None else shelf.key(row) for row in page.rows]
    slots = slots[: part.end - page.offset]
    if not slots:  # fewer rows than the total says
        return [_Part(part.slots, part.start, page.offset)] if page.offset > part.start else []
    rows.update(rows_of(shelf, page, set(slots) - set(part.slots)))
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
