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

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Generic

from segue.errors import MalformedAnswerError
from segued.spotify.answers import Page
from segued.sync.kept import (
    PAGE,
    Kept,
    Key,
    Pass,
    Report,
    Row,
    SavedList,
    Slot,
    last_known,
    rows_of,
    settle,
)
from segued.sync.tracks import ASKED_AGAIN, DoubtedPage, judge_page
from segued.web.side_by_side import Ahead

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
        found = judge_page(page, self._size)
        if isinstance(found, DoubtedPage):
            if found.mark != self._seen:
                self._list.save(replace(self._list.load(), doubted=found.mark), {})
                raise MalformedAnswerError(f"{found.reason}; {ASKED_AGAIN}.")
            self._doubted = found.mark  # it is so at every sync: remembered as long as it stays
        return page

    def save(self, kept: Kept, rows: Mapping[Key, Row]) -> None:
        """Keep the list, with what was doubted of it."""
        self._list.save(replace(kept, doubted=self._doubted), rows)


def _brought_up_to_date(saved: SavedList[Row], kept: Kept, report: Report) -> Changes:
    before = {slot for slot in kept.slots if slot is not None}
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
    after = {slot for slot in final if slot is not None}
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
        slots = [None if row is None else saved.key(row) for row in page.rows]
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
        if met is not None:
            current.tail = current.tail[met + 1 :]
        current.tail = [slot for slot in current.tail if slot is None or slot.id not in ids]
        ended = page.next_offset is None
        if ended:
            current.tail = []
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
