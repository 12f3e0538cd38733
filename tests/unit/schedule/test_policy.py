"""What comes after a run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from segued.schedule.policy import (
    Login,
    Result,
    Step,
    interrupted,
    on_end,
    on_login,
    on_start,
    with_login,
)
from segued.store.runs import ScheduleState

NOW = datetime(2026, 3, 3, 7, 0, 10, tzinfo=UTC)
DUE = NOW.replace(second=0)
LOGIN = Login(True, "first")


def run(step: Step, state: ScheduleState | None = None, **given: object) -> ScheduleState:
    status = str(given.pop("status", "failed"))
    before = on_start(state or ScheduleState("k", owed=DUE, owed_why="due"), NOW)
    return on_end(before, Result("k", step, status, "why", **given), NOW, LOGIN)  # type: ignore[arg-type]


def test_a_run_that_went_well_owes_no_more() -> None:
    state = run("done", status="changed")
    assert (state.owed, state.failures, state.last_success) == (None, 0, DUE)


def test_what_became_due_while_a_run_went_on_stays_owed() -> None:
    later = DUE + timedelta(minutes=1)
    began = on_start(ScheduleState("k", owed=DUE), NOW)
    state = on_end(
        ScheduleState(**{**_fields(began), "owed": later}),
        Result("k", "done", "changed"),
        NOW,
        LOGIN,
    )
    assert state.owed == later


def _fields(state: ScheduleState) -> dict[str, object]:
    return {name: getattr(state, name) for name in ScheduleState.__slots__}


def test_a_quota_is_waited_for_until_the_time_it_names() -> None:
    until = NOW + timedelta(hours=13)
    state = run("retry_at", retry_at=until)
    assert state.owed == DUE
    assert state.not_before is not None
    assert until <= state.not_before < until + timedelta(minutes=1)


def test_passing_trouble_is_tried_again_after_doubling_waits_up_to_an_hour() -> None:
    state, waits = ScheduleState("k", owed=DUE), []
    for _ in range(9):
        state = run("back_off", state)
        assert state.not_before is not None
        waits.append((state.not_before - NOW).total_seconds())
    for number, wait in enumerate(waits):
        plain = min(3600, 60 * 2**number)
        assert 0.75 * plain <= wait <= 1.25 * plain
    assert len({wait / min(3600, 60 * 2**n) for n, wait in enumerate(waits)}) == 9, "no jitter"


def test_a_refusal_by_the_service_disables_until_resumed() -> None:
    state = run("forbidden")
    assert (state.waiting, state.not_before) == ("disabled", None)


@pytest.mark.parametrize("step", ["recipe", "bug", "guard"])
def test_what_a_repetition_does_not_mend_is_tried_when_next_due(step: Step) -> None:
    state = run(step)
    assert (state.owed, state.not_before) == (None, None)


def test_another_writer_is_no_failure() -> None:
    state = run("lock")
    assert state.failures == 0
    assert state.owed == DUE


def test_a_playlist_planned_without_a_login_waits_for_one_and_stays_owed() -> None:
    state = run("login", status="planned")
    assert (state.waiting, state.not_before, state.owed) == ("login", None, DUE)


def test_a_new_login_lets_what_waited_for_it_go_on() -> None:
    state = with_login(run("login", status="planned"), Login(True, "second"))
    assert (state.waiting, state.tried) == (None, None)


def test_the_same_login_does_not_let_it_go_on() -> None:
    assert with_login(run("login", status="planned"), LOGIN).waiting == "login"


def test_a_login_that_works_after_all_lets_everything_go_on() -> None:
    assert on_login(run("login", status="planned")).waiting is None


def test_a_sync_without_a_login_looks_now_and_then_whether_the_service_was_wrong() -> None:
    state = run("login")
    assert state.not_before is not None
    assert timedelta(minutes=40) < state.not_before - NOW < timedelta(hours=2)


def test_a_run_the_service_was_killed_in_is_owed_again() -> None:
    state = interrupted(on_start(ScheduleState("k", owed=DUE), NOW))
    assert (state.owed, state.running_since) == (DUE, None)
    assert state.owed_why.startswith("again")
