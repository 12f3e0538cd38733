"""What a learning found, as a value and in words."""

from __future__ import annotations

from dataclasses import dataclass

from segued.store.models import Learned


@dataclass(frozen=True, slots=True)
class LearnOutcome:
    """What is learned now; `trained` is False where nothing had changed since `learned`."""

    learned: Learned
    trained: bool


UNCHANGED = "nothing changed since the last learning"


def text_of(outcome: LearnOutcome) -> str:
    """A learning in one line, for the history."""
    if not outcome.trained:
        return UNCHANGED
    learners = outcome.learned.learners
    used = [learner.name for learner in learners if learner.used]
    instead = [learner.name for learner in learners if learner.stands_in]
    out = [learner.name for learner in learners if not learner.used and not learner.stands_in]
    parts = [f"used: {', '.join(used) or 'none'}"]
    parts += [f"baselines in place of: {', '.join(instead)}"] if instead else []
    parts += [f"left out: {', '.join(out)}"] if out else []
    return "; ".join(parts)
