"""How the service stands as Prometheus metrics, worked out when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

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
