"""The decisions about schedules: what is due when, and what follows how a job ended.

Functions of a schedule, its state and the time, without a clock or a memory of their own, so that
a year of them can be checked in seconds.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from segued.config.schema import Timed
from segued.store.runs import ScheduleState, Waiting

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


GRACE = timedelta(minutes=5)
"""A run that begins within this of its time is not late."""
_CLOCK_WAS_WRONG = timedelta(days=1)
_LONGEST_PUT_OFF = timedelta(days=2)
_COUNTED = 100


@dataclass(frozen=True, slots=True)
class Due:
    """A state brought up to a moment. `skipped` is a due time that is let go, with the reason."""

    state: ScheduleState
    skipped: datetime | None = None
    why: str = ""


def due_by(timed: Timed, state: ScheduleState, now: datetime) -> Due:
    """Note what has become due by `now`.

    However many due times went by, one run is owed, for the latest of them; a schedule that does
    not catch up owes none where even that is more than `GRACE` ago. A schedule that is new,
    changed or resumed owes nothing for the past. What a clock that was days ahead put off, or has
    owed, until then is due now.
    """
    if state.owed is not None and state.owed - now > _CLOCK_WAS_WRONG:
        state = replace(state, owed=now)
    if state.not_before is not None and state.not_before - now > _LONGEST_PUT_OFF:
        state = replace(state, not_before=now)
    if state.words != timed.words or state.next_due is None:
        fresh = state.words != timed.words
        state = replace(
            state,
            words=timed.words,
            next_due=timed.schedule.next(now),
            owed=None if fresh else state.owed,
            tried=None if fresh else state.tried,
        )
        return Due(state)
    if state.next_due > now:
        return Due(replace(state, next_due=min(state.next_due, _following(timed, state, now))))
    latest = timed.schedule.previous(now)
    missed = _count(timed, state.next_due, latest)
    late = now - latest > GRACE
    state = replace(state, next_due=timed.schedule.next(now))
    if state.paused_at is not None:
        return Due(state)
    if late and not timed.catch_up:
        return Due(state, latest, f"{_times(missed)} missed; this schedule does not catch up")
    why = "due"
    if late or missed > 1:
        why = f"caught up: {_times(missed)} missed" if late else f"due, {_times(missed - 1)} missed"
    return Due(replace(state, owed=latest, owed_why=why))


def begins_at(timed: Timed, state: ScheduleState) -> datetime | None:
    """When the run that is owed may begin; None where none is owed or it has to wait for a
    person."""
    if state.owed is None or state.paused_at is not None or state.waiting == "disabled":
        return None
    if state.waiting == "login" and state.not_before is None and state.tried == state.owed:
        return None
    begins = state.owed + jitter(timed, state.owed)
    return begins if state.not_before is None else max(begins, state.not_before)


def wakes_at(timed: Timed, state: ScheduleState) -> datetime | None:
    """When this schedule has to be looked at next; None while it is paused."""
    if state.paused_at is not None or state.next_due is None:
        return None
    due = state.next_due + jitter(timed, state.next_due)
    begins = None if state.running_since is not None else begins_at(timed, state)
    return due if begins is None else min(begins, due)


def jitter(timed: Timed, due: datetime) -> timedelta:
    """How much later than due a run begins: by chance, and the same each time it is asked."""
    longest = min(timed.jitter_seconds, (timed.schedule.next(due) - due).total_seconds() / 2)
    return timedelta(seconds=longest * chance(f"{timed.key} {due.isoformat()}"))


def chance(words: str) -> float:
    """A number from 0 to 1 that looks random and is the same for the same words."""
    digest = hashlib.blake2b(words.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def _following(timed: Timed, state: ScheduleState, now: datetime) -> datetime:
    """The next due time by the clock as it stands: a clock that was set back must not repeat
    one that was tried, nor leave a schedule waiting for a date far off."""
    last = state.tried
    ahead = last is not None and timedelta() < last - now < _CLOCK_WAS_WRONG
    return timed.schedule.next(last if ahead and last is not None else now)


def _count(timed: Timed, first: datetime, latest: datetime) -> int:
    count, at = 1, first
    while at < latest and count <= _COUNTED:
        at = timed.schedule.next(at)
        count += 1
    return count


def _times(count: int) -> str:
    if count > _COUNTED:
        return f"more than {_COUNTED} runs were"
    return "1 run was" if count == 1 else f"{count} runs were"
