"""What an HTTP answer means: which error of ours an unwelcome status is.

`raise_for_answer` is a response hook of the session underneath spotipy, so that status, headers
and body are judged before spotipy folds them into one exception that has lost half of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import requests

from segue.errors import (
    AuthorisationError,
    ForbiddenError,
    MalformedAnswerError,
    NotFoundError,
    QuotaExceededError,
    RateLimitedError,
    SegueError,
    ServiceError,
    UnavailableError,
)
from segued.web.values import document, text

SHORT_WAIT = timedelta(seconds=5)
"""The longest wait inside a run; anything longer ends the stage."""
WAIT_UNSAID = timedelta(seconds=60)
"""How long to stay away after a 429 that does not say: twice Spotify's rolling window of 30 s."""
QUOTA_WAIT_UNSAID = timedelta(hours=24)
"""How long to stay away when the day's quota is used up and nothing says until when."""

_AFTER = {
    "playlists": "{id}",
    "albums": "{id}",
    "artists": "{id}",
    "tracks": "{id}",
    "users": "{id}",
}
_TAGS = re.compile(r"<[^>]*>")


class TokenRefusedError(AuthorisationError):
    """The access token was refused; a fresh one may do. Never leaves the client."""


class ShortWaitError(RateLimitedError):
    """A 429 that asks for a few seconds only. Leaves the client when asking again did not help."""

    def __init__(self, message: str, *, retry_at: datetime, wait: timedelta) -> None:
        super().__init__(message, retry_at=retry_at)
        self.wait = wait


def endpoint_of(method: str, path: str) -> str:
    """The endpoint template of a request, as budgets count it.

    `path` is relative to the API's base: ("GET", "playlists/4x…/items") is
    "GET /playlists/{id}/items".
    """
    parts = [part for part in path.split("?")[0].split("/") if part]
    if parts and parts[0] in _AFTER and len(parts) > 1:
        parts[1] = _AFTER[parts[0]]
    return f"{method} /{'/'.join(parts)}"


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """What a Retry-After header asks for: seconds or an HTTP date; None where it says nothing."""
    if value is None:
        return None
    try:
        return timedelta(seconds=max(0.0, float(value)))
    except (ValueError, OverflowError):
        pass
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(timedelta(0), aware - now)


def service_words(response: requests.Response) -> tuple[str, str]:
    """What the service itself says: its message, short and in one line, and its reason code."""
    try:
        body: object = response.json()
    except ValueError:
        return " ".join(_TAGS.sub(" ", response.text).split())[:120], ""
    error = document(body).get("error")
    words = text(document(error).get("message")) or text(error)
    reason = text(document(error).get("reason")) or text(document(body).get("reason"))
    return " ".join(words.split())[:200], reason


def raise_for_answer(
    response: requests.Response, endpoint: str, clock: Callable[[], datetime]
) -> None:
    """Raise the error of ours that the answer stands for; a success passes.

    Raises MalformedAnswerError (a redirection: only the configured address is ever asked),
    TokenRefusedError, AuthorisationError (a missing scope), ForbiddenError, NotFoundError,
    ShortWaitError, RateLimitedError, QuotaExceededError, UnavailableError or ServiceError.
    """
    status = response.status_code
    if status < 300:
        return
    if status < 400:
        raise MalformedAnswerError(
            f"{endpoint} was answered with a redirection ({status}). Segue asks only the address "
            "in `[spotify] api_url`; check that it is the right one.",
            status=status,
        )
    words, reason = service_words(response)
    if status == 429:
        raise _rate_limited(response, endpoint, words, reason, clock())
    raise _refused(status, endpoint, words)


def _refused(status: int, endpoint: str, words: str) -> SegueError:
    said = f' It says: "{words}".' if words else ""
    if status == 401:
        return TokenRefusedError(
            f"Spotify refused the access token for {endpoint}.{said} "
            "Run `segue auth login` to log in again."
        )
    if status == 403 and "scope" in words.casefold():
        return AuthorisationError(
            f"The login does not allow {endpoint}.{said} Run `segue auth login` to grant it."
        )
    if status == 403:
        return ForbiddenError(
            f"Spotify does not let this app or account do {endpoint}.{said} An app in Development "
            "Mode reads only playlists its user owns or edits, and its owner needs Premium.",
            status=status,
        )
    if status == 404:
        return NotFoundError(
            f"Spotify does not have what {endpoint} asks for.{said}", status=status
        )
    if status >= 500:
        return UnavailableError(
            f"Spotify answered {endpoint} with {status}.{said} This passes by itself as a rule.",
            status=status,
        )
    return ServiceError(f"Spotify answered {endpoint} with {status}.{said}", status=status)


def _rate_limited(
    response: requests.Response, endpoint: str, words: str, reason: str, now: datetime
) -> RateLimitedError:
    asked = retry_after(response.headers.get("Retry-After"), now)
    if reason == "QUOTA_EXCEEDED" or "quota" in words.casefold():
        until = _later(now, QUOTA_WAIT_UNSAID if asked is None else asked)
        return QuotaExceededError(
            f"Spotify's daily quota for {endpoint} is used up until {_shown(until)}. "
            "What was read so far is kept; run the same command again then.",
            retry_at=until,
        )
    wait = WAIT_UNSAID if asked is None else asked
    until = _later(now, wait)
    message = (
        f"Spotify asks to leave {endpoint} alone until {_shown(until)}. "
        "What was read so far is kept; run the same command again then."
    )
    if wait <= SHORT_WAIT:
        return ShortWaitError(message, retry_at=until, wait=wait)
    return RateLimitedError(message, retry_at=until)


def _later(now: datetime, wait: timedelta) -> datetime:
    try:
        return now + wait
    except OverflowError:
        return now + QUOTA_WAIT_UNSAID


def _shown(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC")
