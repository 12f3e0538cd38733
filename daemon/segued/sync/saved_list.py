"""Bringing the copy of a long list up to date with few requests.

Likes and saved albums are lists that grow at the top, newest first, while an old row vanishes now
and then. Rows are read from the top until one is known. Whether rows further down vanished shows
in the list's total alone; where, is found by bisecting: a page in the middle tells by which rows
it holds how many are missing on either side of it. A part whose size is right is taken as
unchanged. That only holds of one state of the list, so the top is read once more afterwards: an
edit moves it or the total. Then what the bisecting said is dropped, and it begins anew.

Each page is saved before the next is asked for; how many of them go to the disk in one write is the
list's to say. A list that was cut while it was read has a hole: the rows before it were read in
this pass, those after it are of an earlier one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Generic

from segue.errors import MalformedAnswerError
from segued.spotify.answers import Page
from segued.sync.saved import PAGE, Kept, Key, Row, SavedList, Slot
from segued.sync.tracks import ASKED_AGAIN, DoubtedPage, judge_page
from segued.web.source import Ahead

Report = Callable[[int, int | None], None]

GAP_TRIES = 3
"""How many syncs ask again for rows that could not be read; one request each."""

SETTLE_TRIES = 3
"""How often bisecting begins anew where the list was edited meanwhile; then the next sync does."""


@dataclass(frozen=True, slots=True)
class Changes:
    """How many rows a list has now, and how many are new and gone."""

    total: int
    new: int
    gone: int


def bring_up_to_date(saved: SavedList[Row], report: Report) -> Changes:
    """Read what changed of a list and save it page by page.

    Raises what the list's `fetch` raises, and MalformedAnswerError for a page that is not to be
    believed; what was read until then is on the disk, and the next call goes on from there.
    `report` is given the rows done and the total, where known. Pages of a list that is read to its
    end anyway are asked for side by side, see `segued.web.source`; they are saved in order.
    """
    kept = saved.load()
    judged = _Judged(saved, kept)
    try:
        return _brought_up_to_date(judged, kept, report)
    finally:
        judged.close()
        saved.flush()


class _Judged(Generic[Row]):
    """A list whose pages are judged before they are used."""

    def __init__(self, saved: SavedList[Row], kept: Kept) -> None:
        self.key, self.load, self.flush = saved.key, saved.load, saved.flush
        self._list = saved
        self._size = len(kept.slots)
        self._seen = kept.doubted
        self._doubted: str | None = None
        self._ahead = Ahead(saved.fetch)
        self.expect = self._ahead.expect
        self.close = self._ahead.close

    def fetch(self, offset: int) -> Page[Row]:
        """A page that is to be believed."""
        page = self._ahead.fetch(offset)
        found = judge_page(page, self._size, [self.key(row).id for row in page.items])
        # One that is so at every sync is remembered while it stays; others are believed beside it.
        if isinstance(found, DoubtedPage) and self._doubted is None:
            if found.mark != self._seen:
                self._list.save(replace(self._list.load(), doubted=found.mark), {})
                raise MalformedAnswerError(f"{found.reason}; {ASKED_AGAIN}.")
            self._doubted = found.mark
        return page

    def save(self, kept: Kept, rows: Mapping[Key, Row]) -> None:
        """Keep the list, with what was doubted of it."""
        self._list.save(replace(kept, doubted=self._doubted), rows)


def _brought_up_to_date(saved: SavedList[Row], kept: Kept, report: Report) -> Changes:
    before = set(kept.slots) - {None}
    read = 0 if kept.hole is None else kept.hole
    current: Pass[Row] = Pass(list(kept.slots[:read]), list(kept.slots[read:]))
    _read_to_known(saved, current, report)
    if read or current.disturbed:
        # Rows above where this began may have changed since: once more, from the top.
        current = Pass([], current.head + current.tail, rows=current.rows)
        _read_to_known(saved, current, report)
    final = _settled(saved, current, report)
    saved.save(Kept(tuple(final), None, kept.gap_tries), current.rows)
    current.rows.clear()
    tries = _fill_gap(saved, current, final, kept.gap_tries)
    saved.save(Kept(tuple(final), None, tries), current.rows)
    after = set(final) - {None}
    return Changes(total=len(final), new=len(after - before), gone=len(before - after))


def _read_to_known(saved: SavedList[Row], current: Pass[Row], report: Report) -> None:
    """Read from where the head ends until a row of the tail, or the end of the list.

    Going on after a cut, the first page has to hold a row of the head: rows that vanished
    meanwhile have moved the others up, and what moved over the seam would be missed.
    """
    seen = {slot for slot in current.head if slot is not None}
    offset = max(0, len(current.head) - 1)
    touching = bool(current.head)
    expected = False
    while True:
        page = saved.fetch(offset)
        if current.total is not None and page.total != current.total:
            current.disturbed = touching = True
        current.total = page.total
        slots = _slots(saved, page)
        if touching and offset > 0 and seen and seen.isdisjoint(slots):
            offset = max(0, offset - PAGE)
            continue
        touching = False
        # What stands above a row that was read came to the top meanwhile: the next look at the
        # top finds it, in its right place.
        start = max((i for i, slot in enumerate(slots, 1) if slot in seen), default=0)
        fresh = slots[start:]
        current.head += fresh
        seen.update(slot for slot in fresh if slot is not None)
        current.rows.update(rows_of(saved, page, fresh))
        current.end = offset + len(slots)
        met = last_known(current.tail, slots)
        ids = {slot.id for slot in fresh if slot is not None}
        ended = page.next_offset is None
        below = [] if ended else current.tail[0 if met is None else met + 1 :]
        current.tail = _without(below, ids)
        report(len(current.head), page.total)
        # Without a total nothing tells whether rows vanished: then the list is read to its end.
        if ended or (met is not None and page.total is not None):
            return
        saved.save(Kept((*current.head, *current.tail), len(current.head)), current.rows)
        current.rows.clear()
        assert page.next_offset is not None
        if not current.tail and not expected and page.total is not None:
            # Nothing of it is known: the rest is read to its end.
            saved.expect(range(page.next_offset, page.total, PAGE))
            expected = True
        offset = page.next_offset


def _settled(saved: SavedList[Row], current: Pass[Row], report: Report) -> list[Slot]:
    """The list with what vanished found; as it was read, where it was edited all the while.

    What was read holds all that is on the server and maybe more, so a size that is right proves
    it right. A list that two states of the server went into could be wrong at the right size.
    """
    for _ in range(SETTLE_TRIES):
        final = settle(saved, current, report)
        if final is not None:
            return final
        current.head, current.tail = [], current.head + current.tail
        current.total, current.disturbed = None, False
        _read_to_known(saved, current, report)
    return current.head + current.tail


def _fill_gap(saved: SavedList[Row], current: Pass[Row], slots: list[Slot], tries: int) -> int:
    """Ask again for the first row below the top that could not be read, a few times only.

    Such a row changes no total when it comes back, so that nothing else would find it.
    """
    gap = next((i for i in range(current.end, len(slots)) if slots[i] is None), None)
    if gap is None:
        return 0
    if tries >= GAP_TRIES:
        return tries
    page = saved.fetch(gap)
    if page.total != current.total:
        return tries
    known = set(slots)
    for place, row in enumerate(page.rows[: len(slots) - gap], start=gap):
        if row is not None and slots[place] is None and (key := saved.key(row)) not in known:
            slots[place] = key
            current.rows[key] = row
    return tries + 1 if slots[gap] is None else 0


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
    wanted = set(theirs) - {None}
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
        if (index := next((i for i, part in enumerate(parts) if not part.settled), None)) is None:
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
    slots = _slots(saved, page)
    return page.total == current.total and slots == current.head[: len(slots)]


def _split(
    saved: SavedList[Row], part: _Part, page: Page[Row], rows: dict[Key, Row]
) -> list[_Part]:
    """Replace a part by what a page within it tells: before it, the page itself, after it."""
    slots = _slots(saved, page)[: part.end - page.offset]
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


def _slots(saved: SavedList[Row], page: Page[Row]) -> list[Slot]:
    return [None if row is None else saved.key(row) for row in page.rows]


def _without(slots: list[Slot], ids: set[str]) -> list[Slot]:
    return [slot for slot in slots if slot is None or slot.id not in ids]


def _first_known(ours: list[Slot], theirs: list[Slot]) -> int | None:
    wanted = set(theirs) - {None}
    return next((i for i, slot in enumerate(ours) if slot in wanted), None)
