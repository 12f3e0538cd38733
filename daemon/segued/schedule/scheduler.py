"""Keeps the schedules: notes what is due, has it run, and takes in how it ended."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Protocol

from segue.errors import StoreError
from segued.config.schema import Kind, Timed
from segued.config.secrets import printable
from segued.schedule.policy import (
    AGAIN,
    Due,
    Login,
    Outcome,
    Result,
    begins_at,
    due_by,
    interrupted,
    on_end,
    on_login,
    on_start,
    wakes_at,
    with_login,
)
from segued.store.runs import ScheduleState, ScheduleStore

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be run now: schedules of one kind, and why."""

    kind: Kind
    timed: tuple[Timed, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Ended:
    """How one schedule's run ended, and its state before and after."""

    timed: Timed
    result: Result
    before: ScheduleState
    after: ScheduleState


class Runner(Protocol):
    """Runs a task to its end, in a process of its own."""

    def __call__(self, task: Task) -> Outcome: ...


class Listener(Protocol):
    """Hears what happened to schedules."""

    def ended(self, ended: Sequence[Ended], now: datetime) -> None:
        """Runs have ended."""

    def skipped(self, timed: Timed, due: datetime, why: str, now: datetime) -> None:
        """A due time was let go."""


class Scheduler:
    """The schedules of one timetable. Its methods may be called from several threads.

    One task runs at a time. Playlists that are due together are refreshed together; one that
    failed before is tried alone, so that it cannot take others with it.
    """

    def __init__(
        self,
        store: ScheduleStore,
        timetable: Mapping[str, Timed],
        runner: Runner,
        listener: Listener,
        login: Callable[[], Login],
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._runner = runner
        self._listener = listener
        self._login = login
        self._clock = clock
        self._lock = threading.RLock()
        self._running = threading.Lock()
        self._timetable = dict(timetable)
        self._loads = store.read_anew()
        self._states = dict(store.all())
        self.enabled = True

    @property
    def timetable(self) -> Mapping[str, Timed]:
        """The schedules that are kept, by key."""
        return self._timetable

    def states(self) -> Mapping[str, ScheduleState]:
        """How each schedule stands."""
        with self._lock:
            return {key: self._states.get(key, ScheduleState(key)) for key in self._timetable}

    def begin(self) -> tuple[str, ...]:
        """Take up what a service that was killed left running; gives the keys."""
        with self._lock:
            left = tuple(
                key for key, state in self._states.items() if state.running_since is not None
            )
            if left:
                self._change(left, interrupted)
            return left

    def replace(self, timetable: Mapping[str, Timed]) -> None:
        """Keep another timetable; schedules that are no longer there are forgotten."""
        with self._lock:
            self._timetable = dict(timetable)
            gone = [key for key in self._states if key not in self._timetable]
            if gone:
                self._store.drop(gone)
                for key in gone:
                    del self._states[key]
            self.poll()

    def poll(self) -> None:
        """Note what has become due, and what other processes changed: pauses, logins."""
        with self._lock:
            if (loads := self._store.read_anew()) != self._loads:
                self._loads = loads
                self._states = dict(self._store.all())
            login, now = self._login(), self._clock()
            found: dict[str, Due] = {}

            def polled(known: ScheduleState) -> ScheduleState:
                found[known.key] = due_by(self._timetable[known.key], with_login(known, login), now)
                return found[known.key].state

            known = {key: self._states.get(key, ScheduleState(key)) for key in self._timetable}
            changed = [key for key, state in known.items() if polled(state) != state]
            if changed:
                # Brought up to date again as stored: a pause or a resume may have come just now.
                self._change(changed, polled)
        for key, due in found.items():
            if due.skipped is not None:
                self._listener.skipped(self._timetable[key], due.skipped, due.why, now)

    def pause(self, keys: Sequence[str], at: datetime | None) -> None:
        """Pause schedules from a moment on, or with None let them go on."""
        with self._lock:
            self._store.pause(keys, at)
            for key in keys:
                self._states[key] = self._store.get(key)
            self.poll()

    def wakes(self) -> Mapping[str, datetime | None]:
        """When each schedule has to be looked at next; None while it is paused."""
        with self._lock:
            return {
                key: wakes_at(timed, self._states.get(key, ScheduleState(key)))
                for key, timed in self._timetable.items()
            }

    def fire(self, key: str) -> None:
        """Run what is ready now of the kind of a schedule. Where nothing is, nothing happens."""
        with self._running:
            task = self._task(key)
            if task is None or not self.enabled:
                return
            try:
                now = self._clock()
                with self._lock:
                    keys = [timed.key for timed in task.timed]
                    self._change(keys, lambda state: on_start(state, now))
                log.info("%s: begins (%s)", _names(task), task.reason)
                self._end(task, self._run(task))
            except StoreError as error:
                # The disk may be full: without this the schedule would count as running for ever.
                log.error("%s: %s", _names(task), error)
                self._put_off(task)

    def _run(self, task: Task) -> Outcome:
        try:
            return self._runner(task)
        except StoreError:
            raise
        except Exception as error:  # a schedule must outlive any mistake in running it
            log.exception("%s: could not be run", _names(task))
            text = f"it could not be run: {type(error).__name__}: {printable(str(error))}"
            names = [timed.recipe_id or timed.kind for timed in task.timed]
            return Outcome(tuple(Result(name, "died", "failed", text) for name in names), 1)

    def _task(self, key: str) -> Task | None:
        with self._lock:
            self.poll()
            timed = self._timetable.get(key)
            if timed is None:
                return None
            now = self._clock()
            ready = [
                other for other in self._timetable.values() if self._ready(other, timed.kind, now)
            ]
            if timed not in ready:
                return None
            state = self._states[key]
            if _alone(state):
                return Task(timed.kind, (timed,), state.owed_why)
            others = [other for other in ready if not _alone(self._states[other.key])]
            whys = dict.fromkeys(self._states[other.key].owed_why for other in others)
            return Task(timed.kind, tuple(others), "; ".join(whys))

    def _ready(self, timed: Timed, kind: Kind, now: datetime) -> bool:
        state = self._states.get(timed.key)
        if timed.kind != kind or state is None or state.running_since is not None:
            return False
        begins = begins_at(timed, state)
        return begins is not None and begins <= now

    def _end(self, task: Task, outcome: Outcome) -> None:
        now, login = self._clock(), self._login()
        ended: list[Ended] = []
        with self._lock:
            for timed in task.timed:
                name = timed.recipe_id or timed.kind
                result = outcome.of(name) or Result(name, "died", "failed", "it did not end well")
                before = self._store.get(timed.key)
                self._change((timed.key,), partial(on_end, result=result, now=now, login=login))
                ended.append(Ended(timed, result, before, self._states[timed.key]))
            good = any(run.result.step == "done" for run in ended if run.timed.needs_login)
            waiting = [key for key, state in self._states.items() if state.waiting == "login"]
            if good and login.alive and waiting:
                self._change(waiting, on_login)
        self._listener.ended(ended, now)

    def _put_off(self, task: Task) -> None:
        """Try again in a while, though that cannot be stored."""
        with self._lock:
            for timed in task.timed:
                known = self._states[timed.key]
                later = self._clock() + AGAIN
                self._states[timed.key] = replace(known, running_since=None, not_before=later)

    def note_notified(self, key: str, what: str | None) -> None:
        """Note which class of failure people were notified of, or that it is over."""
        with self._lock:
            if self._states.get(key, ScheduleState(key)).told != what:
                self._change((key,), lambda state: replace(state, told=what))

    def _change(self, keys: Iterable[str], by: Callable[[ScheduleState], ScheduleState]) -> None:
        keys = tuple(keys)
        self._store.change(keys, by)
        for key in keys:
            self._states[key] = self._store.get(key)


def _alone(state: ScheduleState) -> bool:
    """Whether a schedule is tried by itself; the want of a login is nobody's own failure."""
    return state.failures > 0 and state.waiting != "login"


def _names(task: Task) -> str:
    if task.kind == "refresh":
        return "refresh of " + ", ".join(timed.name for timed in task.timed)
    return task.kind
