"""The page, /healthz and /metrics of a running service, on its port for as long as it runs."""

from __future__ import annotations

import contextlib
import logging
import signal
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from segue.errors import UsageError
from segued.page.now import Backend, Job
from segued.schedule.policy import Outcome
from segued.schedule.scheduler import Scheduler
from segued.service.children import Children, Running
from segued.service.process import Events
from segued.service.reporter import Configuration, Reporter, request_for
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
    from segued.page.server import PageServer  # not for a service without a page

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
    from segued.status.metrics import Metrics

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
        metrics=Metrics(
            parts.scheduler,
            parts.reporter.counts,
            state.auth,
            state.budget,
            clock,
            lambda: configuration.settings,
        ),
    )


def _jobs(parts: Parts) -> list[Job]:
    names = {one.id: one.name for one in parts.configuration.settings.playlists}

    def job(running: Running, *, by_hand: bool) -> Job:
        about = ", ".join(names.get(each, each) for each in running.names)
        name = f"{running.kind} of {about}" if about else running.kind
        return Job(name, running.progress, by_hand)

    pairs = ((parts.children.running, False), (parts.by_hand.running, True))
    return [job(running, by_hand=hand) for running, hand in pairs if running is not None]
