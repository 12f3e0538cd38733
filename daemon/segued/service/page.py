"""The page, /healthz and /metrics of a running service, on its port for as long as it runs."""

from __future__ import annotations

import contextlib
import logging
import signal
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from segue.errors import UsageError
from segued.config.schema import Settings
from segued.page.now import Backend, Job
from segued.schedule.policy import Outcome
from segued.schedule.scheduler import Scheduler
from segued.service.children import Children, Running
from segued.service.process import Events
from segued.service.reporter import Configuration, Reporter, request_for
from segued.store.access import AuthStore, BudgetStore, concerns, days_left
from segued.store.state import State
from segued.worker.messages import JobKind

log = logging.getLogger(__name__)

BY_HAND = "from the page"
"""Why a job ran that a button began, in the history."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a service that its page looks at. `by_hand` runs what its buttons begin."""

    configuration: Configuration
    state: State
    scheduler: Scheduler
    reporter: Reporter
    children: Children
    by_hand: Children
    events: Events
    environ: Mapping[str, str]
    clock: Callable[[], datetime]
    health: Callable[[], dict[str, object]]


@contextlib.contextmanager
def served(parts: Parts) -> Iterator[None]:
    """Serve the page where the configuration gives it a port; a port that is taken is logged."""
    section = parts.configuration.settings.service
    if not section.status_port:
        yield
        return
    from segued.page.app import PageServer

    try:
        server = PageServer(backend(parts))
    except (OSError, UsageError) as error:
        # Playlists matter more than being looked at.
        why = error.strerror if isinstance(error, OSError) else str(error)
        log.error("port %d of %s cannot be served: %s", section.status_port, section.listen, why)
        yield
        return
    try:
        yield
    finally:
        server.close()


def backend(parts: Parts) -> Backend:
    """The service as its page sees it."""

    configuration, state, clock = parts.configuration, parts.state, parts.clock

    def run(kind: JobKind, names: tuple[str, ...], version: str | None) -> Outcome:
        request = request_for(kind, names, BY_HAND, configuration, parts.environ)
        return parts.by_hand.run(
            replace(request, by_hand=True, version=version),
            configuration.settings.service.job_time,
        )

    return Backend(
        folder=state.folder,
        environ=parts.environ,
        clock=clock,
        scheduler=parts.scheduler,
        state=state,
        settings=lambda: configuration.settings,
        config=lambda: (configuration.text, Path(configuration.file)),
        jobs=lambda: _jobs(parts),
        run=run,
        reload=lambda: parts.events.put(signal.SIGHUP),
        health=parts.health,
        metrics=exposition(
            Metrics(
                parts.scheduler,
                parts.reporter.counts,
                state.auth,
                state.budget,
                clock,
                lambda: configuration.settings,
            )
        ),
    )


def _jobs(parts: Parts) -> list[Job]:
    names = {playlist.id: playlist.name for playlist in parts.configuration.settings.playlists}

    def job(running: Running, *, by_hand: bool) -> Job:
        about = ", ".join(names.get(each, each) for each in running.names)
        name = f"{running.kind} of {about}" if about else running.kind
        return Job(name, running.progress, by_hand)

    pairs = ((parts.children.running, False), (parts.by_hand.running, True))
    return [job(running, by_hand=hand) for running, hand in pairs if running is not None]


@dataclass(frozen=True, eq=False)
class Metrics(Collector):
    """Reads the schedules, the login and the budgets at each question."""

    scheduler: Scheduler
    counts: Mapping[tuple[str, str], int]
    auth: AuthStore
    budget: BudgetStore
    clock: Callable[[], datetime]
    settings: Callable[[], Settings]

    def collect(self) -> Iterator[Metric]:
        """Every metric."""
        yield from self._schedules()
        yield from self._spotify()
        runs = CounterMetricFamily("segue_runs", "Runs ended.", labels=("kind", "status"))
        for labels, count in list(self.counts.items()):
            runs.add_metric(labels, count)
        yield runs

    def _schedules(self) -> Iterator[Metric]:
        times = {
            "next_due": "When it is due next.",
            "last_success": "The due time of the latest run that went well.",
            "last_started": "When its latest run began.",
        }
        states = self.scheduler.states()
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
        now, token, settings = self.clock(), self.auth.token(), self.settings()
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
        for endpoint, budget in self.budget.all().items():
            asked.add_metric((endpoint,), budget.count(now.date()))
        for each in self.budget.cool_downs(now):
            if concerns(each.endpoint, settings):
                cooling.add_metric((each.endpoint,), each.until.timestamp())
        yield from (login, asked, cooling)
        encoder = GaugeMetricFamily(
            "segue_encoder_info", "The text encoder that is configured.", labels=("name",)
        )
        if settings.lyrics.enabled:
            encoder.add_metric((settings.lyrics.encoder,), 1)
        yield encoder


def exposition(metrics: Metrics) -> Callable[[], tuple[bytes, str]]:
    """What gives the text that Prometheus reads, as the metrics are then, and its content type."""
    registry = CollectorRegistry()
    registry.register(metrics)
    ProcessCollector(registry=registry)
    return lambda: (generate_latest(registry), CONTENT_TYPE_LATEST)
