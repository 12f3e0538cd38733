"""The process of one job: `python -m segued.worker.child KIND`, a request on stdin, lines out.

The argument is only there for people who list processes; the request says what is to be done.
"""

from __future__ import annotations

import logging
import os
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from segue.errors import SegueError, is_out_of_memory
from segue.progress import Stopped
from segued.config.load import check
from segued.config.paths import state_folder
from segued.config.redaction import printable
from segued.config.toml.environment import flags
from segued.inventory.identity import recipes_with_ids
from segued.schedule.outcome import Outcome, Result
from segued.store.files.lock import writer_lock
from segued.store.state import State
from segued.worker.failures import failed
from segued.worker.history import add_missing, close_open, give_reason, known_runs
from segued.worker.kinds import KINDS, Work
from segued.worker.limits import limit
from segued.worker.logs import begin_logging
from segued.worker.messages import Line, Progress, Request, read_request
from segued.worker.messages import write_line as as_bytes
from segued.worker.stop import StopSwitch, end_with_parent

log = logging.getLogger(__name__)

_TELL_SECONDS = 0.2


def main() -> int:
    """Do one job and end with its exit code."""
    out = os.dup(1)
    os.dup2(2, 1)  # whatever a library prints must not get between the lines
    switch = StopSwitch()
    switch.install()
    request = read_request(sys.stdin.buffer.readline())
    end_with_parent(lambda: os.read(0, 1))
    limit(request.memory_mib)
    begin_logging(request.log, request.log_level)

    def say(line: Line) -> None:
        os.write(out, as_bytes(line))

    outcome = run(request, os.environ, _clock_of(request), switch, say)
    say(Line(outcome=outcome))
    return outcome.exit_code


def _clock_of(request: Request) -> Callable[[], datetime]:
    """This machine's clock, or the caller's going on from where it was."""
    began, given = time.monotonic(), request.now
    if given is None:
        return lambda: datetime.now(UTC)
    return lambda: given + timedelta(seconds=time.monotonic() - began)


def run(
    request: Request,
    environ: Mapping[str, str],
    clock: Callable[[], datetime],
    switch: StopSwitch,
    say: Callable[[Line], None],
) -> Outcome:
    """Do what a request asks, with the writer's lock held; every ending is an outcome."""
    started = clock()
    wanted = request.names or (request.kind,)
    try:
        state = State.open(state_folder(environ))
        try:
            who = f"segue {request.kind}" if request.by_hand else f"segued: {request.kind}"
            with writer_lock(state.folder, who, request.wait_seconds):
                return _with_lock(request, state, environ, clock, switch, say)
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
    say: Callable[[Line], None],
) -> Outcome:
    started = clock()
    # Only a process that is gone can have left a run open: the lock is ours.
    close_open(state.runs, None, started, "its process ended in the middle of it")
    before = known_runs(state.runs)
    named = flags(request.sets)
    settings = check(request.config_text, request.config_source, environ, named).settings
    work = Work(request, settings, state, environ, clock, _Telling(switch, say))
    switch.working = True
    stopped = False
    try:
        outcome = KINDS[request.kind](work)
    except SegueError as error:
        wanted = request.names or (request.kind,)
        outcome = Outcome(tuple(failed(name, error) for name in wanted), error.exit_code)
    except Stopped:
        stopped = True
        raise
    except Exception as error:  # noqa: BLE001 - the boundary of a job: a bug ends as an outcome
        outcome = _no_memory(request) if is_out_of_memory(error) else _bug(request, error)
    finally:
        switch.over()
        recorded = give_reason(state.runs, before, request.reason)
        if stopped:
            close_open(state.runs, started, clock(), "stopped with the service")
    known = {one.configured_id: one.recipe.id for one in recipes_with_ids(settings, state)}
    add_missing(
        state.runs,
        request.kind,
        request.reason,
        outcome.results,
        known,
        recorded,
        started,
        clock(),
    )
    texts = {run.recipe_id or run.kind: run.text for run in recorded}
    return _with_texts(outcome, texts, known)


def _with_texts(
    outcome: Outcome, texts: Mapping[str, str], recipe_ids: Mapping[str, str]
) -> Outcome:
    results = (
        Result(
            one.name,
            one.step,
            one.status,
            one.text or texts.get(recipe_ids.get(one.name, one.name), ""),
            one.retry_at,
            one.exit_code,
        )
        for one in outcome.results
    )
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
        f"something went wrong that should not: {type(error).__name__}: {error}. "
        "This is a mistake in Segue; the log has the details"
    )
    wanted = request.names or (request.kind,)
    return Outcome(tuple(Result(name, "bug", "failed", text, exit_code=1) for name in wanted), 1)


class _Telling:
    """Progress as lines, a few a second; each call is a good moment to end."""

    def __init__(self, switch: StopSwitch, say: Callable[[Line], None]) -> None:
        self._switch = switch
        self._say = say
        self._told: dict[str, float] = {}

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        """Tell how far a stage is. Raises Stopped where the job is to end."""
        self._switch.check()
        now = time.monotonic()
        if now - self._told.get(stage, 0.0) >= _TELL_SECONDS:
            self._told[stage] = now
            self._say(Line(progress=Progress(stage, done, total)))


if __name__ == "__main__":
    sys.exit(main())
