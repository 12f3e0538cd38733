"""The service as a process: its clock, the signals it waits for, and what it tells systemd.

APScheduler waits for a date and runs what is due in a worker thread. What is owed, held back or
paused is the scheduler's: after each look the dates are set anew from what it says. Words to
systemd go as datagrams to the socket it names (sd_notify(3)); without one, nothing.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import signal
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from segue.errors import StoreError
from segued.config.schema import Timed
from segued.schedule.scheduler import Scheduler
from segued.store.runs import ScheduleState

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 60.0
"""A machine that slept, or whose clock was set, is caught up with within this."""
_RUNS, _BEATS = "runs", "beats"


class SdNotify:
    """Says to systemd how the service stands. Safe to use from several threads."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        path = environ.get("NOTIFY_SOCKET", "")
        self._address = "\0" + path[1:] if path.startswith("@") else path
        mine = environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        micro = environ.get("WATCHDOG_USEC", "")
        self.watchdog_seconds = int(micro) / 1e6 if mine and micro.isdigit() else None

    def ready(self, status: str) -> None:
        """The service works: after its start, and after a reload."""
        self._send("READY=1", f"STATUS={status}")

    def status(self, text: str) -> None:
        """A line for `systemctl status`."""
        self._send(f"STATUS={text}")

    def watchdog(self) -> None:
        """Still alive."""
        if self.watchdog_seconds is not None:
            self._send("WATCHDOG=1")

    def reloading(self) -> None:
        """The configuration is being read again; `ready` ends it."""
        micro = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._send("RELOADING=1", f"MONOTONIC_USEC={micro}")

    def stopping(self) -> None:
        """The service is ending."""
        self._send("STOPPING=1")

    def _send(self, *lines: str) -> None:
        if not self._address:
            return
        text = "\n".join(line.replace("\n", " ") for line in lines)
        # The manager may be gone, or not listening for now: no reason to end, nor to wait long.
        with (
            contextlib.suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out,
        ):
            out.settimeout(PATIENCE_SECONDS)
            out.connect(self._address)
            out.sendall(text.encode())


def status_line(
    timetable: Mapping[str, Timed],
    states: Mapping[str, ScheduleState],
    running: str | None,
    now: datetime,
) -> str:
    """`running` (a job and its stage), what comes next, what is paused and what is waited for."""
    playlists = sum(1 for timed in timetable.values() if timed.kind == "refresh")
    parts = ["1 playlist" if playlists == 1 else f"{playlists} playlists"]
    if running is not None:
        parts.append(f"running: {running}")
    paused = [key for key, state in states.items() if state.paused_at is not None]
    coming = [
        (state.next_due, timetable[key].name)
        for key, state in states.items()
        if state.next_due is not None and key not in paused
    ]
    if coming:
        due, name = min(coming)
        minutes = max(0, round((due - now).total_seconds() / 60))
        when = f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"
        parts.append(f"next: {name} in {when}")
    if paused:
        parts.append(f"{len(paused)} paused")
    waiting = sorted({state.waiting for state in states.values() if state.waiting is not None})
    if waiting:
        words = {
            "login": "a login (`segue auth login`)",
            "retry_at": "a limit of Spotify's to end",
            "back_off": "trouble to pass",
            "lock": "another command to end",
            "disabled": "`segue resume` of what was refused",
        }
        parts.append("waiting for " + " and ".join(words[reason] for reason in waiting))
    return "; ".join(parts)


class Events:
    """Numbers to be dealt with, in their order. `put` may be called from anywhere.

    A queue of the standard library would do but for signals: one that the kernel gives to another
    thread, or that comes just before the wait begins, does not end the wait of the main thread.
    So signals wake it by a socket (`signal.set_wakeup_fd`).
    """

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        self._waiting: deque[int] = deque()

    def put(self, event: int) -> None:
        """Add one, and end the wait for it."""
        self._waiting.append(event)
        with contextlib.suppress(BlockingIOError):  # then so many wait that it is awake anyway
            self._writer.send(b"\0")

    def get(self, timeout_seconds: float) -> int | None:
        """The next one, waited for; None where there is none in time, or not yet."""
        if not self._waiting:
            select.select([self._reader], [], [], timeout_seconds)
            with contextlib.suppress(BlockingIOError):
                self._reader.recv(4096)
        return self._waiting.popleft() if self._waiting else None

    @contextlib.contextmanager
    def of_signals(
        self, numbers: Sequence[int], noted: Callable[[int], None] = lambda _: None
    ) -> Iterator[None]:
        """Take signals as events; in the main thread only. `noted` is called in the handler."""

        def note(number: int, _frame: object) -> None:
            noted(number)
            self.put(number)

        wakeup = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        previous = {number: signal.signal(number, note) for number in numbers}
        try:
            yield
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(wakeup)

    def close(self) -> None:
        """Let the sockets go."""
        self._reader.close()
        self._writer.close()


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
        from apscheduler.executors.pool import ThreadPoolExecutor  # not for `segued --once`
        from apscheduler.schedulers.background import BackgroundScheduler

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
        from apscheduler.jobstores.base import JobLookupError

        try:
            self.jobs.remove_job(key)
        except JobLookupError:
            log.debug("%s has just been run", key)
