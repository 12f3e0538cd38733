"""Counts and cool-downs that outlive the process."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from segue.errors import QuotaExceededError, RateLimitedError
from segued.store.budget import BudgetStore
from segued.web.budget import Budget

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LIKES = "GET /me/tracks"


def budget(folder: Path, now: datetime = NOW) -> Budget:
    return Budget(BudgetStore(folder / "budget.json"), lambda: now)


def test_what_is_let_through_is_counted_by_endpoint_and_day(tmp_path: Path) -> None:
    one = budget(tmp_path)
    one.spend(LIKES)
    one.spend(LIKES)
    one.spend("GET /me")
    assert one.made == {LIKES: 2, "GET /me": 1}
    assert BudgetStore(tmp_path / "budget.json").get(LIKES).count(NOW.date()) == 2


def test_a_quota_is_remembered_by_the_next_process(tmp_path: Path) -> None:
    until = NOW + timedelta(hours=20)
    budget(tmp_path).cool_down(LIKES, QuotaExceededError("used up", retry_at=until))
    with pytest.raises(QuotaExceededError) as caught:
        budget(tmp_path, NOW + timedelta(hours=19)).spend(LIKES)
    assert caught.value.retry_at == until


def test_a_refused_request_is_not_counted(tmp_path: Path) -> None:
    one = budget(tmp_path)
    one.cool_down(LIKES, RateLimitedError("wait", retry_at=NOW + timedelta(minutes=1)))
    with pytest.raises(RateLimitedError):
        one.spend(LIKES)
    assert one.made == {}


def test_only_the_endpoint_that_said_no_is_left_alone(tmp_path: Path) -> None:
    one = budget(tmp_path)
    one.cool_down(LIKES, RateLimitedError("wait", retry_at=NOW + timedelta(minutes=1)))
    one.spend("GET /me")


def test_after_its_time_an_endpoint_may_be_asked_again(tmp_path: Path) -> None:
    one = budget(tmp_path)
    one.cool_down(LIKES, RateLimitedError("wait", retry_at=NOW + timedelta(minutes=1)))
    budget(tmp_path, NOW + timedelta(minutes=1)).spend(LIKES)
