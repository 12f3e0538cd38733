"""Counts and cool-downs that outlive the process."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from segue.errors import QuotaExceededError, RateLimitedError
from segued.spotify.answers import PHRASES
from segued.store.access import LONGEST_WAIT, BudgetStore, CoolDown
from segued.web.service import Budget

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LIKES = "GET /me/tracks"


def budget(folder: Path, now: datetime = NOW) -> Budget:
    return Budget(BudgetStore(folder / "budget.json"), lambda: now, PHRASES)


def test_what_is_let_through_is_counted_by_endpoint_and_day(tmp_path: Path) -> None:
    found = budget(tmp_path)
    found.spend(LIKES)
    found.spend(LIKES)
    found.spend("GET /me")
    assert found.made == {LIKES: 2, "GET /me": 1}
    assert BudgetStore(tmp_path / "budget.json").get(LIKES).count(NOW.date()) == 2


def test_a_quota_is_remembered_by_the_next_process(tmp_path: Path) -> None:
    until = NOW + timedelta(hours=20)
    budget(tmp_path).obey(LIKES, QuotaExceededError("used up", retry_at=until))
    with pytest.raises(QuotaExceededError) as caught:
        budget(tmp_path, NOW + timedelta(hours=19)).spend(LIKES)
    assert caught.value.retry_at == until


def test_a_refused_request_is_not_counted(tmp_path: Path) -> None:
    found = budget(tmp_path)
    found.obey(LIKES, RateLimitedError("wait", retry_at=NOW + timedelta(minutes=1)))
    with pytest.raises(RateLimitedError):
        found.spend(LIKES)
    assert found.made == {}


def test_only_the_endpoint_that_said_no_is_left_alone(tmp_path: Path) -> None:
    found = budget(tmp_path)
    found.obey(LIKES, RateLimitedError("wait", retry_at=NOW + timedelta(minutes=1)))
    found.spend("GET /me")


def test_after_its_time_an_endpoint_may_be_asked_again(tmp_path: Path) -> None:
    found = budget(tmp_path)
    found.obey(LIKES, RateLimitedError("wait", retry_at=NOW + timedelta(minutes=1)))
    budget(tmp_path, NOW + timedelta(minutes=1)).spend(LIKES)


def test_several_endpoints_are_looked_at_before_the_first_is_asked(tmp_path: Path) -> None:
    add, remove = "POST /playlists/{id}/items", "DELETE /playlists/{id}/items"
    until = NOW + timedelta(hours=14)
    found = budget(tmp_path)
    found.obey(add, QuotaExceededError("used up", retry_at=until))
    assert found.refused_until([remove]) is None
    assert found.refused_until([remove, add]) == until
    with pytest.raises(QuotaExceededError, match="nothing was asked") as caught:
        found.check([remove, add])
    assert (caught.value.retry_at, caught.value.status) == (until, None)


def test_a_cool_down_stored_beyond_the_bound_counts_down_from_its_first_reading(
    tmp_path: Path,
) -> None:
    store = BudgetStore(tmp_path / "budget.json")
    store.set_cool_down(LIKES, datetime(9999, 12, 31, tzinfo=UTC), "rate limit")
    assert store.cool_downs(NOW) == (CoolDown(LIKES, NOW + LONGEST_WAIT, "rate limit"),)
    with pytest.raises(RateLimitedError) as caught:
        budget(tmp_path).spend(LIKES)
    assert caught.value.retry_at == NOW + LONGEST_WAIT
    budget(tmp_path, NOW + LONGEST_WAIT).spend(LIKES)


def test_what_segue_decided_itself_may_last_longer(tmp_path: Path) -> None:
    month = NOW + timedelta(days=30)
    budget(tmp_path).cool_down("spotify features", month, "this app may not use it")
    assert budget(tmp_path).refused_until(["spotify features"]) == month


def test_every_cool_down_is_named_the_soonest_first(tmp_path: Path) -> None:
    store = BudgetStore(tmp_path / "budget.json")
    found = budget(tmp_path)
    found.obey(LIKES, QuotaExceededError("used up", retry_at=NOW + timedelta(hours=2)))
    found.obey("lrclib", RateLimitedError("wait", retry_at=NOW + timedelta(hours=1)))
    found.obey("GET /me", RateLimitedError("wait", retry_at=NOW))
    assert [(each.endpoint, each.reason) for each in store.cool_downs(NOW)] == [
        ("lrclib", "rate limit"),
        (LIKES, "QUOTA_EXCEEDED"),
    ]
