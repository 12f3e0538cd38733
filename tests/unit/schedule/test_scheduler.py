"""Schedules kept: on disk, across restarts, one failing without the others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from segue.errors import StoreError
from segued.config.schema import Timed
from segued.schedule.policy import Login, Outcome, Result
from segued.schedule.scheduler import Task
from segued.store.runs import ScheduleStore

Make = Callable[..., Timed]


def test_a_due_playlist_runs_once(house: Any, timed: Make) -> None:
    house.scheduler(timed())
    house.go(days=1)
    house.go(minutes=1)
    assert house.ran == ["refresh:mornings"]


def test_playlists_due_together_are_refreshed_in_one_job(house: Any, timed: Make) -> None:
    house.scheduler(timed(), timed(name="evenings"), timed("0 7 * * *", kind="sync"))
    house.go(days=1)
    assert [[timed.name for timed in task.timed] for task in house.tasks] == [
        ["mornings", "evenings"],
        ["mornings"],
    ]
    assert house.tasks[1].kind == "sync"


def test_a_playlist_that_failed_is_tried_alone(house: Any, timed: Make) -> None:
    def one_dies(task: Task) -> Outcome:
        if len(task.timed) > 1:
            return Outcome((Result("evenings", "done", "changed"),), 1)  # and nothing of mornings
        return Outcome((Result(task.timed[0].name, "done", "changed"),))

    house.answer = one_dies
    house.scheduler(timed(), timed(name="evenings"))
    house.go(days=1)
    house.go(minutes=2)
    assert house.ran == ["refresh:mornings", "refresh:evenings", "refresh:mornings"]
    assert [end.result.step for end in house.ended] == ["died", "done", "done"]


def test_what_is_known_of_schedules_survives_a_restart(house: Any, timed: Make) -> None:
    house.scheduler(timed())
    house.now += timedelta(hours=30)
    house.scheduler(timed())
    house.go(seconds=1)
    assert house.tasks[0].reason == "caught up: 1 run was missed"


def test_a_run_that_the_service_was_killed_in_is_run_again_at_its_start(
    house: Any, timed: Make
) -> None:
    def killed(_: Task) -> Outcome:
        raise KeyboardInterrupt

    house.answer = killed
    house.scheduler(timed())
    try:
        house.go(days=1)
    except KeyboardInterrupt:
        house.answer = None
    house.scheduler(timed())
    house.go(seconds=1)
    assert house.tasks[-1].reason == "again: the service ended in the middle of it"
    assert house.made.states()["refresh:mornings"].owed is None


def test_a_pause_by_another_process_is_seen(house: Any, timed: Make) -> None:
    house.scheduler(timed())
    ScheduleStore(house.path / "schedules.json").pause(["refresh:mornings"], house.now)
    house.go(days=3)
    assert house.ran == []


def test_a_pause_is_seen_also_when_something_else_was_read_in_between(
    house: Any, timed: Make
) -> None:
    house.scheduler(timed())
    ScheduleStore(house.path / "schedules.json").pause(["refresh:mornings"], house.now)
    house.store.sent_notices()
    house.go(days=3)
    assert house.ran == []


def test_a_resumed_schedule_makes_up_for_nothing(house: Any, timed: Make) -> None:
    house.scheduler(timed())
    other = ScheduleStore(house.path / "schedules.json")
    other.pause(["refresh:mornings"], house.now)
    house.go(days=3)
    other.pause(["refresh:mornings"], None)
    house.go(hours=1)
    assert house.ran == []
    house.go(days=1)
    assert house.ran == ["refresh:mornings"]


def test_a_pause_while_a_run_goes_on_is_kept(house: Any, timed: Make) -> None:
    def paused_meanwhile(_: Task) -> Outcome:
        ScheduleStore(house.path / "schedules.json").pause(["refresh:mornings"], house.now)
        return Outcome((Result("mornings", "done", "changed"),))

    house.answer = paused_meanwhile
    house.scheduler(timed())
    house.go(days=1)
    house.go(days=5)
    assert len(house.tasks) == 1
    assert house.made.states()["refresh:mornings"].paused_at is not None


def test_without_a_login_a_playlist_is_planned_when_due_and_written_after_the_login(
    house: Any, timed: Make
) -> None:
    house.answer = lambda _: Outcome((Result("mornings", "login", "planned"),), 4)
    house.login = Login(False, "first")
    house.scheduler(timed())
    for _ in range(24 * 3):
        house.go(hours=1)
    assert len(house.tasks) == 3
    house.answer = None
    house.login = Login(True, "second")
    house.go(minutes=1)
    assert house.tasks[-1].reason == "logged in again"


def test_a_disabled_schedule_stays_disabled_until_it_is_resumed(house: Any, timed: Make) -> None:
    house.answer = lambda _: Outcome((Result("mornings", "forbidden", "failed"),), 1)
    house.scheduler(timed())
    house.go(days=1)
    house.go(days=5)
    assert len(house.tasks) == 1
    ScheduleStore(house.path / "schedules.json").pause(["refresh:mornings"], None)
    house.go(days=1)
    assert len(house.tasks) == 2


def test_a_schedule_that_is_gone_from_the_configuration_is_forgotten(
    house: Any, timed: Make
) -> None:
    scheduler = house.scheduler(timed(), timed(name="evenings"))
    scheduler.replace({"refresh:evenings": timed(name="evenings")})
    assert set(house.store.all()) == {"refresh:evenings"}


def test_a_state_that_cannot_be_written_puts_a_run_off_and_no_more(house: Any, timed: Make) -> None:
    def full(_: Task) -> Outcome:
        raise StoreError("no space left")

    house.answer = full
    house.scheduler(timed())
    house.go(days=1)
    house.answer = None
    house.go(minutes=2)
    assert [end.result.step for end in house.ended] == ["done"]


def test_a_run_that_cannot_be_begun_is_a_failed_run_and_comes_again(
    house: Any, timed: Make
) -> None:
    def broken(_: Task) -> Outcome:
        raise RuntimeError("can't start new thread, token: Bearer BQDsecretsecretsecret")

    house.answer = broken
    house.scheduler(timed())
    house.go(days=1)
    (ended,) = house.ended
    assert (ended.result.step, ended.after.waiting) == ("died", "back_off")
    assert "can't start new thread" in ended.result.text
    assert "secret" not in ended.result.text
    house.answer = None
    house.go(minutes=2)
    assert [end.result.step for end in house.ended] == ["died", "done"]


def test_a_learning_that_needs_no_login_does_not_revive_what_waits_for_one(
    house: Any, timed: Make
) -> None:
    def dead(task: Task) -> Outcome:
        if task.kind == "learn":
            return Outcome((Result("learn", "done", "done"),))
        return Outcome((Result("mornings", "login", "planned"),), 4)

    house.answer = dead  # Spotify says that the login is dead; by its age it is not
    house.scheduler(timed(), timed("30 7 * * *", kind="learn"))
    house.go(days=1)
    assert house.ran == ["refresh:mornings", "learn"]
    assert house.made.states()["refresh:mornings"].waiting == "login"
