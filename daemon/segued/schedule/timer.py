"""The clockwork: APScheduler with one job for each schedule, woken at least once a minute."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from apscheduler.executors.base import BaseExecutor
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.base import STATE_STOPPED
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.base import BaseTrigger

from segue.errors import StoreError
from segued.config.schedule.timetable import Timed
from segued.schedule.due import jitter
from segued.schedule.scheduler import Keeper

log = logging.getLogger(__name__)

LONGEST_WAIT_SECONDS = 60.0
"""A machine that slept does not count the time; so it catches up within this of waking."""


class DueTrigger(BaseTrigger):  # type: ignore[misc]  # APScheduler ships no types
    """APScheduler's view of our schedules: crontab's weekdays and clock changes are ours."""

    def __init__(self, timed: Timed) -> None:
        self.timed = timed

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """The next time to fire after what was fired and after now."""
        after = max(now, previous_fire_time) if previous_fire_time is not None else now
        due = self.timed.schedule.next(after)
        return due + jitter(self.timed, due)

    def __str__(self) -> str:
        return self.timed.schedule.text


class Timer(BlockingScheduler):  # type: ignore[misc]  # APScheduler ships no types
    """Runs `keeper.fire` when schedules are due, in one worker thread.

    APScheduler holds the times; what is owed, held back or paused is the keeper's, and
    `replan` brings the jobs in line with it. `beat` is called from the loop itself: when the loop
    hangs, it stops.
    """

    def __init__(
        self,
        keeper: Keeper,
        *,
        beat: Callable[[], None] = lambda: None,
        died: Callable[[], None] = lambda: None,
        executor: BaseExecutor | None = None,
        longest_wait_seconds: float = LONGEST_WAIT_SECONDS,
    ) -> None:
        super().__init__(
            timezone=UTC,
            executors={"default": executor or ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self._keeper = keeper
        self._beat = beat
        self._died = died
        self._longest_wait_seconds = longest_wait_seconds
        self._timed: dict[str, Timed] = {}
        self._thread: threading.Thread | None = None
        self._begun = threading.Event()

    def begin(self) -> None:
        """Start the loop in a thread of its own; returns when it runs."""
        self._thread = threading.Thread(target=self._live, name="scheduler", daemon=True)
        self._thread.start()
        self._begun.wait()

    def end(self) -> None:
        """End the loop and the worker thread, once what it runs has ended."""
        if self.running:
            self.shutdown(wait=True)
        if self._thread is not None:
            self._thread.join()

    def _live(self) -> None:
        try:
            self.start()
        except Exception:
            log.exception("the scheduler ended by a mistake in Segue")
            self._died()
        finally:
            self._begun.set()

    def step(self) -> float:
        """Look, bring the jobs in line, start what is due; how long to wait then (seconds)."""
        self._beat()
        self._keeper.look()
        self.replan()
        wait: float | None = self._process_jobs()
        longest = self._longest_wait_seconds
        return longest if wait is None else min(wait, longest)

    def replan(self) -> None:
        """Make APScheduler's jobs what the keeper knows: one a schedule, at its next time."""
        wakes = self._keeper.wakes()
        self._take_over(self._keeper.timetable)
        for key, wanted in wakes.items():
            job = self.get_job(key)
            if job is not None and job.next_run_time != wanted:
                try:
                    job.modify(next_run_time=wanted)
                except JobLookupError:
                    continue  # another thread has just removed it

    def _take_over(self, timetable: Mapping[str, Timed]) -> None:
        for key in [key for key in self._timed if key not in timetable]:
            del self._timed[key]
            self.remove_job(key)
        for key, timed in timetable.items():
            if self._timed.get(key) == timed:
                continue
            self._timed[key] = timed
            self.add_job(
                self._fire,
                DueTrigger(timed),
                args=(key,),
                id=key,
                name=timed.name,
                next_run_time=None,
                replace_existing=True,
            )

    def _fire(self, key: str) -> None:
        self._keeper.fire(key)
        self.wakeup()  # what is to come next may have changed

    def _main_loop(self) -> None:
        self._begun.set()
        while self.state != STATE_STOPPED:
            try:
                wait = self.step()
            except StoreError as error:  # a full disk may have room again in a minute
                log.error("%s", error)
                wait = self._longest_wait_seconds
            self._event.wait(wait)
            self._event.clear()
