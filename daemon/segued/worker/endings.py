"""What kind of ending an error is, for the schedule that has to go on from it."""

from __future__ import annotations

from segue.errors import (
    AuthorisationError,
    ConfigError,
    DataError,
    ForbiddenError,
    GuardError,
    LockedError,
    MalformedAnswerError,
    NewerSchemaError,
    NotFoundError,
    RateLimitedError,
    RecipeError,
    SegueError,
    StoreError,
    UnavailableError,
    UsageError,
)
from segued.schedule.policy import Result, Step

# The first that fits counts, so that a class stands before its parents.
_STEPS: tuple[tuple[type[SegueError], Step], ...] = (
    (LockedError, "lock"),
    (AuthorisationError, "login"),
    (ForbiddenError, "forbidden"),
    (RateLimitedError, "retry_at"),
    (UnavailableError, "back_off"),
    (MalformedAnswerError, "back_off"),
    (NotFoundError, "back_off"),
    (GuardError, "guard"),
    (RecipeError, "recipe"),
    (UsageError, "recipe"),
    (ConfigError, "recipe"),
    (DataError, "recipe"),
    (NewerSchemaError, "bug"),
    (StoreError, "back_off"),
)


def step_of(error: SegueError) -> Step:
    """What kind of ending an error is."""
    return next((step for kind, step in _STEPS if isinstance(error, kind)), "bug")


def failed(name: str, error: SegueError) -> Result:
    """The result of what ended with an error."""
    return Result(
        name=name,
        step=step_of(error),
        status="refused" if isinstance(error, GuardError) else "failed",
        text=str(error),
        retry_at=error.retry_at if isinstance(error, RateLimitedError) else None,
        exit_code=error.exit_code,
    )
