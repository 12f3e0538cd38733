"""What a learning found, as a value and in words."""

from __future__ import annotations

from dataclasses import dataclass

from segued.store.models import Learned


@dataclass(frozen=True, slots=True)
class LearnOutcome:
    """What is learned now; `trained` is False where nothing had changed since `learned`."""

    learned: Learned
    trained: bool
