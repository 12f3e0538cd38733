"""The clockwork: APScheduler with a job at each schedule's next time, brought in line each minute.

APScheduler waits for a date and runs what is due in a worker thread. What is owed, held back or
paused is the scheduler's: after each look the dates are set anew from what it says.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler

from segue.errors import StoreError
from segued.schedule.scheduler import Scheduler

log = logging.getLogger(__name__)

LONGEST_WAIT_SECONDS = 60.0
"""A machine that slept, or whose clock was set, is caught up with within this."""
_RUNS, _BEATS = "runs", "beats"


class Timer:
    """Runs `scheduler.fire` when schedules are due, one at a time.

    `beat` goes through this clock's own thread and APScheduler's: when either hangs, it stops.
    `died` is called where the clock ends by a mistake.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        *,
        beat: Callable[[], None] = lambda: None,
        died: Callable[[], None] = lambda: None,
        longest_wait_seconds: float = LONGEST_WAIT_SECONDS,
    ) -> None:
        self._scheduler = scheduler
        self._beat = beat
        self._died = died
        self._longest_wait_seconds = longest_wait_seconds
        self._woken = threading.Event()
        self._ended = False
        self._thread = threading.Thread(target=self._live, name="clock", daemon=True)
        self.jobs = BackgroundScheduler(
            timezone=UTC,
            executors={_RUNS: ThreadPoolExecutor(1), _BEATS: ThreadPoolExecutor(1)},
            # What is late is run all the same, once: whether it still ought to be, fire decides.
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def begin(self) -> None:
        """Start the clock, in threads of its own."""
        self.jobs.start()
        self._thread.start()

    def end(self) -> None:
        """End the clock, once what it runs has ended."""
        self._ended = True
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join()
        if self.jobs.running:
            self.jobs.shutdown(wait=True)

    def wakeup(self) -> None:
        """Look at once: what is due next may have changed."""
        self._woken.set()

    def step(self) -> None:
        """Note what has become due, and set APScheduler's dates by it."""
        self._scheduler.poll()
        for key, wake in self._scheduler.wakes().items():
            job = self.jobs.get_job(key)
            if wake is None or (job is not None and job.next_run_time != wake):
                self._remove(key)
            if wake is not None and (job is None or job.next_run_time != wake):
                self._at(wake, self._fire, key, _RUNS)
        for job in self.jobs.get_jobs():
            if job.id != _BEATS and job.id not in self._scheduler.timetable:
                self._remove(job.id)

    def _live(self) -> None:
        try:
            while not self._ended:
                try:
                    self.step()
                except StoreError as error:  # a full disk may have room again in a minute
                    log.error("%s", error)
                # APScheduler counts its wait anew with each job, so that it never sleeps longer
                # than this by a clock that was set back, or that stood while the machine slept.
                self._at(datetime.now(UTC), lambda _: self._beat(), _BEATS, _BEATS)
                self._woken.wait(self._longest_wait_seconds)
                self._woken.clear()
        except Exception:
            log.exception("the scheduler ended by a bug in Segue")
            self._died()

    def _fire(self, key: str) -> None:
        self._scheduler.fire(key)
        self.wakeup()

    def _at(self, moment: datetime, run: Callable[[str], None], key: str, executor: str) -> None:
        self.jobs.add_job(
            run,
            "date",
            run_date=moment,
            args=(key,),
            id=key,
            executor=executor,
            replace_existing=True,
        )

    def _remove(self, key: str) -> None:
        try:
            self.jobs.remove_job(key)
        except JobLookupError:
            log.debug("%s has just been run", key)
