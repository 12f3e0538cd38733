"""What people are notified of, and how often."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from segued.config.schedule.rules import read_schedule
from segued.config.schema import Timed
from segued.config.service import EVENTS, NotifySection
from segued.notify import Notice, Notifier, login_notice, names_over, notices_of
from segued.schedule.policy import Result, Step
from segued.schedule.scheduler import Ended
from segued.store.runs import ScheduleState, ScheduleStore

NOW = datetime(2026, 3, 3, 7, 0, tzinfo=UTC)
Make = Callable[..., Timed]


@pytest.fixture
def timed() -> Make:
    def make(schedule: str = "0 7 * * *", name: str = "mornings", kind: str = "refresh") -> Timed:
        key = f"refresh:{name}" if kind == "refresh" else kind
        recipe_id = name if kind == "refresh" else None
        return Timed(key, kind, name, read_schedule(schedule, "UTC"), recipe_id)  # type: ignore[arg-type]

    return make


@pytest.fixture
def sent() -> list[tuple[str, str]]:
    return []


@pytest.fixture
def notifier(tmp_path: Path, sent: list[tuple[str, str]]) -> Notifier:
    def send(title: str, text: str) -> bool:
        sent.append((title, text))
        return True

    settings = NotifySection(apprise_urls=["env:NOTIFY"], events=list(EVENTS), most_an_hour=3)
    return Notifier(settings, ScheduleStore(tmp_path / "schedules.json"), send)


def notice(text: str = "it broke", name: str = "failed a") -> Notice:
    return Notice("failed", name, "Segue", text, text)


def end(
    timed: Timed, step: Step, *, failures: int = 1, told: str | None = None, **given: Any
) -> Ended:
    result = Result("mornings", step, given.pop("status", "failed"), "why", **given)
    state = ScheduleState(timed.key, failures=failures, told=told, not_before=NOW)
    return Ended(timed, result, state, state)


def test_the_same_failure_is_reported_once(notifier: Notifier, sent: list[Any]) -> None:
    notifier.tell([notice()], NOW)
    notifier.tell([notice()], NOW + timedelta(days=3))
    assert len(sent) == 1


def test_another_failure_of_the_same_is_reported(notifier: Notifier, sent: list[Any]) -> None:
    notifier.tell([notice(), notice("it burnt")], NOW)
    assert len(sent) == 2


def test_a_failure_that_comes_back_after_a_success_is_reported_again(
    notifier: Notifier, sent: list[Any]
) -> None:
    notifier.tell([notice()], NOW)
    notifier.forget(["failed a"], NOW)
    notifier.tell([notice()], NOW + timedelta(hours=2))
    assert len(sent) == 2


def test_what_is_over_the_limit_is_counted_in_the_next_message(
    notifier: Notifier, sent: list[Any]
) -> None:
    notifier.tell([notice(name=f"failed {number}") for number in range(5)], NOW)
    assert len(sent) == 3
    notifier.tell([notice(name="failed later")], NOW + timedelta(hours=2))
    assert sent[-1][1] == "it broke\n(2 more were not sent: see `segue history`.)"


def test_the_limit_counts_messages_about_one_thing_too(
    notifier: Notifier, sent: list[Any], timed: Make
) -> None:
    for minute in range(20):
        now = NOW + timedelta(minutes=minute)
        notifier.tell(notices_of(end(timed(), "done", status="changed"), now), now)
    assert len(sent) == 3
    assert "17 more" not in sent[-1][1]
    later = NOW + timedelta(hours=2)
    notifier.tell(notices_of(end(timed(), "done", status="changed"), later), later)
    assert sent[-1][1].endswith("(17 more were not sent: see `segue history`.)")


def test_the_limit_holds_over_a_restart(tmp_path: Path, sent: list[Any]) -> None:
    settings = NotifySection(apprise_urls=["env:NOTIFY"], events=list(EVENTS), most_an_hour=3)
    for number in range(5):
        store = ScheduleStore(tmp_path / "schedules.json")
        again = Notifier(settings, store, lambda *message: bool(sent.append(message)) or True)
        again.tell([notice(name=f"failed {number}")], NOW + timedelta(minutes=number))
    assert len(sent) == 3


def test_a_failure_that_differs_only_in_its_times_is_reported_once(
    notifier: Notifier, sent: list[Any], timed: Make
) -> None:
    for hours in range(5):
        now = NOW + timedelta(hours=hours)
        failed = end(timed(), "back_off", failures=3 + hours)
        failed = replace(
            failed,
            result=replace(failed.result, text=f"no answer after {hours + 10} s"),
            after=replace(failed.after, not_before=now + timedelta(hours=1)),
        )
        notifier.tell(notices_of(failed, now), now)
    assert len(sent) == 1


def test_the_end_of_a_login_is_reported_once_for_all_playlists(
    notifier: Notifier, sent: list[Any], timed: Make
) -> None:
    for day in range(3):
        for name in ("mornings", "evenings"):
            now = NOW + timedelta(days=day)
            ended = end(timed(name=name), "login", status="planned")
            ended = replace(ended, result=replace(ended.result, text=f"+{day} −0, {name}"))
            notifier.tell(notices_of(ended, now), now)
    assert [title for title, _ in sent] == ["Segue: log in to Spotify again"]


@pytest.mark.parametrize(("kind", "times"), [("enrich", 1), ("learn", 1), ("sync", 2)])
def test_only_a_run_that_needs_a_login_shows_that_it_is_good_again(
    kind: str, times: int, notifier: Notifier, sent: list[Any], timed: Make
) -> None:
    notifier.tell(notices_of(end(timed(), "login"), NOW), NOW)
    notifier.forget(names_over(timed(kind=kind)), NOW)
    notifier.tell(notices_of(end(timed(), "login"), NOW), NOW)
    assert len(sent) == times


def test_a_message_that_could_not_be_sent_is_tried_again(tmp_path: Path) -> None:
    tries: list[str] = []

    def send(_: str, text: str) -> bool:
        tries.append(text)
        return False

    store = ScheduleStore(tmp_path / "schedules.json")
    notifier = Notifier(NotifySection(apprise_urls=["env:NOTIFY"]), store, send)
    notifier.tell([notice()], NOW)
    notifier.tell([notice()], NOW)
    assert len(tries) == 2


def test_no_secret_is_in_a_message(notifier: Notifier, sent: list[Any]) -> None:
    notifier.tell([notice("refused: Bearer BQDsecretsecretsecret")], NOW)
    assert "secret" not in sent[0][1]


def test_an_event_that_is_not_wanted_is_not_reported(tmp_path: Path, sent: list[Any]) -> None:
    settings = NotifySection(apprise_urls=["env:NOTIFY"], events=["login"])
    notifier = Notifier(
        settings, ScheduleStore(tmp_path / "s.json"), lambda *_: bool(sent.append(_)) or True
    )
    notifier.tell([notice()], NOW)
    assert sent == []


def test_an_ending_login_is_reported_at_30_7_and_1_days(
    notifier: Notifier, sent: list[tuple[str, str]]
) -> None:
    for days_left in range(40, -1, -1):
        found = login_notice(days_left, NOW)
        if found is not None:
            notifier.tell([found], NOW + timedelta(days=40 - days_left))
    assert [title for title, _ in sent] == [
        "Segue: the login to Spotify ends in 30 days",
        "Segue: the login to Spotify ends in 7 days",
        "Segue: the login to Spotify ends in 1 day",
    ]


def test_passing_trouble_is_reported_the_third_time(timed: Make) -> None:
    ends = [end(timed(), "back_off", failures=count) for count in (1, 2, 3)]
    assert [len(notices_of(ended, NOW)) for ended in ends] == [0, 0, 1]


@pytest.mark.parametrize("step", ["recipe", "bug", "forbidden"])
def test_what_needs_a_person_is_reported_at_once(step: Step, timed: Make) -> None:
    assert [found.event for found in notices_of(end(timed(), step), NOW)] == ["failed"]


def test_a_short_limit_is_not_reported_and_a_long_one_is(timed: Make) -> None:
    short = end(timed(), "retry_at", retry_at=NOW + timedelta(minutes=20))
    long = end(timed(), "retry_at", retry_at=NOW + timedelta(hours=13))
    assert [len(notices_of(ended, NOW)) for ended in (short, long)] == [0, 1]


def test_a_success_after_a_failure_that_was_reported_is_a_recovery(timed: Make) -> None:
    well = end(timed(), "done", told="failed", status="unchanged")
    assert [found.event for found in notices_of(well, NOW)] == ["recovered"]


def test_a_refusal_by_a_guard_is_reported(timed: Make) -> None:
    refused = replace(end(timed(), "guard"), result=Result("m", "guard", "refused", "too short"))
    assert [(found.event, found.text) for found in notices_of(refused, NOW)] == [
        ("refused", "too short")
    ]
