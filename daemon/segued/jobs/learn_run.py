"""A learning as a run: in a process of its own, with its line in the history."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import IO

from pydantic import ValidationError

from segue.errors import SegueError, UsageError
from segue.progress import Progress
from segued.config.schema import Settings
from segued.inventory.encoder import choice_of, known_key
from segued.inventory.reading import read_inventory
from segued.jobs.learn_child import LINES, Ended, LearnRequest
from segued.learn.outcome import LearnOutcome
from segued.store.models import Learned
from segued.store.runs import RunRecord
from segued.store.state import State

DISABLED = (
    "learning is switched off: set enabled = true under [learn] in the configuration and run "
    "`segue learn`"
)


def run_learn(
    settings: Settings,
    state: State,
    *,
    clock: Callable[[], datetime],
    progress: Progress,
    seed: int = 0,
    again: bool = False,
) -> LearnOutcome:
    """Learn in a process of its own and record the run. The caller holds the writer's lock.

    Raises UsageError where learning is switched off or nothing was synced yet, and SegueError
    where the process failed; what was learned before stays.
    """
    if not settings.learn.enabled:
        raise UsageError(DISABLED)
    started = clock()
    read_inventory(state, (), {})  # says at once where nothing was synced
    request = LearnRequest(
        folder=state.folder.absolute(),
        section=settings.learn,
        encoder=known_key(choice_of(settings), state),
        seed=seed,
        now=started,
        again=again,
    )
    run = RunRecord(
        id=f"{started:%Y%m%dT%H%M%S}-{secrets.token_hex(2)}",
        kind="learn",
        started_at=started,
        status="running",
    )
    state.runs.add(run)
    try:
        trained = _in_child(request, progress)
    except SegueError as error:
        state.runs.update(replace(run, status="failed", ended_at=clock(), text=str(error)))
        raise
    except KeyboardInterrupt:
        text = "stopped by hand; what was learned before stays"
        state.runs.update(replace(run, status="stopped", ended_at=clock(), text=text))
        raise
    learned = state.models.learned()
    if learned is None:
        raise SegueError("the learning ended without an outcome; run `segue learn` again")
    text = _text(learned) if trained else "nothing changed since the last learning"
    counts = {"used": sum(one.used for one in learned.learners), "learners": len(learned.learners)}
    state.runs.update(replace(run, status="done", ended_at=clock(), text=text, counts=counts))
    return LearnOutcome(learned, trained)


def due(settings: Settings, state: State, now: datetime) -> bool:
    """Whether it is time to learn: never done, or `[learn] every` is over."""
    if not settings.learn.enabled:
        return False
    learned = state.models.learned()
    every = timedelta(seconds=settings.learn.every)
    return learned is None or now - learned.learned_at >= every


def _in_child(request: LearnRequest, progress: Progress) -> bool:
    environ = {**os.environ, "OMP_WAIT_POLICY": os.environ.get("OMP_WAIT_POLICY", "PASSIVE")}
    with subprocess.Popen(
        [sys.executable, "-m", "segued.jobs.learn_child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environ,
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            child.stdin.write(request.model_dump_json() + "\n")
            child.stdin.close()
            ended = _followed(child.stdout, progress)
        except BaseException:
            child.kill()
            raise
    if ended is None:
        raise SegueError(
            f"the learning ended early ({_how(child.returncode)}); what was learned before stays. "
            "Where memory was short, raise memory_mib in [learn] or lower effort"
        )
    if ended.error is not None:
        raise SegueError(ended.error)
    return ended.trained


def _followed(lines: IO[str], progress: Progress) -> Ended | None:
    for line in lines:
        try:
            said = LINES.validate_json(line)
        except ValidationError:  # a library printed something of its own
            continue
        if isinstance(said, Ended):
            return said
        progress(said.stage, said.done, said.total)
    return None


def _how(code: int) -> str:
    return f"killed by signal {-code}" if code < 0 else f"exit code {code}"


def _text(learned: Learned) -> str:
    used = [one.name for one in learned.learners if one.used]
    out = [one.name for one in learned.learners if not one.used]
    text = f"used: {', '.join(used) or 'none'}"
    return f"{text}; left out: {', '.join(out)}" if out else text
