"""A year of the scheduler, with sleeps, restarts, clock changes, quota walls and a dead login."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from segued.config.schedule.rules import read_schedule
from segued.config.schema import Timed
from segued.schedule.policy import GRACE, Login, Outcome, Result
from segued.schedule.scheduler import Task

START = datetime(2026, 1, 1, tzinfo=UTC)
END = START + timedelta(days=365)
DEATH, RETURN = datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 7, 9, 18, 0, tzinfo=UTC)


def playlist(name: str, schedule: str | list[str], zone: str, **options: Any) -> Timed:
    return Timed(f"refresh:{name}", "refresh", name, read_schedule(schedule, zone), name, **options)


TIMETABLE = {
    event.key: event
    for event in (
        playlist("london", "30 1 * * *", "Europe/London"),
        playlist("new-york", ["02:30"], "America/New_York", jitter_seconds=900.0),
        playlist("sydney", "30 2 * * *", "Australia/Sydney"),
        playlist("lord-howe", ["mon 01:45", "thu 02:15"], "Australia/Lord_Howe"),
        playlist("hours", "every 8 hours", "Europe/Berlin"),
        playlist("strict", "0 12 * * 1-5", "UTC", catch_up=False),
        Timed("sync", "sync", "sync", read_schedule("every 3 hours", "UTC")),
        Timed("enrich", "enrich", "enrich", read_schedule("40 3 * * *", "UTC")),
    )
}


class World:
    """What happens to jobs: now and then a quota wall, an outage, a killed process, and a kill
    of the service itself."""

    def __init__(self) -> None:
        self.random = Random(7)
        self.wall_until = START
        self.outage_until = START

    def __call__(self, task: Task, now: datetime) -> Outcome:
        names = [timed.recipe_id or timed.kind for timed in task.timed]
        if self.random.random() < 0.003:
            raise KeyboardInterrupt
        if self.random.random() < 0.004:
            self.wall_until = now + timedelta(hours=self.random.uniform(6, 24))
        if self.random.random() < 0.01:
            self.outage_until = now + timedelta(minutes=self.random.uniform(1, 200))
        return Outcome(tuple(self._result(name, task, now) for name in names))

    def _result(self, name: str, task: Task, now: datetime) -> Result:
        if now < self.wall_until and task.kind != "enrich":
            return Result(name, "retry_at", "failed", "quota", self.wall_until, 5)
        if now < self.outage_until:
            return Result(name, "back_off", "failed", "down", exit_code=1)
        if DEATH <= now < RETURN and task.kind != "enrich":
            return Result(
                name, "login", "planned" if task.kind == "refresh" else "failed", "", None, 4
            )
        if self.random.random() < 0.003:
            return Result(name, "died", "failed", "killed", exit_code=1)
        return Result(name, "done", "changed")


@cache
def due_times(key: str) -> Sequence[datetime]:
    """Every time of the year at which a schedule is due."""
    schedule = TIMETABLE[key].schedule
    found, at = [], schedule.next(START)
    while at <= END:
        found.append(at)
        at = schedule.next(at)
    return found


@dataclass(frozen=True)
class Year:
    """What became of a year: the lines of each schedule, and when the machine slept or was down."""

    machine: Any
    world: World
    off: Sequence[tuple[datetime, datetime]]
    lines: Mapping[str, Sequence[Any]]

    def was_on(self, begin: datetime, end: datetime) -> bool:
        """Whether the service ran all the time."""
        return not any(start < end and begin <= stop for start, stop in self.off)

    def held(self, key: str, at: datetime) -> bool:
        """Whether a schedule was held back: the latest run before was none that went well."""
        lines = self.lines[key]
        number = bisect_left(lines, at, key=lambda line: line.at)
        ended = lines[number - 1] if number else None
        cut = [
            when for killed_key, _, when in self.machine.killed if killed_key == key and when < at
        ]
        return (ended is not None and ended.step != "done") or bool(
            cut and not (ended is not None and ended.at >= cut[-1])
        )


@pytest.fixture(scope="module")
def year(machine: Callable[..., Any]) -> Year:
    """A year with sleeps, restarts, kills, walls, outages and a login that dies and is renewed."""
    world, random = World(), Random(11)
    found = machine(TIMETABLE, world, START)
    off: list[tuple[datetime, datetime]] = []
    while found.now < END:
        before = found.now
        if DEATH <= before < RETURN:
            found.login = Login(False, "first")
        elif before >= RETURN:
            found.login = Login(True, "second")
        borders = [moment for moment in (DEATH, RETURN, END) if moment > before]
        pause = before + timedelta(hours=random.uniform(5, 120))
        found.until(min(pause, *borders))
        began = found.now
        if began in (DEATH, RETURN, END) and not found.dead:
            continue
        if found.dead or random.random() < 0.3:
            found.kill(seconds=random.choice([1, 40, 7200, 200_000]))
        else:
            found.sleep(hours=random.uniform(0.2, 30))
        found.now = min(found.now, END)
        off.append((began, found.now))
    found.step()
    lines: dict[str, list[Any]] = defaultdict(list)
    for line in found.history:
        lines[line.key].append(line)
    assert all(a.at <= b.at for found in lines.values() for a, b in pairwise(found))
    return Year(found, world, off, lines)


def test_the_year_had_everything_in_it(year: Year) -> None:
    steps = Counter(line.step for line in year.machine.history)
    assert {"done", "retry_at", "back_off", "login", "died"} <= set(steps)
    assert len(year.off) > 60
    assert len(year.machine.killed) >= 5
    assert steps["done"] > 3000


def test_no_run_is_doubled_early_or_at_a_time_that_is_not_due(year: Year) -> None:
    for key in TIMETABLE:
        dues = set(due_times(key))
        done = Counter(line.due for line in year.lines[key] if line.step == "done")
        assert set(done) <= dues
        assert max(done.values()) == 1
        assert all(line.at >= line.due for line in year.lines[key])


def test_every_due_run_happens_in_its_minute_while_nothing_is_in_the_way(year: Year) -> None:
    checked = 0
    for key, timed in TIMETABLE.items():
        at = {line.due: line.at for line in reversed(year.lines[key])}
        latest = timedelta(seconds=timed.jitter_seconds + 60)
        for due in due_times(key):
            if due + latest < END and year.was_on(due, due + latest) and not year.held(key, due):
                assert due in at, (key, due)
                assert at[due] - due <= latest, (key, due)
                checked += 1
    assert checked > 3000


def test_what_was_missed_is_caught_up_once_and_at_once(year: Year) -> None:
    checked = 0
    for key, timed in TIMETABLE.items():
        dues = due_times(key)
        for number, (start, stop) in enumerate(year.off[:-1]):
            missed = [due for due in dues if start < due < stop]
            patience = stop + timedelta(seconds=timed.jitter_seconds + 60)
            if not missed or year.held(key, stop) or year.off[number + 1][0] <= patience:
                continue
            if any(stop <= due <= patience for due in dues):
                continue  # the next one came at once and took its place
            found = [line for line in year.lines[key] if stop <= line.at <= patience]
            if not timed.catch_up and stop - missed[-1] > GRACE:
                assert found == []
                assert (key, missed[-1]) in {entry[:2] for entry in year.machine.let_go}
                continue
            # One that failed may be tried again within that time.
            assert {line.due for line in found} == {missed[-1]}, (key, start, stop)
            assert sum(line.step == "done" for line in found) <= 1, (key, start, stop)
            late = stop - missed[-1] > GRACE
            assert found[0].reason.startswith("caught up" if late else "due"), found
            checked += 1
    assert checked > 100
    assert {key for key, _, _ in year.machine.let_go} == {"refresh:strict"}


def test_every_run_has_its_reason_and_one_that_is_late_says_why(year: Year) -> None:
    for key, timed in TIMETABLE.items():
        for line in year.lines[key]:
            assert line.reason.startswith(("due", "caught up", "again", "logged in again")), line
            late = line.at - line.due > GRACE + timedelta(seconds=timed.jitter_seconds)
            if late and line.reason.startswith("due"):  # then it was held back since it was due
                assert year.held(key, line.at), line


def test_a_run_the_service_was_killed_in_is_made_again(year: Year) -> None:
    checked = 0
    for key, due, when in year.machine.killed:
        back = next(stop for start, stop in year.off if start == when)
        first = next(line for line in year.lines[key] if line.at >= back)
        if TIMETABLE[key].schedule.next(due) > back + timedelta(minutes=1):
            assert (first.due, first.at - back < timedelta(minutes=1)) == (due, True)
            assert first.reason.startswith("again")
            checked += 1
    assert checked >= 3


def test_while_the_login_is_dead_playlists_are_planned_and_nothing_else_is_done(
    year: Year,
) -> None:
    dead = [line for line in year.machine.history if DEATH <= line.at < RETURN]
    planned = Counter(line.key for line in dead if line.step == "login")
    assert planned["refresh:london"] >= 4
    assert not [line for line in dead if line.step == "done" and line.key != "enrich"]
    first = next(line for line in year.lines["sync"] if line.at >= RETURN)
    assert first.at - RETURN < timedelta(days=2)


def test_every_schedule_goes_on_to_the_end_of_the_year(year: Year) -> None:
    for key in TIMETABLE:
        good = [line.at for line in year.lines[key] if line.step == "done"]
        alive = [(a, b) for a, b in pairwise(good) if not (a < RETURN and b > DEATH)]
        assert max(b - a for a, b in alive) < timedelta(days=8), key
        assert END - good[-1] < timedelta(days=8), key


def test_after_a_quota_wall_runs_go_on_at_the_time_it_named(machine: Callable[..., Any]) -> None:
    wall = START + timedelta(hours=20)

    def answer(task: Task, now: datetime) -> Outcome:
        if now < wall:
            return Outcome((Result("sync", "retry_at", "failed", "quota", wall, 5),))
        return Outcome((Result("sync", "done", "done"),))

    found = machine({"sync": TIMETABLE["sync"]}, answer, START)
    found.until(START + timedelta(hours=22))
    assert [line.step for line in found.history] == ["retry_at", "done", "done"]
    assert wall <= found.history[1].at < wall + timedelta(minutes=2)
