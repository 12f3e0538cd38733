"""Schedules, and a scheduler with a store on disk, a clock that stands, and a scripted runner."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from segued.config.schedule.rules import read_schedule
from segued.config.schema import Kind, Timed
from segued.schedule.policy import Login, Outcome, Result
from segued.schedule.scheduler import Ended, Scheduler, Task
from segued.store.runs import ScheduleStore

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)  # a Monday
MakeTimed = Callable[..., Timed]


def make(
    schedule: str | list[str] = "0 7 * * *",
    name: str = "mornings",
    *,
    kind: Kind = "refresh",
    zone: str = "UTC",
    jitter_seconds: float = 0.0,
    catch_up: bool = True,
) -> Timed:
    key = f"refresh:{name}" if kind == "refresh" else kind
    recipe_id = name if kind == "refresh" else None
    read = read_schedule(schedule, zone)
    return Timed(key, kind, name, read, recipe_id, jitter_seconds, catch_up)


@pytest.fixture
def timed() -> MakeTimed:
    return make


@dataclass
class House:
    """What a scheduler stands on, and what it did."""

    path: Path
    now: datetime = START
    login: Login = field(default_factory=lambda: Login(True, "first"))
    tasks: list[Task] = field(default_factory=list)
    ended: list[Ended] = field(default_factory=list)
    skips: list[tuple[str, datetime, str]] = field(default_factory=list)
    answer: Callable[[Task], Outcome] | None = None

    def scheduler(self, *timed: Timed) -> Scheduler:
        """A scheduler as after a start of the service."""
        self.store = ScheduleStore(self.path / "schedules.json")
        self.made = Scheduler(
            self.store,
            {each.key: each for each in timed},
            self._run,
            self._listener(),
            lambda: self.login,
            lambda: self.now,
        )
        self.made.begin()
        self.made.poll()
        return self.made

    def go(self, **delta: float) -> None:
        """Let time pass, and fire what is due then."""
        self.now += timedelta(**delta)
        self.made.poll()
        for key, wake in self.made.wakes().items():
            if wake is not None and wake <= self.now:
                self.made.fire(key)

    @property
    def ran(self) -> list[str]:
        return [timed.key for task in self.tasks for timed in task.timed]

    def _run(self, task: Task) -> Outcome:
        self.tasks.append(task)
        if self.answer is not None:
            return self.answer(task)
        names = [timed.recipe_id or timed.kind for timed in task.timed]
        return Outcome(tuple(Result(name, "done", "changed", "+1") for name in names))

    def _listener(self) -> Listening:
        return Listening(self)


@dataclass
class Listening:
    house: House

    def ended(self, ended: Sequence[Ended], now: datetime) -> None:
        self.house.ended.extend(ended)

    def skipped(self, timed: Timed, due: datetime, why: str, now: datetime) -> None:
        self.house.skips.append((timed.key, due, why))


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)
