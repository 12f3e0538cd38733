"""The service: schedules, jobs and signals put together, until it is asked to end."""

from __future__ import annotations

import contextlib
import logging
import queue
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta

from apscheduler.executors.base import BaseExecutor

from segue.errors import ConfigError
from segued.config.timetable import timetable
from segued.service.announce import Announcer, login_notice
from segued.service.children import Children
from segued.service.configuration import Configuration
from segued.service.keeper import Keeper, Task
from segued.service.messenger import send
from segued.service.policy import Login
from segued.service.reporter import Reporter
from segued.service.requests import request_for
from segued.service.standing import status_line
from segued.service.status_server import ADDRESS, StatusServer
from segued.service.systemd import Notifier
from segued.service.timer import LONGEST_WAIT_SECONDS, Timer
from segued.spotify.lifetime import days_left, ends_at
from segued.store.state import State
from segued.worker.messages import Outcome

log = logging.getLogger(__name__)

HANGS_AFTER_SECONDS = 150.0
_WATCH_SECONDS = 2.0
_LOGIN_LOOK = timedelta(hours=1)
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
        executor: BaseExecutor | None = None,
        longest_wait_seconds: float = LONGEST_WAIT_SECONDS,
    ) -> None:
        self._configuration = configuration
        self._state = state
        self._environ = environ
        self._clock = clock
        self._events: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._children = Children(environ)
        self._notifier = Notifier(environ)
        self._reporter = Reporter(state.runs, self._announcer())
        self._keeper = Keeper(
            state.schedules,
            timetable(configuration.settings),
            self._run_task,
            self._reporter,
            self._login,
            clock,
        )
        self._reporter.tell_keeper = self._keeper.told
        half = (self._notifier.watchdog_seconds or 2 * longest_wait_seconds) / 2
        self._tick_seconds = min(longest_wait_seconds, half)
        self._timer = Timer(
            self._keeper,
            beat=self._beat,
            died=lambda: self._events.put(_DIED),
            executor=executor,
            longest_wait_seconds=self._tick_seconds,
        )
        self._last_beat = time.monotonic()
        self._last_login_look: datetime | None = None

    def run(self) -> int:
        """Work until SIGTERM or SIGINT; SIGHUP reads the configuration again."""
        with self._signals(), self._status_server():
            for key in self._keeper.begin():
                log.warning("%s: the service was killed in the middle of it; it is run again", key)
            self._keeper.replace(timetable(self._configuration.settings))
            self._timer.begin()
            log.info("segued is ready: %s", self._status())
            self._notifier.ready(self._status())
            code = self._wait()
            self._notifier.stopping()
            log.info("segued is ending")
            self._keeper.enabled = False
            self._children.stop()
            self._timer.end()
        return code

    def _wait(self) -> int:
        while True:
            watch = self._configuration.settings.service.watch
            try:
                event = self._events.get(timeout=_WATCH_SECONDS if watch else self._tick_seconds)
            except queue.Empty:
                event = 0
            if event in (signal.SIGTERM, signal.SIGINT):
                return 0
            if event == _DIED:
                return 1
            if event == signal.SIGHUP or (watch and self._configuration.changed()):
                self._reload()
            self._look_at_login()
            self._notifier.status(self._status())

    def _reload(self) -> None:
        self._notifier.reloading()
        try:
            changed = self._configuration.reload()
        except ConfigError as error:
            log.error("%s\nThe configuration in force stays as it was.", error)
            self._notifier.ready(f"the new configuration is wrong and not used; {self._status()}")
            return
        if changed:
            self._reporter.announcer = self._announcer()
            self._keeper.replace(timetable(self._configuration.settings))
            self._timer.wakeup()
        log.info("the configuration was read again; %s", "taken over" if changed else "as it was")
        self._notifier.ready(self._status())

    def _run_task(self, task: Task) -> Outcome:
        request = request_for(task, self._configuration, self._environ)
        return self._children.run(request, self._configuration.settings.service.job_time)

    def _beat(self) -> None:
        self._last_beat = time.monotonic()
        self._notifier.watchdog()

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
        states, table = self._keeper.states(), self._keeper.timetable
        return status_line(table, states, self._children.running, self._clock())

    def _login(self) -> Login:
        token = self._state.auth.token()
        if token is None:
            return Login(alive=False)
        alive = token.refresh_token is not None and self._clock() < ends_at(token)
        return Login(alive, token.authorized_at.isoformat())

    def _look_at_login(self) -> None:
        """Announce, some days before, that the login ends."""
        now, token = self._clock(), self._state.auth.token()
        if self._last_login_look is not None and now - self._last_login_look < _LOGIN_LOOK:
            return
        self._last_login_look = now
        if token is not None and token.refresh_token is not None and now < ends_at(token):
            notice = login_notice(days_left(token, now), token.authorized_at)
            if notice is not None:
                log.warning("%s. %s", notice.title, notice.text)
                self._reporter.announcer.tell((notice,), now)

    def _announcer(self) -> Announcer:
        settings = self._configuration.settings.notify

        def deliver(title: str, text: str) -> bool:
            return send(settings.apprise_urls, title, text, self._environ)

        return Announcer(settings, self._state.schedules, deliver)

    @contextlib.contextmanager
    def _status_server(self) -> Iterator[None]:
        port = self._configuration.settings.service.status_port
        if not port:
            yield
            return
        from segued.service.metrics import Metrics

        metrics = Metrics(
            self._keeper,
            self._reporter.counts,
            self._state.auth,
            self._state.budget,
            self._clock,
        )
        try:
            server = StatusServer(port, self._health, metrics)
        except OSError as error:
            # Playlists matter more than being watched.
            log.error("port %d of %s cannot be served: %s", port, ADDRESS, error.strerror)
            yield
            return
        try:
            yield
        finally:
            server.close()

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

        def note(number: int, _frame: object) -> None:
            self._events.put(number)

        previous = {number: signal.signal(number, note) for number in numbers}
        try:
            yield
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)
