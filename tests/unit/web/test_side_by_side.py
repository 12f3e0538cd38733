"""Requests side by side: outcomes in order, bounded, and no more of them after a refusal."""

from __future__ import annotations

import threading

import pytest

from segued.web.source import Ahead, in_order
from segued.web.transport import pause


def test_outcomes_come_in_the_order_of_the_items_whatever_ends_first() -> None:
    later = threading.Event()

    def work(item: int) -> int:
        if item == 1:
            assert later.wait(120)
        if item == 3:
            later.set()
        return 10 * item

    assert [(item, done()) for item, done in in_order(work, range(6), 3)] == [
        (item, 10 * item) for item in range(6)
    ]


def test_no_more_than_so_many_are_under_way() -> None:
    under_way, most, lock = 0, 0, threading.Lock()

    def work(_: int) -> None:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        with lock:
            under_way -= 1

    for _, done in in_order(work, range(50), 4):
        done()
    assert most <= 4


def test_what_began_and_was_not_dealt_with_is_never_more_than_so_many() -> None:
    began, dealt_with, most, lock = 0, 0, 0, threading.Lock()

    def work(_: int) -> None:
        nonlocal began, most
        with lock:
            began += 1
            most = max(most, began - dealt_with)

    for _, done in in_order(work, range(50), 4):
        done()
        dealt_with += 1
    assert began == dealt_with == 50
    assert most <= 4


def test_after_a_failure_nothing_new_begins_beside_what_is_under_way() -> None:
    began: list[int] = []

    def work(item: int) -> int:
        began.append(item)
        if item >= 2:
            raise ValueError(item)
        return item

    for item, done in in_order(work, range(100), 4):
        if item == 2:
            with pytest.raises(ValueError, match="2"):
                done()
            break
    assert max(began) <= 2 + 4


def test_a_service_that_fails_from_the_start_is_asked_one_by_one() -> None:
    began: list[int] = []

    def work(item: int) -> int:
        began.append(item)
        raise ValueError(item)

    outcomes = in_order(work, range(100), 6)
    for _ in range(3):
        next(outcomes)
    assert began == [0, 1, 2]


def test_pages_read_in_another_order_than_expected_are_asked_for_themselves() -> None:
    asked: list[int] = []

    def fetch(offset: int) -> int:
        asked.append(offset)
        return -offset

    pages = Ahead(fetch)
    pages.expect([50, 100, 150])
    assert [pages.fetch(offset) for offset in (50, 0, 100)] == [-50, 0, -100]
    assert asked[0] == 50
    assert asked.count(0) == 1


def test_what_only_pauses_is_ended_where_the_caller_stops() -> None:
    together = threading.Barrier(3)
    went_on: list[int] = []

    def work(item: int) -> None:
        if item:
            together.wait()
        if item > 1:
            pause(3600)  # as long as a test would hang
            went_on.append(item)

    outcomes = in_order(work, range(4), most=3)
    next(outcomes)  # the first is alone
    next(outcomes)
    outcomes.close()
    assert went_on == []
