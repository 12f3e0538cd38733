"""A year of the scheduler, with sleeps, restarts, clock changes, quota walls and a dead login."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from segued.config.schedule import read_schedule
from segued.config.timetable import Timed
from segued.service.keeper import Task
from segued.service.policy import Login
from segued.worker.messages import Outcome, Result

START = datetime(2026, 1, 1, tzinfo=UTC)
END = START + timedelta(days=365)
DEATH, RETURN = datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 7, 9, 18, 0, tzinfo=UTC)


def playlist(name: str, schedule: str | list[str], zone: str, **options: Any) -> Timed:
    return Timed(f"refresh:{name}", "refresh", name, read_schedule(schedule, zone), name, **options)


TIMETABLE = {
    one.key: one
    for one in (
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
    """What happens to jobs: now and then a quota wall, an outage or a killed process."""

    def __init__(self) -> None:
        self.random = Random(7)
        self.wall_until = START
        self.outage_until = START

    def __call__(self, task: Task, now: datetime) -> Outcome:
        names = [timed.recipe_id or timed.kind for timed in task.timed]
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


def due_times(timed: Timed) -> Iterator[datetime]:
    at = timed.schedule.next(START)
    while at <= END:
        yield at
        at = timed.schedule.next(at)


def test_in_a_year_every_due_run_happens_once_or_is_caught_up_once(
    machine: Callable[..., Any],
) -> None:
    world, random = World(), Random(11)
    found = machine(TIMETABLE, world, START)
    asleep: list[tuple[datetime, datetime]] = []
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
        if began in (DEATH, RETURN, END):
            continue
        if random.random() < 0.3:
            found.kill(seconds=random.choice([1, 40, 7200, 200_000]))
        else:
            found.sleep(hours=random.uniform(0.2, 30))
        found.now = min(found.now, END)
        asleep.append((began, found.now))
    found.timer.step()
    assert len(asleep) > 60

    lines = defaultdict(list)
    for line in found.history:
        assert line.reason, line
        assert line.at >= line.due, line
        lines[line.key].append(line)
    let_go = {(key, due) for key, due, _ in found.let_go}
    for key, timed in TIMETABLE.items():
        dues = list(due_times(timed))
        done = Counter(line.due for line in lines[key] if line.step == "done")
        assert set(done) <= set(dues), "a run at a time that was never due"
        assert max(done.values()) == 1, "a run was doubled"
        tried = {line.due for line in lines[key]}
        for number, due in enumerate(dues):
            following = dues[number + 1] if number + 1 < len(dues) else END
            if due in done or (key, due) in let_go:
                continue
            if due in tried:  # it failed, and the next one took its place or made up for it
                continue
            # Never tried: then nothing was running, or it was held back, until the next was due.
            earlier = [line for line in lines[key] if line.due < due]
            held = bool(earlier) and earlier[-1].step != "done"
            off = any(start <= due and following <= end for start, end in asleep)
            assert off or held or following > END - timedelta(days=2), (key, due)
    assert all(key == "refresh:strict" for key, _ in let_go)
    assert any(line.reason.startswith("caught up") for line in found.history)

    dead = [line for line in found.history if DEATH <= line.at < RETURN]
    planned = Counter(line.key for line in dead if line.step == "login")
    assert planned["refresh:london"] >= 4, "playlists were not planned without a login"
    assert not [line for line in dead if line.step == "done" and line.key != "enrich"]
    first = next(line for line in found.history if line.at >= RETURN and line.key == "sync")
    assert first.at - RETURN < timedelta(days=2)


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
