"""What is due when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segued.config.schedule.rules import read_schedule
from segued.config.schema import Timed
from segued.schedule.policy import Login, Result, begins_at, due_by, jitter, on_end, wakes_at
from segued.store.runs import ScheduleState

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SEVEN = datetime(2026, 3, 3, 7, 0, tzinfo=UTC)


def test_a_new_schedule_owes_nothing_for_the_past(timed: Callable[..., Timed]) -> None:
    state = due_by(timed(), ScheduleState("refresh:mornings"), NOON).state
    assert state.owed is None
    assert state.next_due == SEVEN


def test_a_due_time_is_owed_once_it_has_come(timed: Callable[..., Timed]) -> None:
    known = due_by(timed(), ScheduleState("k"), NOON).state
    state = due_by(timed(), known, SEVEN).state
    assert (state.owed, state.owed_why) == (SEVEN, "due")
    assert state.next_due == SEVEN + timedelta(days=1)


def test_many_missed_runs_are_made_up_by_one(timed: Callable[..., Timed]) -> None:
    known = due_by(timed(), ScheduleState("k"), NOON).state
    state = due_by(timed(), known, SEVEN + timedelta(days=3, hours=2)).state
    assert state.owed == SEVEN + timedelta(days=3)
    assert state.owed_why == "caught up: 4 runs were missed"


def test_a_schedule_that_does_not_catch_up_says_what_it_lets_go(
    timed: Callable[..., Timed],
) -> None:
    wanted = timed(catch_up=False)
    known = due_by(wanted, ScheduleState("k"), NOON).state
    looked = due_by(wanted, known, SEVEN + timedelta(hours=2))
    assert looked.state.owed is None
    assert looked.skipped == SEVEN
    assert "does not catch up" in looked.why


def test_a_schedule_that_does_not_catch_up_runs_within_the_grace(
    timed: Callable[..., Timed],
) -> None:
    wanted = timed(catch_up=False)
    known = due_by(wanted, ScheduleState("k"), NOON).state
    assert due_by(wanted, known, SEVEN + timedelta(minutes=4)).state.owed == SEVEN


def test_another_schedule_in_the_configuration_owes_nothing_of_the_old_one(
    timed: Callable[..., Timed],
) -> None:
    known = due_by(timed(), ScheduleState("k"), NOON).state
    state = due_by(timed("30 7 * * *"), known, SEVEN + timedelta(days=2)).state
    assert state.owed is None


def test_a_clock_set_back_repeats_nothing(timed: Callable[..., Timed]) -> None:
    known = due_by(timed(), ScheduleState("k"), NOON).state
    ran = replace(due_by(timed(), known, SEVEN).state, owed=None, tried=SEVEN)
    back = due_by(timed(), ran, SEVEN - timedelta(seconds=90)).state
    assert back.next_due == SEVEN + timedelta(days=1)


def test_a_clock_that_was_years_ahead_does_not_stop_a_schedule(
    timed: Callable[..., Timed],
) -> None:
    ahead = NOON + timedelta(days=3650)
    known = due_by(timed(), ScheduleState("k"), ahead).state
    assert due_by(timed(), replace(known, tried=ahead), NOON).state.next_due == SEVEN


def test_a_run_that_failed_while_the_clock_was_years_ahead_is_made_once_it_is_right(
    timed: Callable[..., Timed],
) -> None:
    ahead = SEVEN + timedelta(days=3650)
    known = due_by(timed(), ScheduleState("k"), ahead - timedelta(hours=1)).state
    owed = due_by(timed(), known, ahead).state
    result = Result("k", "back_off", "failed")
    failed = on_end(replace(owed, tried=owed.owed), result, ahead, Login(True, "first"))
    begins = begins_at(timed(), failed)
    assert begins is not None
    assert begins > ahead
    assert begins_at(timed(), due_by(timed(), failed, NOON).state) == NOON


def test_nothing_begins_before_what_it_waits_for(timed: Callable[..., Timed]) -> None:
    state = ScheduleState("k", owed=SEVEN, not_before=SEVEN + timedelta(hours=1))
    assert begins_at(timed(), state) == SEVEN + timedelta(hours=1)


def test_a_disabled_schedule_begins_never(timed: Callable[..., Timed]) -> None:
    assert begins_at(timed(), ScheduleState("k", owed=SEVEN, waiting="disabled")) is None


def test_a_paused_schedule_is_not_woken(timed: Callable[..., Timed]) -> None:
    known = due_by(timed(), ScheduleState("k"), NOON).state
    assert wakes_at(timed(), replace(known, paused_at=NOON)) is None


def test_jitter_only_delays_and_is_the_same_each_time(timed: Callable[..., Timed]) -> None:
    wanted = timed(jitter_seconds=600)
    delays = {jitter(wanted, SEVEN + timedelta(days=day)) for day in range(30)}
    assert len(delays) > 20
    assert all(timedelta() <= delay < timedelta(minutes=10) for delay in delays)
    assert jitter(wanted, SEVEN) == jitter(wanted, SEVEN)


def test_jitter_never_reaches_the_next_due_time(timed: Callable[..., Timed]) -> None:
    wanted = timed("every 5 minutes", jitter_seconds=86400)
    assert jitter(wanted, SEVEN) < timedelta(minutes=2.5)


@pytest.mark.parametrize("zone", ["Europe/London", "Australia/Sydney", "Australia/Lord_Howe"])
@given(steps=st.lists(st.integers(1, 3 * 86400), min_size=1, max_size=40))
def test_however_time_passes_each_latest_due_time_is_owed_once(zone: str, steps: list[int]) -> None:
    schedule = read_schedule(["02:30", "mon 07:00"], zone)
    wanted = Timed("k", "refresh", "k", schedule, "k")
    now = datetime(2026, 3, 20, tzinfo=UTC)
    state = due_by(wanted, ScheduleState("k"), now).state
    owed: list[datetime] = []
    for seconds in steps:
        before, now = now, now + timedelta(seconds=seconds)
        state = due_by(wanted, state, now).state
        expected = schedule.previous(now) if schedule.next(before) <= now else None
        assert state.owed == expected
        if state.owed is not None:
            owed.append(state.owed)
            state = replace(state, owed=None, tried=state.owed)
    assert owed == sorted(set(owed))
