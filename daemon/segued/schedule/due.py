"""What is due when: the scheduler's decisions as functions of a schedule, its state and the time.

Nothing here has a clock or a memory, so a year of them can be checked in seconds.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from segued.config.schedule.timetable import Timed
from segued.store.schedules import ScheduleState

GRACE = timedelta(minutes=5)
"""A run that begins within this of its time is not late."""
_CLOCK_WAS_WRONG = timedelta(days=1)
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
    changed or resumed owes nothing for the past.
    """
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
