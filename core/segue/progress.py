"""How far a long computation is, and what it runs with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


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
