"""Jobs: from a request to an outcome, with the state, the lock, the run and every ending."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from segue.errors import (
    PARTLY,
    AuthorisationError,
    SegueError,
    UsageError,
    is_out_of_memory,
)
from segue.progress import Progress, Stopped
from segued.config.load import check, flags
from segued.config.secrets import printable, state_folder
from segued.enrich.job import run_enrich
from segued.learn.job import due, run_learn
from segued.refresh.job import refresh_all
from segued.refresh.noting import note
from segued.refresh.outcome import Refreshed, Unchanged
from segued.refresh.planning import Planned, plan_all
from segued.refresh.unchanged import Asked, nothing_to_do, record
from segued.refresh.undo import release, undo_recipe
from segued.run import PROCESS_DIED, Run
from segued.schedule.policy import Outcome, Result
from segued.store.files.lock import writer_lock
from segued.store.state import State
from segued.sync.account import run_sync
from segued.worker.child import StopSwitch, failed, limit
from segued.worker.messages import Request

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
    asked = Asked(
        run.state.folder,
        request.config_text.encode(),
        run.environ,
        tuple(request.names),
        tuple(request.sets),
        request.seed,
    )
    return refresh(run, asked)


def undo_job(run: Run, request: Request) -> Outcome:
    """Bring an earlier version of each named playlist back."""
    results = []
    for name in request.names:
        outcome = undo_recipe(run, run.recipe(name), request.version)
        if outcome.error is not None:
            results.append(failed(name, outcome.error))
        else:
            results.append(Result(name, "done", outcome.status, "; ".join(outcome.notes)))
    return Outcome(tuple(results), max((result.exit_code for result in results), default=0))


def release_job(run: Run, request: Request) -> Outcome:
    """Let the next refresh make the named playlists anew, which an undo holds as they are."""
    released = release(run, [run.recipe(name) for name in request.names])
    text = "the next refresh makes it anew" if released else "no undo holds it"
    return Outcome(tuple(Result(name, "done", "done", text) for name in request.names))


JOBS: Mapping[str, Job] = {
    "sync": sync_job,
    "enrich": enrich_job,
    "learn": learn_job,
    "refresh": refresh_job,
    "undo": undo_job,
    "release": release_job,
}
"""Every kind of job. A new one is a function above, a line here, and its name in
`segued.config.schema` with a schedule in `segued.config.sections`; one that is only
done by hand is named in `segued.worker.messages`."""


def refresh(run: Run, asked: Asked) -> Outcome:
    """Refresh recipes; the results are by the ids that the configuration gives them.

    Raises what `refresh_all` raises, but AuthorisationError: then the recipes are planned from
    what was last read, and the plans are in the history.
    """
    try:
        found = nothing_to_do(asked, run.clock)
        if found is not None:
            lines = record(asked.folder, run.id, found, run.now, reason=run.reason)
            run.records.extend(lines)
            return _as_it_stands(run, found)
        done = refresh_all(run, asked.names)
        note(run, asked, done)
    except AuthorisationError as error:
        return _planned_only(run, asked.names, error)
    configured = {known.recipe.id: known.configured_id for known in run.recipes}
    finished = {
        recovered.recipe_id: recovered.text
        for recovered in done.recovered
        if recovered.status == "finished"
    }
    results = tuple(
        _result(
            refreshed,
            configured[refreshed.plan.recipe_id],
            finished.get(refreshed.plan.recipe_id, ""),
        )
        for refreshed in done.refreshed
    )
    return Outcome(results, done.exit_code)


def _as_it_stands(run: Run, found: Unchanged) -> Outcome:
    configured = {known.recipe.id: known.configured_id for known in run.recipes}
    names = [configured[plan.recipe_id] for plan in found.plans]
    return Outcome(tuple(Result(name, "done", "unchanged") for name in names), 0)


def _result(refreshed: Refreshed, name: str, finished: str) -> Result:
    """What became of a recipe; a write of an earlier run that was `finished` is a change."""
    if refreshed.plan.status == "unchanged" and refreshed.error is None and finished:
        return Result(name, "done", "changed", finished)
    if refreshed.error is not None:
        return failed(name, refreshed.error)
    if refreshed.plan.status == "refused":
        text = "; ".join(finding.text for finding in refreshed.plan.refusals)
        return Result(name, "guard", "refused", text, exit_code=refreshed.exit_code)
    return Result(name, "done", refreshed.plan.status, exit_code=refreshed.exit_code)


def _planned_only(run: Run, names: Sequence[str], error: AuthorisationError) -> Outcome:
    try:
        planned = plan_all(run, names, offline=True)
    except UsageError:  # nothing was ever read, so there is nothing to plan from
        raise error from None
    configured = {known.recipe.id: known.configured_id for known in run.recipes}
    results = []
    for plan in planned:
        with run.recorded("plan", plan.recipe.id) as line:
            line.status = "failed" if plan.error is not None else "planned"
            line.text = _not_written(plan)
        text = f"{error} {line.text}."
        results.append(
            Result(configured[plan.recipe.id], "login", "planned", text, exit_code=error.exit_code)
        )
    return Outcome(tuple(results), error.exit_code)


def _not_written(planned: Planned) -> str:
    if planned.error is not None:
        return str(planned.error)
    diff = planned.plan.diff
    would = f"+{len(diff.added)} −{len(diff.removed)}, {diff.moved} moved"
    return f"planned and not written, for want of a login: {would}"


log = logging.getLogger(__name__)


def run(
    request: Request,
    environ: Mapping[str, str],
    clock: Callable[[], datetime],
    switch: StopSwitch,
    progress: Progress,
) -> Outcome:
    """Do what a request asks, with the writer's lock held; every ending is an outcome."""
    started = clock()
    try:
        state = State.open(state_folder(environ))
        try:
            who = f"segue {request.kind}" if request.by_hand else f"segued: {request.kind}"
            with writer_lock(state.folder, who, request.wait_seconds):
                return _with_lock(request, state, environ, clock, switch, progress)
        finally:
            for warning in state.warnings:
                log.warning("%s", warning)
            state.close()
    except SegueError as error:
        return _failed(request, error)
    except Stopped:
        text = "stopped with the service; it goes on at the next start"
        return _all(request, lambda name: Result(name, "stopped", "stopped", text, exit_code=1))
    finally:
        seconds = (clock() - started).total_seconds()
        log.info("%s: ended after %.1f s", request.kind, seconds)


