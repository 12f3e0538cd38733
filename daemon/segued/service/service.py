"""The service: schedules, jobs and signals put together, until it is asked to end."""

from __future__ import annotations

import contextlib
import logging
import signal
import time
from collections.abc import Callable, Mapping
from datetime import datetime

from segue.errors import ConfigError, StoreError
from segued.config.schema import timetable
from segued.notify import Notifier
from segued.schedule.policy import Outcome
from segued.schedule.scheduler import Scheduler, Task
from segued.service.children import Children, Messenger
from segued.service.ears import Ears
from segued.service.page import Parts, served
from segued.service.process import LONGEST_WAIT_SECONDS, Events, SdNotify, Timer, status_line
from segued.service.reporter import Configuration, LoginWatch, Reporter, login_of, request_for
from segued.store.access import login_status
from segued.store.state import State

log = logging.getLogger(__name__)

HANGS_AFTER_SECONDS = 150.0
_WATCH_SECONDS = 2.0
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_DIED = -1


class Service:
    """One service for one state folder. `run` returns when a signal asked it to end."""

    def __init__(
        self,
        configuration: Configuration,
        state: State,
        environ: Mapping[str, str],
        *,
        clock: Callable[[], datetime],
        longest_wait_seconds: float = LONGEST_WAIT_SECONDS,
    ) -> None:
        self._configuration = configuration
        self._state = state
        self._environ = environ
        self._clock = clock
        self._events = Events()
        self._children = Children(environ)
        self._by_hand = Children(environ)
        self._messenger = Messenger(environ)
        self._systemd = SdNotify(environ)
        self._reporter = Reporter(state, self._new_notifier())
        self._scheduler = Scheduler(
            state.schedules,
            timetable(configuration.settings),
            self._run_task,
            self._reporter,
            lambda: login_of(state.auth, clock()),
            clock,
        )
        self._login_watch = LoginWatch(state.auth)
        self._reporter.note_notified = self._scheduler.note_notified
        half = (self._systemd.watchdog_seconds or 2 * longest_wait_seconds) / 2
        self._tick_seconds = min(longest_wait_seconds, half)
        self._timer = Timer(
            self._scheduler,
            beat=self._beat,
            died=lambda: self._events.put(_DIED),
            longest_wait_seconds=self._tick_seconds,
        )
        self._last_beat = time.monotonic()
        self._trouble = ""

    def run(self) -> int:
        """Work until SIGTERM or SIGINT; SIGHUP reads the configuration again."""
        with self._events.of_signals(_SIGNALS, self._note), self._page(), self._ears():
            for key in self._scheduler.begin():
                log.warning("%s: the service was killed in the middle of it; it is run again", key)
            self._scheduler.replace(timetable(self._configuration.settings))
            self._timer.begin()
            log.info("segued is ready: %s", self._status())
            if not login_status(self._state.auth, self._clock()).logged_in:
                log.warning("nobody is logged in, so every run will wait for `segue auth login`")
            self._systemd.ready(self._status())
            try:
                return self._wait()
            finally:
                self._end()

    def _note(self, number: int) -> None:
        if number != signal.SIGHUP:
            self._messenger.end()  # or the end would wait for a message on its way

    def _end(self) -> None:
        self._systemd.stopping()
        log.info("segued is ending")
        self._scheduler.enabled = False
        self._messenger.end()
        self._by_hand.stop()
        self._children.stop()
        self._timer.end()

    def _wait(self) -> int:
        while True:
            watch = self._configuration.settings.service.watch
            event = self._events.get(_WATCH_SECONDS if watch else self._tick_seconds)
            if event in (signal.SIGTERM, signal.SIGINT):
                return 0
            if event == _DIED:
                return 1
            try:
                if event == signal.SIGHUP or (watch and self._configuration.changed()):
                    self._reload()
                self._login_watch.look(self._reporter.notifier, self._clock())
            except StoreError as error:  # a full disk may have room again in a while
                log.error("%s", error)
            self._systemd.status(self._status())

    def _reload(self) -> None:
        self._systemd.reloading()
        try:
            self._take_over()
            self._trouble = ""
        except ConfigError as error:
            log.error("%s\nThe configuration in force stays as it was.", error)
            self._trouble = "the new configuration is wrong and not used; "
        finally:
            self._systemd.ready(self._status())

    def _take_over(self) -> None:
        old = self._configuration.settings
        changed = self._configuration.reload()
        before, now = old.service, self._configuration.settings.service
        if changed:
            self._reporter.notifier = self._new_notifier()
            self._scheduler.replace(timetable(self._configuration.settings))
            self._timer.wakeup()
        log.info("the configuration was read again; %s", "taken over" if changed else "as it was")
        kept = ("status_port", "listen", "page_password", "page_hosts", "log")
        if any(getattr(before, key) != getattr(now, key) for key in kept):
            log.warning("%s of [service] hold from the next start of segued", ", ".join(kept))
        if old.ears != self._configuration.settings.ears:
            log.warning("[ears] holds from the next start of segued")

    def _run_task(self, task: Task) -> Outcome:
        names = tuple(timed.recipe_id for timed in task.timed if timed.recipe_id is not None)
        request = request_for(task.kind, names, task.reason, self._configuration, self._environ)
        return self._children.run(request, self._configuration.settings.service.job_time)

    def _beat(self) -> None:
        self._last_beat = time.monotonic()
        self._systemd.watchdog()

    def _health(self) -> dict[str, object]:
        seconds = time.monotonic() - self._last_beat
        running = self._children.running
        return {
            "ok": seconds < HANGS_AFTER_SECONDS,
            "scheduler_looked_seconds_ago": round(seconds, 1),
            "running": running.kind if running else None,
            "status": self._status(),
        }

    def _status(self) -> str:
        states, table = self._scheduler.states(), self._scheduler.timetable
        running = self._children.running or self._by_hand.running
        line = status_line(table, states, str(running) if running else None, self._clock())
        return self._trouble + line

    def _new_notifier(self) -> Notifier:
        settings = self._configuration.settings.notify

        def deliver(title: str, text: str) -> bool:
            return self._messenger.send(settings.apprise_urls, title, text)

        return Notifier(settings, self._state.schedules, deliver)

    def _ears(self) -> contextlib.AbstractContextManager[object]:
        soloist = self._configuration.settings.ears.soloist
        if not soloist:
            return contextlib.nullcontext()
        return Ears(soloist, self._state.plays.note, self._clock)

    def _page(self) -> contextlib.AbstractContextManager[None]:
        return served(
            Parts(
                self._configuration,
                self._state,
                self._scheduler,
                self._reporter,
                self._children,
                self._by_hand,
                self._events,
                self._environ,
                self._clock,
                self._health,
            )
        )
