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
    used = [one.name for one in learners if one.used]
    instead = [one.name for one in learners if one.stands_in]
    out = [one.name for one in learners if not one.used and not one.stands_in]
    parts = [f"used: {', '.join(used) or 'none'}"]
    parts += [f"baselines in place of: {', '.join(instead)}"] if instead else []
    parts += [f"left out: {', '.join(out)}"] if out else []
    return "; ".join(parts)
