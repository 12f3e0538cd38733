"""Which error is which kind of ending."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from segue import errors
from segued.worker.child import failed, step_of

LATER = datetime(2026, 3, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("error", "step"),
    [
        (errors.AuthorisationError("x"), "login"),
        (errors.ForbiddenError("x"), "forbidden"),
        (errors.QuotaExceededError("x", retry_at=LATER), "retry_at"),
        (errors.RateLimitedError("x", retry_at=LATER), "retry_at"),
        (errors.UnavailableError("x"), "back_off"),
        (errors.MalformedAnswerError("x"), "back_off"),
        (errors.LockedError("x"), "lock"),
        (errors.StoreError("x"), "back_off"),
        (errors.NewerSchemaError("x"), "bug"),
        (errors.ConflictError("x"), "guard"),
        (errors.RecipeError("x"), "recipe"),
        (errors.UsageError("x"), "recipe"),
        (errors.SegueError("x"), "bug"),
    ],
)
def test_each_class_of_failure_has_its_own_next_step(error: errors.SegueError, step: str) -> None:
    assert step_of(error) == step


def test_the_time_a_service_named_is_kept() -> None:
    assert failed("a", errors.QuotaExceededError("x", retry_at=LATER)).retry_at == LATER


def test_the_exit_code_is_the_error_s() -> None:
    assert failed("a", errors.GuardError("x")).exit_code == 6
