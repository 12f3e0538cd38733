"""The days on which clocks change, on both hemispheres, through APScheduler itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from segued.config.schedule.rules import read_schedule
from segued.config.schema import Timed
from segued.schedule.policy import Outcome, Result
from segued.schedule.scheduler import Task

# The day, and a time on the clock that is skipped or comes twice on it.
SPRING = [
    ("Europe/London", date(2026, 3, 29), "01:30"),
    ("America/New_York", date(2026, 3, 8), "02:30"),
    ("Australia/Sydney", date(2026, 10, 4), "02:30"),
    ("Australia/Lord_Howe", date(2026, 10, 4), "02:15"),
    ("America/Santiago", date(2026, 9, 6), "00:30"),
]
AUTUMN = [
    ("Europe/London", date(2026, 10, 25), "01:30"),
    ("America/New_York", date(2026, 11, 1), "01:30"),
    ("Australia/Sydney", date(2026, 4, 5), "02:30"),
    ("Australia/Lord_Howe", date(2026, 4, 5), "01:45"),
    ("America/Santiago", date(2026, 4, 4), "23:30"),
]
Boot = Callable[..., Any]


def fine(task: Task, _: datetime) -> Outcome:
    return Outcome(tuple(Result(timed.name, "done", "changed") for timed in task.timed))


def ran_on(boot: Boot, zone: str, day: date, schedule: str | list[str]) -> list[datetime]:
    """When a schedule ran on a day, in the time of its zone, whole days around it running."""
    timed = Timed("refresh:a", "refresh", "a", read_schedule(schedule, zone), "a")
    local = ZoneInfo(zone)
    begin, end = (
        datetime.combine(date, time(), tzinfo=local).astimezone(UTC)
        for date in (day, day + timedelta(days=1))
    )
    machine = boot({timed.key: timed}, fine, begin - timedelta(hours=3))
    machine.until(end + timedelta(hours=3))
    return [line.at.astimezone(local) for line in machine.history if begin <= line.at < end]


@pytest.mark.parametrize(("zone", "day", "clock"), [*SPRING, *AUTUMN])
def test_a_run_at_a_fixed_hour_happens_once_on_the_day_of_a_change(
    machine: Boot, zone: str, day: date, clock: str
) -> None:
    assert len(ran_on(machine, zone, day, [clock])) == 1


@pytest.mark.parametrize(("zone", "day", "clock"), [*SPRING, *AUTUMN])
def test_an_interval_runs_evenly_through_a_change(
    machine: Boot, zone: str, day: date, clock: str
) -> None:
    runs = [moment.astimezone(UTC) for moment in ran_on(machine, zone, day, "every 15 minutes")]
    steps = {after - before for before, after in pairwise(runs)}
    assert all(abs(step - timedelta(minutes=15)) < timedelta(seconds=1) for step in steps)


@pytest.mark.parametrize(("zone", "day", "clock"), AUTUMN)
def test_every_half_hour_runs_in_both_hours_that_bear_one_name(
    machine: Boot, zone: str, day: date, clock: str
) -> None:
    runs = ran_on(machine, zone, day, "*/15 * * * *")
    hour, minute = (int(part) for part in clock.split(":"))
    twice = [run for run in runs if (run.hour, run.minute) == (hour, minute)]
    assert len(twice) == 2
    assert twice[0].utcoffset() != twice[1].utcoffset()


def test_a_machine_asleep_over_the_change_catches_up_once(machine: Boot) -> None:
    timed = Timed("refresh:a", "refresh", "a", read_schedule(["01:30"], "Europe/London"), "a")
    found = machine({timed.key: timed}, fine, datetime(2026, 10, 24, 12, tzinfo=UTC))
    found.until(datetime(2026, 10, 24, 22, tzinfo=UTC))
    found.sleep(hours=12)
    found.until(datetime(2026, 10, 25, 20, tzinfo=UTC))
    assert [(line.due.hour, line.reason) for line in found.history] == [
        (0, "caught up: 1 run was missed")
    ]


def test_crontab_weekdays_count_from_sunday_in_apscheduler_too(machine: Boot) -> None:
    timed = Timed("refresh:a", "refresh", "a", read_schedule("0 12 * * 1-5,7", "UTC"), "a")
    found = machine({timed.key: timed}, fine, datetime(2026, 3, 1, tzinfo=UTC))  # a Sunday
    found.until(datetime(2026, 3, 8, tzinfo=UTC))
    assert [line.at.strftime("%a") for line in found.history] == [
        "Sun", "Mon", "Tue", "Wed", "Thu", "Fri"
    ]  # fmt: skip
