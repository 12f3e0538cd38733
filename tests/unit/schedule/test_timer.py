"""The clockwork: APScheduler's jobs follow the keeper, and a hang stops the beat."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from apscheduler.executors.debug import DebugExecutor

from segued.config.schedule.timetable import Timed
from segued.schedule.timer import Timer
from segued.store.schedules import ScheduleStore

Make = Callable[..., Timed]


def test_there_is_one_job_for_each_schedule(house: Any, timed: Make) -> None:
    keeper = house.keeper(timed(), timed(name="evenings"), timed("@daily", kind="sync"))
    timer = Timer(keeper, executor=DebugExecutor())
    timer.step()
    ids = {job.id: job.next_run_time for job in timer.get_jobs()}
    assert set(ids) == {"refresh:mornings", "refresh:evenings", "sync"}
    assert ids["refresh:mornings"] == keeper.wakes()["refresh:mornings"]


def test_a_schedule_that_is_gone_has_no_job(house: Any, timed: Make) -> None:
    keeper = house.keeper(timed(), timed(name="evenings"))
    timer = Timer(keeper, executor=DebugExecutor())
    timer.step()
    keeper.replace({"refresh:evenings": timed(name="evenings")})
    timer.step()
    assert [job.id for job in timer.get_jobs()] == ["refresh:evenings"]


def test_a_paused_schedule_has_a_job_without_a_time(house: Any, timed: Make) -> None:
    keeper = house.keeper(timed())
    timer = Timer(keeper, executor=DebugExecutor())
    timer.step()
    ScheduleStore(house.path / "schedules.json").pause(["refresh:mornings"], house.now)
    timer.step()
    assert timer.get_job("refresh:mornings").next_run_time is None


def test_no_wait_is_longer_than_a_minute(house: Any, timed: Make) -> None:
    timer = Timer(house.keeper(timed()), executor=DebugExecutor())
    assert timer.step() == 60


def test_a_hanging_scheduler_stops_the_beat(house: Any, timed: Make) -> None:
    beats: list[float] = []
    keeper = house.keeper(timed())
    timer = Timer(keeper, beat=lambda: beats.append(time.monotonic()), longest_wait_seconds=0.02)
    timer.begin()
    try:
        deadline = time.monotonic() + 10
        while len(beats) < 3 and time.monotonic() < deadline:
            time.sleep(0.01)
        with timer._jobstores_lock:
            time.sleep(0.2)
            hung = len(beats)
            time.sleep(0.3)
            assert len(beats) == hung
        while len(beats) == hung and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(beats) > hung
    finally:
        timer.end()


def test_a_scheduler_that_ends_by_a_mistake_says_so_and_can_be_ended(
    house: Any, timed: Make, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    keeper, died = house.keeper(timed()), threading.Event()

    def mistake() -> None:
        raise RuntimeError("a mistake")

    monkeypatch.setattr(keeper, "look", mistake)
    timer = Timer(keeper, died=died.set)
    timer.begin()
    assert died.wait(10)
    assert "a mistake" in caplog.text
    timer.end()


def test_what_is_due_is_fired_by_the_loop_itself(house: Any, timed: Make) -> None:
    keeper = house.keeper(timed())
    house.now += timedelta(days=1)
    timer = Timer(keeper, longest_wait_seconds=0.02)
    timer.begin()
    deadline = time.monotonic() + 10
    while not house.ran and time.monotonic() < deadline:
        time.sleep(0.01)
    timer.end()
    assert house.ran == ["refresh:mornings"]
