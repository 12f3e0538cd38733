"""The kinds of jobs, each a function from what it works with to an outcome."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from segue.errors import PARTLY
from segue.progress import Progress
from segued.config.schedule.timetable import Kind
from segued.config.schema import Settings
from segued.jobs.enrich_run import run_enrich
from segued.learn.job import due, run_learn
from segued.run import Run
from segued.schedule.outcome import Outcome, Result
from segued.spotify.client import SpotifyClient
from segued.store.state import State
from segued.sync.run import run_sync
from segued.worker.limits import limit
from segued.worker.messages import Request
from segued.worker.refresh import refresh


@dataclass(frozen=True, slots=True)
class Work:
    """What a job works with."""

    request: Request
    settings: Settings
    state: State
    environ: Mapping[str, str]
    clock: Callable[[], datetime]
    progress: Progress

    @contextlib.contextmanager
    def client(self) -> Iterator[SpotifyClient]:
        """A client for the account, closed at the end."""
        client = SpotifyClient(
            self.settings.spotify, self.state.auth, self.state.budget, clock=self.clock
        )
        try:
            yield client
        finally:
            client.close()


def sync_job(work: Work) -> Outcome:
    """Read the account."""
    with work.client() as client:
        found = run_sync(client, work.state, work.settings, work.clock, work.progress)
    status, code = ("done", 0) if found.complete else ("partly", PARTLY)
    return Outcome((Result("sync", "done", status, exit_code=code),), code)


def enrich_job(work: Work) -> Outcome:
    """Look up features and lyrics, for as long as the request allows."""
    settings = work.settings
    if not settings.playlists or not work.state.library.tracks():
        return Outcome((Result("enrich", "done", "done", "nothing to look up yet"),))
    with contextlib.ExitStack() as stack:
        client = None
        if "spotify" in settings.features.sources:
            client = stack.enter_context(work.client())
        found = run_enrich(
            settings,
            work.state,
            client,
            names=(),
            environ=work.environ,
            clock=work.clock,
            progress=work.progress,
            most_seconds=work.request.most_seconds,
        )
    if found.retry_at is not None and found.exit_code not in (0, PARTLY):
        text = "; ".join(found.said())
        result = Result("enrich", "retry_at", "failed", text, found.retry_at, found.exit_code)
    else:
        result = Result("enrich", "done", "done" if found.complete else "partly")
    return Outcome((result,), found.exit_code)


def learn_job(work: Work) -> Outcome:
    """Learn from the library, by hand or where its time has come, within the memory for it."""
    request, settings = work.request, work.settings
    if not request.by_hand and not due(settings, work.state, work.clock()):
        return Outcome((Result("learn", "done", "done", "not due yet"),))
    if not request.by_hand and not work.state.library.tracks():
        return Outcome((Result("learn", "done", "done", "nothing to learn from yet"),))
    limit(min(settings.learn.memory_mib, request.memory_mib or settings.learn.memory_mib))
    with Run(settings, work.state, work.environ, work.clock, work.progress, request.seed) as run:
        run_learn(run, again=request.again)
    return Outcome((Result("learn", "done", "done"),))


def refresh_job(work: Work) -> Outcome:
    """Make playlists anew and write them; only plan them where the login has ended."""
    with Run(work.settings, work.state, work.environ, work.clock, work.progress) as run:
        return refresh(run, work.request.names)


KINDS: Mapping[Kind, Callable[[Work], Outcome]] = {
    "sync": sync_job,
    "enrich": enrich_job,
    "learn": learn_job,
    "refresh": refresh_job,
}
"""Every kind of job. A new one is a function above, a line here, and its name in
`segued.config.schedule.timetable` with a schedule in `segued.config.service`."""
