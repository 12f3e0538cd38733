"""The clockwork: APScheduler's jobs follow the scheduler, and a hang stops the beat."""

from __future__ import annotations

import ast
import inspect
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from apscheduler.events import EVENT_JOB_SUBMITTED

from segue.errors import StoreError
from segued.config.schema import Timed
from segued.schedule.scheduler import Scheduler
from segued.service.process import Timer
from segued.store.runs import ScheduleStore

Make = Callable[..., Timed]


@pytest.fixture
def started() -> Iterator[Callable[..., Timer]]:
    """Timers whose jobs are set and not run: APScheduler is paused."""
    made: list[Timer] = []

    def start(scheduler: Any) -> Timer:
        timer = Timer(scheduler)
        timer.jobs.start(paused=True)
        made.append(timer)
        return timer

    yield start
    for timer in made:
        timer.end()


def until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not reached() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert reached()


def dates(timer: Timer) -> dict[str, datetime]:
    return {job.id: job.next_run_time for job in timer.jobs.get_jobs()}


def test_there_is_one_job_for_each_schedule(house: Any, timed: Make, started: Any) -> None:
    scheduler = house.scheduler(timed(), timed(name="evenings"), timed("@daily", kind="sync"))
    timer = started(scheduler)
    timer.step()
    assert dates(timer) == scheduler.wakes()
    assert set(dates(timer)) == {"refresh:mornings", "refresh:evenings", "sync"}


def test_a_schedule_that_is_gone_has_no_job(house: Any, timed: Make, started: Any) -> None:
    scheduler = house.scheduler(timed(), timed(name="evenings"))
    timer = started(scheduler)
    timer.step()
    scheduler.replace({"refresh:evenings": timed(name="evenings")})
    timer.step()
    assert set(dates(timer)) == {"refresh:evenings"}


def test_a_paused_schedule_has_no_job_until_it_is_resumed(
    house: Any, timed: Make, started: Any
) -> None:
    timer = started(house.scheduler(timed()))
    timer.step()
    store = ScheduleStore(house.path / "schedules.json")
    store.pause(["refresh:mornings"], house.now)
    timer.step()
    assert dates(timer) == {}
    store.pause(["refresh:mornings"], None)
    timer.step()
    assert set(dates(timer)) == {"refresh:mornings"}


def test_a_clock_that_was_set_back_moves_the_job(house: Any, timed: Make, started: Any) -> None:
    scheduler = house.scheduler(timed())
    timer = started(scheduler)
    timer.step()
    (before,) = dates(timer).values()
    house.now -= timedelta(days=30)
    timer.step()
    (after,) = dates(timer).values()
    assert after == before - timedelta(days=30)


class Gate:
    """Lets threads through until it is shut; then whoever comes is stuck."""

    def __init__(self) -> None:
        self._free = threading.Event()
        self._free.set()
        self.stuck = threading.Event()

    def shut(self) -> None:
        self._free.clear()

    def open(self) -> None:
        self._free.set()

    def through(self) -> bool:
        if not self._free.is_set():
            self.stuck.set()
        return self._free.wait()


def assert_beats_stop_at(gate: Gate, timer: Timer, beats: list[float]) -> None:
    timer.begin()
    try:
        until(lambda: len(beats) > 3)
        gate.shut()
        assert gate.stuck.wait(120)
        hung = len(beats)
        time.sleep(0.5)
        assert len(beats) <= hung + 2  # one that was under way, and one that was asked for
        gate.open()
        until(lambda: len(beats) > hung + 2)
    finally:
        gate.open()
        timer.end()


def test_a_scheduler_that_hangs_stops_the_beat(house: Any, timed: Make) -> None:
    beats: list[float] = []
    gate, scheduler = Gate(), house.scheduler(timed())
    alive = house.login
    scheduler._login = lambda: gate.through() and alive
    timer = Timer(scheduler, beat=lambda: beats.append(time.monotonic()), longest_wait_seconds=0.02)
    assert_beats_stop_at(gate, timer, beats)


def test_an_apscheduler_that_hangs_stops_the_beat(house: Any, timed: Make) -> None:
    beats: list[float] = []
    gate = Gate()
    timer = Timer(
        house.scheduler(timed()),
        beat=lambda: beats.append(time.monotonic()),
        longest_wait_seconds=0.02,
    )
    timer.jobs.add_listener(lambda _: gate.through(), EVENT_JOB_SUBMITTED)
    assert_beats_stop_at(gate, timer, beats)


def test_a_full_disk_does_not_end_the_clock(
    house: Any, timed: Make, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    scheduler, tries = house.scheduler(timed()), [0]

    def full() -> None:
        tries[0] += 1
        raise StoreError("no space left")

    monkeypatch.setattr(scheduler, "poll", full)
    timer = Timer(scheduler, longest_wait_seconds=0.02)
    timer.begin()
    until(lambda: tries[0] > 2)
    timer.end()
    assert "no space left" in caplog.text


def test_a_clock_that_ends_by_a_mistake_says_so_and_can_be_ended(
    house: Any, timed: Make, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    scheduler, died = house.scheduler(timed()), threading.Event()

    def mistake() -> None:
        raise RuntimeError("a mistake")

    monkeypatch.setattr(scheduler, "poll", mistake)
    timer = Timer(scheduler, died=died.set)
    timer.begin()
    assert died.wait(120)
    assert "a mistake" in caplog.text
    timer.end()


def test_what_is_due_is_fired_by_the_clock_itself(house: Any, timed: Make) -> None:
    scheduler = house.scheduler(timed())
    house.now += timedelta(days=1)
    timer = Timer(scheduler, longest_wait_seconds=0.02)
    timer.begin()
    until(lambda: bool(house.ran))
    timer.end()
    assert house.ran == ["refresh:mornings"]


def test_nothing_of_apscheduler_that_is_not_public_is_used() -> None:
    source = inspect.getsource(Timer)
    names = {
        node.attr
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute) and node.attr.startswith("_")
    }
    ours = set(vars(Timer(Scheduler.__new__(Scheduler)))) | set(vars(Timer))
    assert names <= ours
    assert Timer.__mro__ == (Timer, object)
