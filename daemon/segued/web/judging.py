"""What an HTTP answer means: which error of ours an unwelcome status is, for every service."""

from __future__ import annotations

import re
from datetime import datetime

import requests

from segue.errors import (
    ForbiddenError,
    MalformedAnswerError,
    NotFoundError,
    QuotaExceededError,
    RateLimitedError,
    ServiceError,
    UnavailableError,
)
from segued.config.secrets import printable
from segued.web.refusals import (
    GENTLE_WAIT,
    SHORT_WAIT,
    SHORT_WAITS,
    Phrases,
    ShortWaitError,
    retry_after,
    shown,
)
from segued.web.values import document, text

_TAGS = re.compile(r"<[^>]{0,1000}>")
_MAX_HTML = 10_000


def error_for(
    response: requests.Response, asked: str, phrases: Phrases, now: datetime
) -> ServiceError | None:
    """The error an answer stands for; None for a success.

    A redirection is a MalformedAnswerError: only the configured address is ever asked. 401 and
    403 are ForbiddenError, 404 NotFoundError, 429 ShortWaitError, RateLimitedError or
    QuotaExceededError, 5xx UnavailableError, anything else ServiceError.
    """
    status = response.status_code
    if 200 <= status < 300:
        return None
    words, reason = service_words(response)
    if status == 429:
        return _limited(response, asked, phrases, now, _is_quota(words, reason))
    kind, wording = _kind(status, phrases)
    said = f' It says: "{words}".' if words else ""
    return kind(wording.format(asked=asked, status=status, said=said), status=status)


def json_of(response: requests.Response, asked: str, phrases: Phrases) -> object:
    """The JSON of an answer; raises MalformedAnswerError where it is none."""
    try:
        return response.json()
    except ValueError as error:
        raise MalformedAnswerError(phrases.garbled.format(asked=asked, cause=error)) from error


def _kind(status: int, phrases: Phrases) -> tuple[type[ServiceError], str]:
    if status < 400:
        return MalformedAnswerError, phrases.redirected
    if status >= 500:
        return UnavailableError, phrases.unavailable
    if status in (401, 403):
        return ForbiddenError, phrases.forbidden
    if status == 404:
        return NotFoundError, phrases.missing
    return ServiceError, phrases.refused


def service_words(response: requests.Response) -> tuple[str, str]:
    """What the service itself says: its message, short, in one line and without our secrets, and
    its reason code."""
    try:
        body: object = response.json()
    except ValueError:
        plain = _TAGS.sub(" ", response.text[:_MAX_HTML])
        return printable(" ".join(plain.split()))[:120], ""
    answer = document(body)
    error = answer.get("error")
    details = document(error) if isinstance(error, dict) else {}
    words = text(details.get("message")) or (error if isinstance(error, str) else "")
    reason = text(details.get("reason")) or text(answer.get("reason"))
    return printable(" ".join(words.split()))[:200], reason[:100]


def _is_quota(words: str, reason: str) -> bool:
    return reason == "QUOTA_EXCEEDED" or "quota" in words.casefold()


def _limited(
    response: requests.Response, asked: str, phrases: Phrases, now: datetime, quota: bool
) -> ServiceError:
    wait = retry_after(response.headers.get("Retry-After"), now)
    short = wait is not None and wait <= SHORT_WAIT and not (quota and wait)
    stay_away = phrases.quota_wait_unsaid if quota else phrases.wait_unsaid
    until = now + (stay_away if wait is None or short else wait)
    kind = QuotaExceededError if quota else RateLimitedError
    wording = phrases.quota if quota else phrases.limited
    refusal = kind(wording.format(asked=asked, until=shown(until)), retry_at=until)
    if not short:
        return refusal
    # "Come back now" and "now" again is not believed: one gentle try, then a time of our own.
    if wait:
        return ShortWaitError(refusal, wait, SHORT_WAITS)
    return ShortWaitError(refusal, GENTLE_WAIT, 1)
