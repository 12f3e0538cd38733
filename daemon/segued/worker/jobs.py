"""The jobs, each a function from a run and what was asked to an outcome."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from segue.errors import PARTLY
from segued.jobs.enrich_run import run_enrich
from segued.learn.job import due, run_learn
from segued.run import Run
from segued.schedule.outcome import Outcome, Result
from segued.sync.run import run_sync
from segued.worker.limits import limit
from segued.worker.messages import Request
from segued.worker.refresh import refresh

Job = Callable[[Run, Request], Outcome]


def sync_job(run: Run, _: Request) -> Outcome:
    """Read the account."""
    found = run_sync(run)
    status, code = ("done", 0) if found.complete else ("partly", PARTLY)
    return Outcome((Result("sync", "done", status, exit_code=code),), code)


def enrich_job(run: Run, request: Request) -> Outcome:
    """Look up features and lyrics, for as long as the request allows."""
    if not run.settings.playlists or not run.state.library.tracks():
        return Outcome((Result("enrich", "done", "done", "nothing to look up yet"),))
    found = run_enrich(run, most_seconds=request.most_seconds)
    if found.retry_at is not None and found.exit_code not in (0, PARTLY):
        text = "; ".join(found.said())
        result = Result("enrich", "retry_at", "failed", text, found.retry_at, found.exit_code)
    else:
        result = Result("enrich", "done", "done" if found.complete else "partly")
    return Outcome((result,), found.exit_code)


def learn_job(run: Run, request: Request) -> Outcome:
    """Learn from the library, by hand or where its time has come, within the memory for it."""
    settings = run.settings
    if not request.by_hand and not due(settings, run.state, run.now):
        return Outcome((Result("learn", "done", "done", "not due yet"),))
    if not request.by_hand and not run.state.library.tracks():
        return Outcome((Result("learn", "done", "done", "nothing to learn from yet"),))
    limit(min(settings.learn.memory_mib, request.memory_mib or settings.learn.memory_mib))
    run_learn(run, again=request.again)
    return Outcome((Result("learn", "done", "done"),))


def refresh_job(run: Run, request: Request) -> Outcome:
    """Make playlists anew and write them; only plan them where the login has ended."""
    return refresh(run, request.names)


JOBS: Mapping[str, Job] = {
    "sync": sync_job,
    "enrich": enrich_job,
    "learn": learn_job,
    "refresh": refresh_job,
}
"""Every kind of job. A new one is a function above, a line here, and its name in
`segued.config.schedule.timetable` with a schedule in `segued.config.service`."""
