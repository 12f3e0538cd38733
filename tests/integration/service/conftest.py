"""A fake clock under the real scheduler and its real store."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from unittest import mock

import pytest

from segued.config.schema import Timed
from segued.schedule.policy import Login, Outcome
from segued.schedule.scheduler import Ended, Scheduler, Task
from segued.service.process import Timer
from segued.store.runs import ScheduleStore

Answer = Callable[[Task, datetime], Outcome]


@dataclass(frozen=True)
class Line:
    """One line of the simulated history."""

    key: str
    due: datetime
    at: datetime
    step: str
    reason: str


@dataclass
class Machine:
    """A computer on which the service runs, sleeps, and is started again.

    The decisions, the store and the dates given to APScheduler are real; the time and what jobs
    answer are not.
    """

    folder: Path
    timetable: Mapping[str, Timed]
    answer: Answer
    now: datetime
    login: Login = field(default_factory=lambda: Login(True, "first"))
    history: list[Line] = field(default_factory=list)
    let_go: list[tuple[str, datetime, str]] = field(default_factory=list)
    killed: list[tuple[str, datetime, datetime]] = field(default_factory=list)
    dead: bool = False
    steps: int = 0

    def start(self) -> None:
        """Start the service, as after a boot."""
        store = ScheduleStore(self.folder / "schedules.json")
        self.scheduler = Scheduler(
            store, self.timetable, self._run, self, lambda: self.login, lambda: self.now
        )
        self.scheduler.begin()
        self.timer = Timer(self.scheduler)
        self.timer.jobs.start(paused=True)  # what is due is run by hand, in this thread

    def until(self, moment: datetime) -> None:
        """Run until a moment, or until the service is killed."""
        while self.now < moment and not self.dead:
            self.step()
            if self.dead:
                return
            dates = (job.next_run_time for job in self.timer.jobs.get_jobs())
            wake = min(dates, default=moment)
            later = max(wake, self.now + timedelta(milliseconds=1))
            self.now = min(moment, later, self.now + timedelta(hours=6))

    def step(self) -> None:
        """Set the dates, and run the jobs whose date has come."""
        self.timer.step()
        self.steps += 1
        for job in self.timer.jobs.get_jobs():
            if job.next_run_time <= self.now and not self.dead:
                job.remove()
                with contextlib.suppress(KeyboardInterrupt):  # the process is killed
                    job.func(*job.args)
        if not self.dead:
            self.timer.step()  # as the clock does that a run has woken

    def sleep(self, **delta: float) -> None:
        """The machine is suspended: time passes, nothing runs."""
        self.now += timedelta(**delta)

    def kill(self, **down: float) -> None:
        """The service is killed, and started again after a while."""
        self.timer.end()
        self.dead = False
        self.now += timedelta(**down)
        self.start()

    def ended(self, ended: Sequence[Ended], now: datetime) -> None:
        """Listens to the scheduler."""
        for end in ended:
            assert end.before.tried is not None
            self.history.append(
                Line(
                    end.timed.key,
                    end.before.tried,
                    end.before.last_started or now,
                    end.result.step,
                    end.before.owed_why,
                )
            )

    def skipped(self, timed: Timed, due: datetime, why: str, now: datetime) -> None:
        """Listens to the scheduler."""
        self.let_go.append((timed.key, due, why))

    def _run(self, task: Task) -> Outcome:
        try:
            return self.answer(task, self.now)
        except KeyboardInterrupt:  # an answer by which the service is killed in the middle
            self.dead = True
            self.scheduler.enabled = False  # what else was ready at this moment does not begin
            states = self.scheduler.states()
            for timed in task.timed:
                tried = states[timed.key].tried
                assert tried is not None
                self.killed.append((timed.key, tried, self.now))
            raise


class FakeDatetime(datetime):
    """`datetime.now` for APScheduler."""

    machine: Machine

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        return cls.machine.now.astimezone(tz or UTC)


@pytest.fixture(scope="module")
def machine() -> Iterator[Callable[..., Machine]]:
    memory = Path("/dev/shm")
    place = str(memory) if memory.is_dir() else None
    with (
        tempfile.TemporaryDirectory(dir=place) as folder,
        mock.patch("apscheduler.schedulers.base.datetime", FakeDatetime),
    ):

        def boot(timetable: Mapping[str, Timed], answer: Answer, now: datetime) -> Machine:
            made = Machine(Path(tempfile.mkdtemp(dir=folder)), timetable, answer, now)
            FakeDatetime.machine = made
            made.start()
            return made

        yield boot
