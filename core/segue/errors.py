"""Every error Segue raises on purpose, as one tree.

    SegueError                    1  something Segue knows how to describe went wrong
    ├── UsageError                2  a command was called with arguments that cannot work
    ├── ConfigError               2  the configuration cannot be used; carries every problem at once
    ├── DataError                 2  a file somebody gave us cannot be read; names the place in it
    ├── StoreError                1  a file of our own state cannot be read or written
    │   ├── NewerSchemaError      1  it was written by a newer Segue
    │   └── LockedError           5  another process is writing; come back later
    ├── AuthorisationError        4  nobody is logged in, or the login has ended or lacks a scope
    ├── ServiceError              1  a service did not do what it was asked
    │   ├── ForbiddenError        1  it refuses this app or this account
    │   ├── NotFoundError         1  it does not have the thing
    │   ├── MalformedAnswerError  1  its answer cannot be understood
    │   ├── UnavailableError      5  it is down, slow or unreachable; may work later
    │   └── RateLimitedError      5  it asks us to wait; carries when to come back
    │       └── QuotaExceededError 5 the day's quota is used up
    ├── GuardError                6  a guard refused to change a playlist
    │   ├── ConflictError         6  the playlist was edited since it was read
    │   └── NoScoreError          6  nothing that a recipe's order of preference asks is known
    ├── RecipeError               2  a recipe asks for something that cannot be built
    │   └── MissingError          3  it names a source, seed or track that cannot be found
    └── NotEnoughDataError        1  a learner cannot learn from so little

The number is the exit code of a command that ends with it; `PARTLY` is that of one that did
only some of its work. Each message says what happened,
where, and what to do next. Errors are caught in two places only: in `main`, and at the border
around one item of a job, which turns them into a recorded outcome.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Self

PARTLY = 3
"""The exit code of what was only partly done: no error, yet not all of it."""


class SegueError(Exception):
    """The root of the tree. `exit_code` is what a command that ends with it returns."""

    exit_code: int = 1


class UsageError(SegueError):
    """A command was called with arguments that cannot work."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a configuration: where it is, what is wrong and what would be right."""

    path: str
    message: str
    line: int | None = None
    suggestion: str | None = None
    within: str = ""
    """The name of what it is in, for people; the path counts it only."""

    def __str__(self) -> str:
        place = f"line {self.line}: {self.path}" if self.line else self.path
        place += f" ({self.within})" if self.within else ""
        hint = f" {self.suggestion}" if self.suggestion else ""
        return f"{place}: {self.message}{hint}"


class ConfigError(SegueError):
    """The configuration cannot be used. `problems` holds every mistake found, not the first."""

    exit_code = 2

    def __init__(self, source: str, problems: tuple[Problem, ...]) -> None:
        self.source = source
        self.problems = problems
        count = "1 mistake" if len(problems) == 1 else f"{len(problems)} mistakes"
        super().__init__("\n".join([f"{source}: {count}", *(f"  {p}" for p in problems)]))

    @classmethod
    def absent(cls, source: str) -> Self:
        """The error of a file that is not there, which is no mistake in it."""
        remedy = "Make one with `segue init`, or name another with --config FILE."
        problem = Problem("there is no configuration", "the file does not exist.", None, remedy)
        error = cls(source, (problem,))
        error.args = (f"there is no configuration: {source} does not exist. {remedy}",)
        return error


class DataError(SegueError):
    """A file somebody gave us cannot be read; the message names the file and the place in it."""

    exit_code = 2


class StoreError(SegueError):
    """A file of Segue's own state cannot be read or written."""


class NewerSchemaError(StoreError):
    """A state file was written by a newer Segue than this one."""


class LockedError(StoreError):
    """Another process holds the writer's lock; the message says which."""

    exit_code = 5


class AuthorisationError(SegueError):
    """Nobody is logged in, the login has ended, or it lacks a scope."""

    exit_code = 4


class ServiceError(SegueError):
    """A service did not do what it was asked. `status` is its HTTP status, if it answered."""

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class ForbiddenError(ServiceError):
    """A service refuses this app or this account."""


class NotFoundError(ServiceError):
    """A service does not have what was asked for."""


class WrongAddressError(NotFoundError):
    """What answers at a configured address is not the service that is meant."""

    exit_code = 2


class MalformedAnswerError(ServiceError):
    """A service's answer cannot be understood."""


class UnavailableError(ServiceError):
    """A service is down, slow or unreachable. On a write this is ambiguous: read back first.

    `retry_at` says when another try is worth it (UTC), where that is known.
    """

    exit_code = 5

    def __init__(
        self, message: str, *, status: int | None = None, retry_at: datetime | None = None
    ) -> None:
        super().__init__(message, status=status)
        self.retry_at = retry_at


class RateLimitedError(ServiceError):
    """A service asks us to wait. `retry_at` says until when (UTC)."""

    exit_code = 5

    def __init__(self, message: str, *, retry_at: datetime, status: int | None = 429) -> None:
        super().__init__(message, status=status)
        self.retry_at = retry_at


class QuotaExceededError(RateLimitedError):
    """The day's quota of an endpoint is used up."""


class GuardError(SegueError):
    """A guard refused to change a playlist; the message names the guard and how to allow it."""

    exit_code = 6


class ConflictError(GuardError):
    """A playlist was edited between the moment it was read and the moment of writing."""


class NoScoreError(GuardError):
    """Nothing that a recipe weighs is known of any candidate: chance alone would choose."""


class RecipeError(SegueError):
    """A recipe asks for something that cannot be built."""

    exit_code = 2


class MissingError(RecipeError):
    """A recipe names a source, seed or track that cannot be found; the message names them all."""

    exit_code = 3


class NotEnoughDataError(SegueError):
    """A learner cannot learn from so little; the message says what is missing."""


class JobError(SegueError):
    """A job in a process of its own failed; its exit code is that of what ended it."""

    def __init__(self, text: str, exit_code: int) -> None:
        super().__init__(text)
        self.exit_code = exit_code


def is_out_of_memory(error: Exception) -> bool:
    """Whether an error says that memory ran out; torch has no class of its own for it."""
    words = str(error)
    return isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError) and "DefaultCPUAllocator" in words and "memory" in words
    )
