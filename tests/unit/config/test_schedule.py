"""Schedules: due times through the year, clock changes included."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segued.config.schedule.rules import (
    Schedule,
    day_start,
    next_runs,
    read_schedule,
    read_timezone,
)

BERLIN = "Europe/Berlin"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def due_between(schedule: Schedule, start: datetime, end: datetime) -> list[datetime]:
    found, moment = [], start
    while (moment := schedule.next(moment)) < end:
        found.append(moment)
    return found


def local_times(schedule: Schedule, day: str, zone: str) -> list[str]:
    start = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone))
    end = start + timedelta(days=1)
    due = due_between(schedule, start.astimezone(UTC) - timedelta(seconds=1), end.astimezone(UTC))
    return [moment.astimezone(ZoneInfo(zone)).strftime("%H:%M%z") for moment in due]


def test_previous_includes_now_and_next_does_not() -> None:
    schedule = read_schedule("0 7 * * mon", "UTC")
    monday = at("2026-11-23T07:00")
    assert schedule.previous(monday) == monday
    assert schedule.next(monday) == at("2026-11-30T07:00")


def test_a_schedule_goes_by_its_timezone() -> None:
    assert read_schedule("0 7 * * *", "Asia/Tokyo").next(at("2026-11-22T00:00")) == at(
        "2026-11-22T22:00"
    )


def test_an_interval_is_counted_from_the_epoch() -> None:
    schedule = read_schedule("every 45 minutes", "UTC")
    assert schedule.previous(at("1970-01-01T01:00")) == at("1970-01-01T00:45")
    assert schedule.next(at("1970-01-01T00:45")) == at("1970-01-01T01:30")


def test_times_of_the_week_are_due_at_any_of_them() -> None:
    schedule = read_schedule(["mon 07:00", "fri 17:30"], "UTC")
    assert due_between(schedule, at("2026-11-22T00:00"), at("2026-11-30T00:00")) == [
        at("2026-11-23T07:00"),
        at("2026-11-27T17:30"),
    ]


def test_a_time_without_a_weekday_is_every_day() -> None:
    schedule = read_schedule(["06:15"], "UTC")
    assert schedule.next(at("2026-11-22T06:15")) == at("2026-11-23T06:15")


def test_weekdays_of_a_time_may_be_a_range() -> None:
    schedule = read_schedule(["mon-fri 07:00"], "UTC")
    assert schedule.next(at("2026-11-20T08:00")) == at("2026-11-23T07:00")


@pytest.mark.parametrize(
    ("text", "zone", "day", "due"),
    [
        # Clocks jump from 02:00 to 03:00: a time within comes as much later, once.
        ("30 2 * * *", BERLIN, "2026-03-29", ["03:30+0200"]),
        ("0 3 * * *", BERLIN, "2026-03-29", ["03:00+0200"]),
        # Clocks go back from 03:00 to 02:00: a fixed time is due once, the first time.
        ("30 2 * * *", BERLIN, "2026-10-25", ["02:30+0200"]),
        # The southern hemisphere.
        ("30 2 * * *", "Australia/Sydney", "2026-10-04", ["03:30+1100"]),
        ("30 2 * * *", "Australia/Sydney", "2026-04-05", ["02:30+1100"]),
        # Half an hour of daylight saving.
        ("15 2 * * *", "Australia/Lord_Howe", "2026-10-04", ["02:45+1100"]),
        # Midnight itself is skipped.
        ("0 0 * * *", "America/Havana", "2026-03-08", ["01:00-0400"]),
    ],
)
def test_a_fixed_time_is_due_once_when_clocks_change(
    text: str, zone: str, day: str, due: list[str]
) -> None:
    assert local_times(read_schedule(text, zone), day, zone) == due


@pytest.mark.parametrize(("day", "runs"), [("2026-03-29", 46), ("2026-10-25", 50)])
def test_a_rule_for_every_hour_goes_by_real_time_when_clocks_change(day: str, runs: int) -> None:
    schedule = read_schedule("*/30 * * * *", BERLIN)
    start = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(BERLIN)).astimezone(UTC)
    hours = 23 if runs == 46 else 25
    due = due_between(schedule, start - timedelta(seconds=1), start + timedelta(hours=hours))
    assert len(due) == runs
    assert {later - earlier for earlier, later in itertools.pairwise(due)} == {
        timedelta(minutes=30)
    }


@pytest.mark.parametrize("zone", [BERLIN, "Australia/Sydney", "America/New_York", "UTC"])
def test_a_daily_time_is_due_on_each_day_of_a_year_once(zone: str) -> None:
    due = due_between(
        read_schedule("30 2 * * *", zone), at("2026-01-01T00:00"), at("2027-01-01T00:00")
    )
    assert len({moment.astimezone(ZoneInfo(zone)).date() for moment in due}) == len(due) == 365


def test_29_february_is_waited_for_over_a_century_without_leap_day() -> None:
    assert read_schedule("0 0 29 2 *", "UTC").next(at("2096-03-01T00:00")) == at("2104-02-29T00:00")


rules = st.sampled_from(
    ["30 2 * * *", "*/7 * * * *", "0 7 * * 1-5", "0 0 1 * *", "every 45 minutes", "5 1 29 2 *"]
)


@given(rules, st.sampled_from([BERLIN, "Australia/Sydney", "UTC"]), st.integers(0, 4 * 10**9))
def test_next_and_previous_agree(text: str, zone: str, seconds: int) -> None:
    schedule, now = read_schedule(text, zone), datetime.fromtimestamp(seconds, UTC)
    before, after = schedule.previous(now), schedule.next(now)
    assert before <= now < after
    assert schedule.next(before) == after
    assert schedule.previous(after - timedelta(seconds=1)) == before
    assert schedule.period_start(now) == before


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("every day", "is not understood"),
        ("every 0 minutes", "between 1 minute and 24 hours"),
        ("every 2 days", "@daily"),
        ("every 25 hours", "between 1 minute and 24 hours"),
        ("sometimes", "crontab's 5 fields"),
        (["mon 25:00"], "not a time of the week"),
        (["mon 7"], "not a time of the week"),
        (["moonday 07:00"], "not a weekday"),
        ([], "no times are given"),
    ],
)
def test_what_is_no_schedule_says_why(value: str | list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_schedule(value, "UTC")


def test_an_unknown_timezone_suggests_a_near_one() -> None:
    with pytest.raises(ValueError, match="Europe/London"):
        read_timezone("Europe/Lundon")
    with pytest.raises(ValueError, match="Europe/Berlin"):
        read_timezone("Berlin")


def test_a_day_starts_at_midnight_of_its_zone() -> None:
    assert day_start(at("2026-11-22T01:00"), ZoneInfo("America/New_York")) == at("2026-11-21T05:00")


def test_the_next_runs_of_all_schedules_come_soonest_first() -> None:
    schedules = {"a": read_schedule("0 7 * * *", "UTC"), "b": read_schedule("0 6 * * mon", "UTC")}
    assert next_runs(schedules, at("2026-11-22T00:00"), 3) == [
        (at("2026-11-22T07:00"), "a"),
        (at("2026-11-23T06:00"), "b"),
        (at("2026-11-23T07:00"), "a"),
    ]
