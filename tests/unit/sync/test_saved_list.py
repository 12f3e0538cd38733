"""The copy of a long list: always right afterwards, and cheap."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from segue.errors import MalformedAnswerError
from segued.spotify.answers import Page
from segued.sync.saved import PAGE, Kept, Key
from segued.sync.saved_list import bring_up_to_date

START = datetime(2026, 1, 1, tzinfo=UTC)


class CutError(Exception):
    """The run was killed."""


class Server:
    """A list on a server, newest first, and the copy of it that is on the disk."""

    def __init__(self, size: int, null: frozenset[str] = frozenset(), totals: bool = True) -> None:
        self.clock = size
        self.rows = [Key(f"t{i}", START + timedelta(hours=i)) for i in range(size)][::-1]
        self.null = null
        self.totals = totals
        self.kept = Kept()
        self.flushed = self.kept
        self.stored: set[Key] = set()
        self.fetched: list[int] = []
        self.cut_after: int | None = None
        self.before_fetch: dict[int, list[tuple[str, int]]] = {}
        self.halved: int | None = None
        self.missing_at_the_end = 0

    def edit(self, what: str, where: int) -> None:
        if what == "like":
            self.clock += 1
            self.rows.insert(0, Key(f"n{self.clock}", START + timedelta(hours=self.clock)))
        elif self.rows and what == "unlike":
            del self.rows[where % len(self.rows)]
        elif self.rows:
            self.clock += 1
            again = self.rows.pop(where % len(self.rows))
            self.rows.insert(0, Key(again.id, START + timedelta(hours=self.clock)))

    def fetch(self, offset: int) -> Page[Key]:
        if self.cut_after is not None and len(self.fetched) >= self.cut_after:
            raise CutError
        for what, where in self.before_fetch.pop(len(self.fetched), []):
            self.edit(what, where)
        self.fetched.append(offset)
        there = self.rows[: len(self.rows) - self.missing_at_the_end]
        rows = there[offset : offset + PAGE]
        end = offset + len(rows)
        shown = tuple(None if row.id in self.null else row for row in rows)
        total = len(self.rows) if self.totals else None
        if self.halved == len(self.fetched):
            shown, self.halved = shown[: len(shown) // 2], None
        return Page(shown, offset, total, end if end < len(there) and rows else None)

    def key(self, row: Key) -> Key:
        return row

    def load(self) -> Kept:
        return self.kept

    def save(self, kept: Kept, rows: Mapping[Key, Key]) -> None:
        self.kept = kept
        self.stored |= set(rows)

    def flush(self) -> None:
        self.flushed = self.kept

    def sync(self) -> int:
        """Sync and give the number of requests it took."""
        self.fetched.clear()
        bring_up_to_date(self, lambda _done, _total: None)
        return len(self.fetched)

    @property
    def copied(self) -> bool:
        shown = tuple(None if row.id in self.null else row for row in self.rows)
        return self.flushed.slots == shown and {each for each in shown if each} <= self.stored


def test_a_first_sync_reads_each_page_once() -> None:
    server = Server(1000)
    assert server.sync() == 20
    assert server.copied
    assert server.fetched == list(range(0, 1000, 50))


def test_nothing_changed_costs_one_request() -> None:
    server = Server(10_000)
    server.sync()
    assert server.sync() == 1


def test_an_empty_list_costs_one_request() -> None:
    server = Server(0)
    assert server.sync() == 1
    assert server.copied


def test_new_rows_are_read_from_the_top_until_one_is_known() -> None:
    server = Server(10_000)
    server.sync()
    for _ in range(120):
        server.edit("like", 0)
    assert server.sync() == 3
    assert server.copied


@pytest.mark.parametrize("where", [0, 49, 50, 51, 2500, 5000, 7777, 9949, 9998, 9999])
def test_one_old_row_gone_is_found_by_bisecting(where: int) -> None:
    server = Server(10_000)
    server.sync()
    server.edit("unlike", where)
    assert server.sync() <= 10
    assert server.copied


def test_a_row_taken_back_and_liked_anew_costs_nothing_more() -> None:
    server = Server(10_000)
    server.sync()
    server.edit("relike", 7000)
    assert server.sync() == 1
    assert server.copied


def test_many_rows_gone_cost_no_more_than_reading_everything() -> None:
    server = Server(2000)
    server.sync()
    for where in range(0, 1000, 7):
        server.edit("unlike", where)
    assert server.sync() <= 2000 // PAGE + 5
    assert server.copied


def test_everything_gone_is_believed_when_it_is_seen_again() -> None:
    server = Server(500)
    server.sync()
    server.rows.clear()
    with pytest.raises(MalformedAnswerError, match="0 rows all of a sudden"):
        server.sync()
    assert len(server.flushed.slots) == 500
    assert server.sync() == 1
    assert server.copied


@pytest.mark.parametrize("page", [1, 2, 4])
@pytest.mark.parametrize("known", [False, True])
def test_a_page_that_came_by_half_takes_nothing_away(page: int, known: bool) -> None:
    server = Server(400)
    if known:
        server.sync()
        for _ in range(240):
            server.edit("like", 0)
    server.halved = page
    with pytest.raises(MalformedAnswerError, match="25 of 50 rows"):
        server.sync()
    server.sync()
    assert server.copied


def test_a_page_that_is_short_at_every_sync_is_believed_from_the_second_on() -> None:
    server = Server(100)
    server.missing_at_the_end = 2
    with pytest.raises(MalformedAnswerError, match="48 of 50 rows"):
        server.sync()
    for _ in range(3):
        server.sync()
        assert len(server.flushed.slots) == 98


def test_a_page_of_null_rows_takes_nothing_away() -> None:
    server = Server(200)
    server.sync()
    server.null = frozenset(row.id for row in server.rows[:40])
    with pytest.raises(MalformedAnswerError, match="40 of 50 rows"):
        server.sync()
    server.null = frozenset()
    server.sync()
    assert server.copied


def test_a_list_without_a_total_is_read_to_its_end() -> None:
    server = Server(300, totals=False)
    server.sync()
    server.edit("unlike", 200)
    assert server.sync() == 6
    assert server.copied


def test_rows_that_stay_unreadable_keep_their_place_and_soon_cost_nothing() -> None:
    server = Server(1000, null=frozenset({"t5", "t500", "t999"}))
    server.sync()
    assert server.copied
    assert [server.sync() for _ in range(5)] == [2, 2, 2, 1, 1]
    assert server.copied


def test_a_row_that_can_be_read_again_is_found() -> None:
    server = Server(1000, null=frozenset({"t500", "t20"}))
    server.sync()
    server.null = frozenset()
    assert server.sync() == 2
    assert server.sync() == 2
    assert server.copied
    assert server.sync() == 1


def test_a_cut_first_sync_goes_on_and_repeats_one_page_at_most() -> None:
    server = Server(1000)
    server.cut_after = 7
    with pytest.raises(CutError):
        server.sync()
    assert server.kept.hole == 350
    server.cut_after = None
    # 650 rows are left: 14 pages that overlap by one row, and the top once more.
    assert server.sync() <= 15
    assert server.copied


def test_what_was_liked_before_the_cut_is_kept_while_new_rows_are_read() -> None:
    server = Server(1000)
    server.sync()
    for _ in range(300):
        server.edit("like", 0)
    server.cut_after = 3
    with pytest.raises(CutError):
        server.sync()
    assert len(server.kept.slots) == 1150
    server.cut_after = None
    assert server.sync() <= 6
    assert server.copied


EDITS = st.tuples(st.sampled_from(["like", "unlike", "relike"]), st.integers(0, 10_000))


@settings(max_examples=150, deadline=None)
@given(
    size=st.integers(0, 700),
    null=st.frozensets(st.integers(0, 700).map("t{}".format), max_size=4),
    rounds=st.lists(
        st.tuples(st.lists(EDITS, max_size=12), st.one_of(st.none(), st.integers(0, 6))),
        max_size=5,
    ),
)
def test_whatever_is_edited_and_wherever_it_is_cut_the_copy_ends_right(
    size: int, null: frozenset[str], rounds: list[tuple[list[tuple[str, int]], int | None]]
) -> None:
    server = Server(size, null)
    for edits, cut_after in rounds:
        for edit in edits:
            server.edit(*edit)
        server.cut_after = cut_after
        try:
            server.sync()
        except CutError:
            continue
        assert server.copied
    server.cut_after = None
    server.sync()
    assert server.copied


@settings(max_examples=100, deadline=None)
@given(
    size=st.integers(0, 500),
    during=st.dictionaries(st.integers(0, 9), st.lists(EDITS, max_size=3), max_size=4),
)
@example(size=52, during={1: [("unlike", 50)], 2: [("like", 0)], 4: [("unlike", 51)]})
@example(size=202, during={2: [("unlike", 50)], 9: [("relike", 100)]})
def test_edits_during_a_sync_are_caught_by_the_next_at_the_latest(
    size: int, during: dict[int, list[tuple[str, int]]]
) -> None:
    server = Server(size)
    server.before_fetch = during
    server.sync()
    server.before_fetch = {}
    server.sync()
    assert server.copied
