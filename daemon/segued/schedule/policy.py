"""How a job ended, and how that changes the state of its schedule."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from segued.schedule.due import chance
from segued.store.schedules import ScheduleState, Waiting

AGAIN = timedelta(minutes=1)
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
LONGEST_LOGIN_WAIT = timedelta(hours=24)
_SPREAD = 0.25


@dataclass(frozen=True, slots=True)
class Login:
    """Whether somebody is logged in, and which login it is (another has another mark)."""

    alive: bool
    mark: str | None = None


def on_start(state: ScheduleState, now: datetime) -> ScheduleState:
    """A schedule whose run begins now."""
    return replace(state, running_since=now, last_started=now, tried=state.owed)


def on_end(state: ScheduleState, result: Result, now: datetime, login: Login) -> ScheduleState:
    """A schedule whose run has ended with a result."""
    ended = replace(
        state,
        running_since=None,
        last_ended=now,
        last_status=result.status,
        last_text=result.text,
        login=login.mark,
        not_before=None,
        waiting=None,
        waiting_text="",
    )
    match result.step:
        case "done" | "guard":
            good = replace(_settled(ended), failures=0)
            return replace(good, last_success=state.tried) if result.step == "done" else good
        case "lock":
            return _waiting(ended, "lock", now + AGAIN, result.text)
        case "stopped":
            return replace(ended, owed_why="again: it was stopped with the service")
        case "recipe" | "bug":
            return replace(_settled(ended), failures=state.failures + 1)
        case "forbidden":
            return replace(
                _waiting(_settled(ended), "disabled", None, result.text),
                failures=state.failures + 1,
            )
    failed = replace(ended, failures=state.failures + 1)
    match result.step:
        case "login":
            # A playlist was planned and waits; the rest look now and then whether the service
            # was wrong about a login it called dead.
            if result.status == "planned":
                return _waiting(failed, "login", None, result.text)
            until = now + _pause(failed, LONGEST_LOGIN_WAIT, FIRST_WAIT * 60)
            return _waiting(failed, "login", until, result.text)
        case "retry_at" if result.retry_at is not None:
            spread = timedelta(seconds=60 * chance(f"{state.key} {result.retry_at}"))
            return _waiting(failed, "retry_at", result.retry_at + spread, result.text)
    return _waiting(failed, "back_off", now + _pause(failed, LONGEST_WAIT, FIRST_WAIT), result.text)


def interrupted(state: ScheduleState) -> ScheduleState:
    """A schedule whose run was going on when the service itself was killed: it is still owed."""
    why = "again: the service ended in the middle of it"
    return replace(state, running_since=None, owed=state.tried or state.owed, owed_why=why)


def with_login(state: ScheduleState, login: Login) -> ScheduleState:
    """A schedule that waited for a login, or was disabled under another one, goes on with it."""
    if state.waiting not in ("login", "disabled") or not login.alive or login.mark == state.login:
        return state
    return replace(
        state,
        waiting=None,
        waiting_text="",
        not_before=None,
        tried=None,
        failures=0,
        owed_why="logged in again" if state.owed is not None else state.owed_why,
    )


def on_login(state: ScheduleState) -> ScheduleState:
    """A schedule that waited for a login which turned out to be good: another run went through."""
    if state.waiting != "login":
        return state
    return replace(state, waiting=None, waiting_text="", not_before=None, tried=None)


def _settled(state: ScheduleState) -> ScheduleState:
    """The run that was owed is done; one that became due meanwhile stays owed."""
    if state.owed is not None and state.tried is not None and state.owed > state.tried:
        return state
    return replace(state, owed=None, owed_why="")


def _waiting(
    state: ScheduleState, what: Waiting, until: datetime | None, text: str
) -> ScheduleState:
    return replace(state, waiting=what, not_before=until, waiting_text=text)


def _pause(state: ScheduleState, longest: timedelta, first: timedelta) -> timedelta:
    """A wait that doubles with each failure, up to a longest, with chance in it."""
    wait = min(longest, first * float(2 ** min(state.failures - 1, 20)))
    return wait * (1 - _SPREAD + 2 * _SPREAD * chance(f"{state.key} {state.failures}"))


Step = Literal[
    "done", "stopped", "lock", "login", "forbidden", "retry_at", "back_off", "guard", "recipe",
    "bug", "died",
]  # fmt: skip
"""What kind of ending: each has another next step (`segued.schedule.policy`)."""


@dataclass(frozen=True, slots=True)
class Result:
    """How a job ended for one thing: a recipe's id, or the kind of the job.

    `status` is as in the history, `text` a line for people; `retry_at` is set for "retry_at".
    """

    name: str
    step: Step
    status: str
    text: str = ""
    retry_at: datetime | None = None
    exit_code: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended, for everything it was asked."""

    results: tuple[Result, ...]
    exit_code: int = 0

    def of(self, name: str) -> Result | None:
        """The result for one thing."""
        return next((result for result in self.results if result.name == name), None)
