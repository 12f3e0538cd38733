"""How far a long computation is, and what it runs with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar


class Stopped(KeyboardInterrupt):
    """The work was asked to end. Not a SegueError: nothing that handles failures may hold it."""


class Progress(Protocol):
    """Called with a stage's name, how much of it is done, and of how much where that is known.

    Each call is a safe moment to end: it may raise Stopped.
    """

    def __call__(self, stage: str, done: int, total: int | None) -> None: ...


def silent(stage: str, done: int, total: int | None) -> None:
    """A `Progress` that reports nothing."""


def under(progress: Progress, stage: str) -> Progress:
    """The same `Progress` with another name for every stage."""
    return lambda _stage, done, total: progress(stage, done, total)


@dataclass(frozen=True, slots=True)
class Fitting:
    """Handed down as one value by everything that learns or measures.

    `workers` is how many processes may share what is independent; the results are the same.
    """

    seed: int = 0
    device: str = "cpu"
    progress: Progress = silent
    workers: int = 1


Result = TypeVar("Result")


def side_by_side(parts: Sequence[Callable[[], Result]], how: Fitting, stage: str) -> list[Result]:
    """The result of every part, in their order, `how.workers` of them at a time.

    With more than one worker the parts and their results cross process borders. No part may
    depend on another, so the results are the same with any number of workers.
    """
    results: list[Result] = []
    how.progress(stage, 0, len(parts))
    if how.workers > 1 and len(parts) > 1:
        import warnings

        from joblib import Parallel, delayed

        # A worker whose memory grew is exchanged for a new one, and nothing is lost.
        warnings.filterwarnings("ignore", "A worker stopped while", UserWarning)
        pool = Parallel(n_jobs=min(how.workers, len(parts)), return_as="generator")
        found = pool(delayed(part)() for part in parts)
    else:
        found = (part() for part in parts)
    for result in found:
        results.append(result)
        how.progress(stage, len(results), len(parts))
    return results


def alone(how: Fitting) -> Fitting:
    """How one part is worked on: in one process, and silently."""
    return replace(how, progress=silent, workers=1)
