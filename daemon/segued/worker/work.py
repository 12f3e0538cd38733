"""One job from its request to its outcome: the state, the lock, the run, and every ending."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from segue.errors import SegueError, is_out_of_memory
from segue.progress import Progress, Stopped
from segued.config.load import check
from segued.config.paths import state_folder
from segued.config.secrets import printable
from segued.config.toml.environment import flags
from segued.run import PROCESS_DIED, Run
from segued.schedule.policy import Outcome, Result
from segued.store.files.lock import writer_lock
from segued.store.state import State
from segued.worker.jobs import JOBS, failed
from segued.worker.messages import Request
from segued.worker.stop import StopSwitch

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
    wanted = request.names or (request.kind,)
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
        return Outcome(tuple(failed(name, error) for name in wanted), error.exit_code)
    except Stopped:
        text = "stopped with the service; it goes on at the next start"
        ended = tuple(Result(name, "stopped", "stopped", text, exit_code=1) for name in wanted)
        return Outcome(ended, 1)
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
            wanted = request.names or (request.kind,)
            outcome = Outcome(tuple(failed(name, error) for name in wanted), error.exit_code)
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
    results = []
    for result in outcome.results:
        recipe_id = ids.get(result.name, result.name) if request.kind == "refresh" else None
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
    wanted = request.names or (request.kind,)
    return Outcome(tuple(Result(one, "died", "failed", text, exit_code=1) for one in wanted), 1)


def _bug(request: Request, error: Exception) -> Outcome:
    log.error("%s", printable(traceback.format_exc()))
    text = printable(
        f"unexpected error: {type(error).__name__}: {error}. "
        "This is a bug in Segue; the log has the details"
    )
    wanted = request.names or (request.kind,)
    return Outcome(tuple(Result(name, "bug", "failed", text, exit_code=1) for name in wanted), 1)