def _with_lock(
    request: Request,
    state: State,
    environ: Mapping[str, str],
    clock: Callable[[], datetime],
    switch: StopSwitch,
    progress: Progress,
) -> Outcome:
    # Only a process that is gone can have left a run open: the lock is ours.
    state.runs.close_open(clock(), PROCESS_DIED)
    named = flags(request.sets)
    settings = check(request.config_text, request.config_source, environ, named).settings
    with Run(settings, state, environ, clock, progress, request.seed, request.reason) as run:
        switch.working = True
        try:
            outcome = JOBS[request.kind](run, request)
        except SegueError as error:
            outcome = _failed(request, error)
        except Exception as error:  # noqa: BLE001 - the boundary of a job: a bug is an outcome
            outcome = _no_memory(request) if is_out_of_memory(error) else _bug(request, error)
        finally:
            switch.over()
        return _in_history(run, request, outcome)


def _in_history(run: Run, request: Request, outcome: Outcome) -> Outcome:
    """The outcome, with the history's words where it has none of its own.

    What ended before it could be recorded, such as a refresh that could not read the account, gets
    its line now.
    """
    ids = {known.configured_id: known.recipe.id for known in run.recipes}
    texts = {line.recipe_id or line.kind: line.text for line in run.records}
    about_recipes = request.kind in ("refresh", "undo", "release")
    results = []
    for result in outcome.results:
        recipe_id = ids.get(result.name, result.name) if about_recipes else None
        about = recipe_id or request.kind
        if about not in texts:
            with run.recorded(request.kind, recipe_id) as line:
                line.status, line.text = result.status, result.text
        results.append(replace(result, text=result.text or texts.get(about, "")))
    return Outcome(tuple(results), outcome.exit_code)


def _no_memory(request: Request) -> Outcome:
    log.error("%s", printable(traceback.format_exc()))
    allowed = f" than {request.memory_mib} MiB," if request.memory_mib is not None else ","
    text = (
        f"memory ran out: it needed more{allowed} or more than this machine has to spare; "
        "job_memory_mib of [service] bounds what a job may take"
    )
    return _all(request, lambda name: Result(name, "died", "failed", text, exit_code=1))


def _bug(request: Request, error: Exception) -> Outcome:
    log.error("%s", printable(traceback.format_exc()))
    text = printable(
        f"unexpected error: {type(error).__name__}: {error}. "
        "This is a bug in Segue; the log has the details"
    )
    return _all(request, lambda name: Result(name, "bug", "failed", text, exit_code=1))


def _failed(request: Request, error: SegueError) -> Outcome:
    return _all(request, lambda name: failed(name, error), error.exit_code)


def _all(request: Request, result: Callable[[str], Result], exit_code: int = 1) -> Outcome:
    """The same ending for everything that was asked."""
    return Outcome(tuple(map(result, request.names or (request.kind,))), exit_code)
