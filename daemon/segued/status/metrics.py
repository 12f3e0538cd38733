"""The service for monitors on this machine: /healthz, and /metrics as Prometheus reads them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import orjson
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from segued.config.schema import Settings
from segued.schedule.scheduler import Scheduler
from segued.store.auth import AuthStore, days_left
from segued.store.budget import BudgetStore
from segued.web.service import concerns


class _Standing(Collector):
    """Reads the schedules, the login and the budgets at each question."""

    def __init__(
        self,
        scheduler: Scheduler,
        counts: Mapping[tuple[str, str], int],
        auth: AuthStore,
        budget: BudgetStore,
        clock: Callable[[], datetime],
        settings: Callable[[], Settings],
    ) -> None:
        self._scheduler = scheduler
        self._counts = counts
        self._auth = auth
        self._budget = budget
        self._clock = clock
        self._settings = settings

    def collect(self) -> Iterator[Metric]:
        """Every metric."""
        yield from self._schedules()
        yield from self._spotify()
        runs = CounterMetricFamily("segue_runs", "Runs ended.", labels=("kind", "status"))
        for labels, count in list(self._counts.items()):
            runs.add_metric(labels, count)
        yield runs

    def _schedules(self) -> Iterator[Metric]:
        times = {
            "next_due": "When it is due next.",
            "last_success": "The due time of the latest run that went well.",
            "last_started": "When its latest run began.",
        }
        states = self._scheduler.states()
        for name, text in times.items():
            family = GaugeMetricFamily(
                f"segue_schedule_{name}_timestamp_seconds", text, labels=("schedule",)
            )
            for key, state in states.items():
                moment: datetime | None = getattr(state, name)
                if moment is not None:
                    family.add_metric((key,), moment.timestamp())
            yield family
        failures = GaugeMetricFamily(
            "segue_schedule_failures", "Failures in a row.", labels=("schedule",)
        )
        paused = GaugeMetricFamily("segue_schedule_paused", "1 if paused.", labels=("schedule",))
        waiting = GaugeMetricFamily(
            "segue_schedule_waiting", "1 for what it waits for.", labels=("schedule", "for")
        )
        for key, state in states.items():
            failures.add_metric((key,), state.failures)
            paused.add_metric((key,), state.paused_at is not None)
            if state.waiting is not None:
                waiting.add_metric((key, state.waiting), 1)
        yield from (failures, paused, waiting)

    def _spotify(self) -> Iterator[Metric]:
        now, token, settings = self._clock(), self._auth.token(), self._settings()
        login = GaugeMetricFamily("segue_login_days_left", "Days until the login ends.")
        login.add_metric((), days_left(token, now) if token and token.refresh_token else 0)
        asked = GaugeMetricFamily(
            "segue_requests_today", "Requests since midnight UTC.", labels=("endpoint",)
        )
        cooling = GaugeMetricFamily(
            "segue_cool_down_until_timestamp_seconds",
            "Until when an endpoint is left alone.",
            labels=("endpoint",),
        )
        for endpoint, budget in self._budget.all().items():
            asked.add_metric((endpoint,), budget.count(now.date()))
            until = budget.cool_down_until
            if until is not None and until > now and concerns(endpoint, settings):
                cooling.add_metric((endpoint,), until.timestamp())
        yield from (login, asked, cooling)
        encoder = GaugeMetricFamily(
            "segue_encoder_info", "The text encoder that is configured.", labels=("name",)
        )
        if settings.lyrics.enabled:
            encoder.add_metric((settings.lyrics.encoder,), 1)
        yield encoder


class Metrics:
    """The text that Prometheus reads."""

    def __init__(
        self,
        scheduler: Scheduler,
        counts: Mapping[tuple[str, str], int],
        auth: AuthStore,
        budget: BudgetStore,
        clock: Callable[[], datetime],
        settings: Callable[[], Settings],
    ) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_Standing(scheduler, counts, auth, budget, clock, settings))
        ProcessCollector(registry=self._registry)

    def __call__(self) -> tuple[bytes, str]:
        """The metrics as they are now, and their content type."""
        return generate_latest(self._registry), CONTENT_TYPE_LATEST


log = logging.getLogger(__name__)

ADDRESS = "127.0.0.1"
_KNOWN_HOSTS = ("127.0.0.1", "localhost")


class StatusServer:
    """Answers GET /healthz with `health()` (ok or not, and why) and /metrics with `metrics()`."""

    def __init__(
        self,
        port: int,
        health: Callable[[], dict[str, object]],
        metrics: Callable[[], tuple[bytes, str]],
    ) -> None:
        """Raises OSError where the port is taken."""
        answers = {"health": staticmethod(health), "metrics": staticmethod(metrics)}
        handler = type("Handler", (_Handler,), answers)
        self._server = ThreadingHTTPServer((ADDRESS, port), handler)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="status", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    server_version = "segued"
    sys_version = ""
    timeout = 10
    health: Callable[[], dict[str, object]]
    metrics: Callable[[], tuple[bytes, str]]

    def do_GET(self) -> None:
        """Answer one question."""
        host = self.headers.get("Host", "").rpartition(":")[0] or self.headers.get("Host", "")
        if host not in _KNOWN_HOSTS:  # a web page must not ask through a name of its own
            self._answer(403, b"this is answered on the loopback address only\n", "text/plain")
        elif self.path == "/healthz":
            found = self.health()
            body = orjson.dumps(found, option=orjson.OPT_APPEND_NEWLINE)
            self._answer(200 if found["ok"] else 503, body, "application/json")
        elif self.path == "/metrics":
            self._answer(200, *self.metrics())
        else:
            self._answer(404, b"there are /healthz and /metrics\n", "text/plain")

    def _answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Requests of monitors are worth a debug line."""
        log.debug(format, *args)
