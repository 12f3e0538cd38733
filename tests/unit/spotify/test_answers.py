"""Which error an unwelcome answer is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from segue.errors import (
    AuthorisationError,
    ForbiddenError,
    MalformedAnswerError,
    NotFoundError,
    QuotaExceededError,
    RateLimitedError,
    ServiceError,
    UnavailableError,
)
from segued.config.secrets import remember_secret
from segued.spotify.answers import endpoint_of, raise_for_answer
from segued.store.access import LONGEST_WAIT
from segued.web.judging import ShortWaitError, retry_after

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def answer(status: int, body: str = "", headers: dict[str, str] | None = None) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response._content = body.encode()
    response.headers.update(headers or {})
    return response


def judged(status: int, body: str = "", headers: dict[str, str] | None = None) -> Any:
    with pytest.raises(Exception) as caught:  # the kind is what is looked at
        raise_for_answer(answer(status, body, headers), "GET /me/tracks", NOW)
    return caught.value


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_a_success_passes(status: int) -> None:
    raise_for_answer(answer(status), "GET /me", NOW)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (301, "", MalformedAnswerError),
        (400, '{"error": {"status": 400, "message": "invalid id"}}', ServiceError),
        (401, '{"error": {"status": 401, "message": "expired"}}', AuthorisationError),
        (403, '{"error": {"message": "Insufficient client scope"}}', AuthorisationError),
        (403, '{"error": {"message": "Forbidden"}}', ForbiddenError),
        (403, "<html><title>Access denied</title></html>", ForbiddenError),
        (404, '{"error": {"message": "Resource not found"}}', NotFoundError),
        (500, "", UnavailableError),
        (502, '{"error": "a string"}', UnavailableError),
        (503, "[1, 2]", UnavailableError),
    ],
)
def test_a_status_is_its_own_kind_of_error(status: int, body: str, kind: type) -> None:
    error = judged(status, body)
    assert isinstance(error, kind)
    assert "GET /me/tracks" in str(error)


def test_what_the_service_says_is_quoted_without_its_html() -> None:
    assert 'It says: "Access denied"' in str(judged(403, "<h1>Access\n denied</h1>"))


def test_a_token_the_service_repeats_is_not_repeated_by_us() -> None:
    remember_secret("CANARY-in-an-answer")
    body = '{"error": {"message": "Bad token CANARY-in-an-answer"}}'
    assert "Bad token ***" in str(judged(403, body))
    assert "CANARY" not in str(judged(500, "<p>CANARY-in-an-answer</p>"))


def test_a_long_retry_after_says_when_to_come_back() -> None:
    error = judged(429, "{}", {"Retry-After": "48925"})
    assert type(error) is RateLimitedError
    assert error.retry_at == NOW + timedelta(seconds=48925)
    assert error.exit_code == 5


@pytest.mark.parametrize("seconds", ["1", "2.5", "5"])
def test_a_retry_after_of_up_to_five_seconds_may_be_waited_for(seconds: str) -> None:
    error = judged(429, "{}", {"Retry-After": seconds})
    assert isinstance(error, ShortWaitError)
    assert error.wait == timedelta(seconds=float(seconds))


QUOTA = '{"error": {"status": 429, "message": "no", "reason": "QUOTA_EXCEEDED"}}'


@pytest.mark.parametrize("header", ["0", "-7", "nan", "-inf", "Fri, 20 Nov 2026 11:01:00 GMT"])
@pytest.mark.parametrize(
    ("body", "kind", "wait"),
    [("{}", RateLimitedError, timedelta(seconds=60)), (QUOTA, QuotaExceededError, timedelta(1))],
)
def test_now_means_one_gentle_try_and_then_a_time_in_the_future(
    header: str, body: str, kind: type, wait: timedelta
) -> None:
    error = judged(429, body, {"Retry-After": header})
    assert isinstance(error, ShortWaitError)
    assert (error.wait, error.tries) == (timedelta(seconds=1), 1)
    assert type(error.refusal) is kind
    assert error.refusal.retry_at == NOW + wait


@pytest.mark.parametrize("header", [None, "", "soon"])
def test_a_429_that_says_no_time_is_left_alone_for_a_minute(header: str | None) -> None:
    error = judged(429, "not json", {} if header is None else {"Retry-After": header})
    assert type(error) is RateLimitedError
    assert error.retry_at == NOW + timedelta(seconds=60)


def test_the_quota_is_known_by_its_reason() -> None:
    error = judged(429, QUOTA, {"Retry-After": "2"})
    assert isinstance(error, QuotaExceededError)
    assert error.retry_at == NOW + timedelta(seconds=2)


def test_a_quota_that_says_no_time_lasts_a_day() -> None:
    body = '{"error": {"message": "no", "reason": "QUOTA_EXCEEDED"}}'
    assert judged(429, body).retry_at == NOW + timedelta(hours=24)


def test_a_retry_after_may_be_a_date() -> None:
    assert retry_after("Fri, 20 Nov 2026 12:01:00 GMT", NOW) == timedelta(seconds=60)
    assert retry_after("Fri, 20 Nov 2026 11:01:00 GMT", NOW) == timedelta(0)


@pytest.mark.parametrize(
    "value",
    ["1e18", "inf", "1000000", "Fri, 31 Dec 9999 23:59:59 GMT", "Fri, 31 Dec 9999 23:59:59 -2359"],
)
@pytest.mark.parametrize("body", ["{}", QUOTA])
def test_no_retry_after_is_believed_for_longer_than_a_day_and_an_hour(
    value: str, body: str
) -> None:
    assert judged(429, body, {"Retry-After": value}).retry_at == NOW + LONGEST_WAIT


@given(
    st.text() | st.floats().map(str) | st.integers().map(str) | st.datetimes().map(format_datetime)
)
def test_no_retry_after_raises_or_lies_outside_its_bounds(value: str) -> None:
    wait = retry_after(value, NOW)
    assert wait is None or timedelta(0) <= wait <= LONGEST_WAIT


@pytest.mark.parametrize(
    ("path", "endpoint"),
    [
        ("/me/", "GET /me"),
        ("me/tracks?offset=50", "GET /me/tracks"),
        ("/playlists/4xAbC/items", "GET /playlists/{id}/items"),
        ("/playlists/4xAbC", "GET /playlists/{id}"),
        ("/albums/1/tracks", "GET /albums/{id}/tracks"),
        ("/me/playlists", "GET /me/playlists"),
    ],
)
def test_an_endpoint_is_the_path_without_its_ids(path: str, endpoint: str) -> None:
    assert endpoint_of("GET", path) == endpoint
