"""How a job ended: for each thing it was asked, what kind of ending, which decides what is next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Step = Literal[
    "done", "stopped", "lock", "login", "forbidden", "retry_at", "back_off", "guard", "recipe",
    "bug", "died",
]  # fmt: skip
"""What kind of ending: each has another next step (`segued.schedule.policy`)."""


@dataclass(frozen=True, slots=True)
class Result:
    """How a job ended for one thing: a recipe's id, or the kind of the job.

    `status` is as in the history, `text` a line for people; `retry_at` is set for "retry_at".
    """

    name: str
    step: Step
    status: str
    text: str = ""
    retry_at: datetime | None = None
    exit_code: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended, for everything it was asked."""

    results: tuple[Result, ...]
    exit_code: int = 0

    def of(self, name: str) -> Result | None:
        """The result for one thing."""
        return next((result for result in self.results if result.name == name), None)
