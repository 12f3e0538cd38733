"""The process in which learning runs, so that torch's memory goes with it.

    python -m segued.jobs.learn_child

One JSON request on stdin; on stdout one JSON object a line: progress, and last the outcome.
"""

from __future__ import annotations

import resource
import sys
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter

from segue.errors import SegueError
from segued.config.learn import LearnSection

MIB = 1024 * 1024
_EVERY_SECONDS = 0.1


class LearnRequest(BaseModel):
    """What is to be learned, and where the state is."""

    model_config = ConfigDict(frozen=True)

    folder: Path
    section: LearnSection
    encoder: str | None
    seed: int
    now: datetime
    again: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """How far a stage is."""

    stage: str
    done: int
    total: int | None
    kind: Literal["progress"] = "progress"


@dataclass(frozen=True, slots=True)
class Ended:
    """How it ended: `error` with the exit code of its class, or whether anything was trained."""

    trained: bool = False
    error: str | None = None
    exit_code: int = 0
    kind: Literal["ended"] = "ended"


LINES: TypeAdapter[Step | Ended] = TypeAdapter(Step | Ended)


def main() -> int:
    """Learn as the request on stdin says."""
    request = LearnRequest.model_validate_json(sys.stdin.readline())
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    most = request.section.memory_mib * MIB
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (most, hard))
    began, told = time.monotonic(), 0.0

    def progress(stage: str, done: int, total: int | None) -> None:
        nonlocal told
        if done != total and time.monotonic() - told < _EVERY_SECONDS:
            return
        told = time.monotonic()
        _say(Step(stage, done, total))

    from segued.learn.fit import learn
    from segued.store.state import State

    try:
        outcome = learn(
            request.section,
            State.open(request.folder),
            encoder=request.encoder,
            seed=request.seed,
            clock=lambda: request.now + timedelta(seconds=time.monotonic() - began),
            progress=progress,
            again=request.again,
        )
    except SegueError as error:
        _say(Ended(error=str(error), exit_code=error.exit_code))
        return 0
    except MemoryError:
        text = f"{request.section.memory_mib} MiB of memory were not enough to learn"
        _say(Ended(error=f"{text}: raise memory_mib in [learn]", exit_code=1))
        return 0
    _say(Ended(trained=outcome.trained))
    return 0


def _say(line: Step | Ended) -> None:
    sys.stdout.write(LINES.dump_json(line).decode() + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
