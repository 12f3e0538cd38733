"""One thing the doctor looked at: what it is, how it stands, what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from segue.errors import NotFoundError, RateLimitedError, SegueError

Outcome = Literal["good", "warning", "bad"]


@dataclass(frozen=True, slots=True)
class Check:
    """One check: "good", "warning" or "bad". `next_step` is what to do; `exit_code` if bad."""

    name: str
    outcome: Outcome
    text: str
    next_step: str = ""
    exit_code: int = 1


def failed(name: str, error: SegueError, setting: str) -> Check:
    """What could not be asked, as a check: `setting` is where its address is configured.

    A service that only asks to wait is no fault of the installation.
    """
    if isinstance(error, RateLimitedError):
        return Check(name, "warning", str(error), "wait; Segue goes on by itself then")
    step = f"check the network, and {setting}"
    if isinstance(error, NotFoundError):
        step = f"check {setting}: what is there does not know what it was asked"
    return Check(name, "bad", str(error), step, error.exit_code)
