"""How long a login lasts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from segued.store.access import SCOPES, TokenDocument, days_left, ends_at, missing_scopes


def agreed(*when: int, scope: str = "") -> TokenDocument:
    at = datetime(*when, tzinfo=UTC)  # type: ignore[misc, arg-type]  # year to day
    return TokenDocument("a", "r", at + timedelta(hours=1), scope, at)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ((2026, 1, 15), (2026, 7, 15)),
        ((2026, 8, 31), (2027, 2, 28)),
        ((2027, 8, 31), (2028, 2, 29)),
        ((2026, 7, 1), (2027, 1, 1)),
        ((2026, 12, 31), (2027, 6, 30)),
    ],
)
def test_a_login_dies_six_calendar_months_after_one_agreed(
    start: tuple[int, int, int], end: tuple[int, int, int]
) -> None:
    assert ends_at(agreed(*start)) == datetime(*end, tzinfo=UTC)


def test_days_are_counted_down_to_zero_and_no_further() -> None:
    token = agreed(2026, 1, 15)
    end = datetime(2026, 7, 15, tzinfo=UTC)
    assert days_left(token, end - timedelta(days=30)) == 30
    assert days_left(token, end - timedelta(hours=1)) == 0
    assert days_left(token, end + timedelta(days=9)) == 0


def test_a_login_names_the_scopes_it_lacks() -> None:
    assert missing_scopes(agreed(2026, 1, 1, scope=" ".join(SCOPES))) == ()
    assert missing_scopes(agreed(2026, 1, 1, scope=" ".join(SCOPES[1:]))) == (SCOPES[0],)


def test_no_secret_shows_in_a_token() -> None:
    token = TokenDocument("s3cret", "s3cret", datetime.now(UTC), "x", datetime.now(UTC))
    assert "s3cret" not in f"{token!r}{token}"
