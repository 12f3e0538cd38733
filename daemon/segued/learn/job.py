"""A learning as a run: in the process that calls it, with its line in the history."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from segue.errors import SegueError, UsageError, is_out_of_memory
from segued.config.schema import Settings
from segued.learn.fit import learn
from segued.learn.outcome import LearnOutcome, text_of
from segued.run import Run
from segued.store.state import State

DISABLED = (
    "learning is switched off: set enabled = true under [learn] in the configuration and run "
    "`segue learn`"
)


def run_learn(run: Run, *, again: bool = False) -> LearnOutcome:
    """Learn and record the run. The caller holds the writer's lock.

    Raises UsageError where learning is switched off or nothing was synced yet, and SegueError
    where memory ran out; what was learned before stays.
    """
    section = run.settings.learn
    if not section.enabled:
        raise UsageError(DISABLED)
    run.inventory()  # says at once where nothing was synced
    with run.recorded("learn") as record:
        with enough_memory(section.memory_mib):
            outcome = learn(run, again=again)
        record.text = text_of(outcome)
        learners = outcome.learned.learners
        record.counts = {
            "used": sum(learner.used for learner in learners),
            "learners": len(learners),
        }
    return outcome


@contextmanager
def enough_memory(memory_mib: int) -> Iterator[None]:
    """Let a lack of memory inside be a SegueError that names the setting which bounds it."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        raise SegueError(
            f"{memory_mib} MiB of memory were not enough to learn: raise memory_mib in [learn], or "
            "lower effort; what was learned before stays"
        ) from error


def due(settings: Settings, state: State, now: datetime) -> bool:
    """Whether it is time to learn: never done, or `[learn] every` is over."""
    if not settings.learn.enabled:
        return False
    learned = state.models.learned()
    every = timedelta(seconds=settings.learn.every)
    return learned is None or now - learned.learned_at >= every
