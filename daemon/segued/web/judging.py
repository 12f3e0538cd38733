"""What an HTTP answer means: which error of ours an unwelcome status is, for every service; and
single values out of JSON that a service may have changed since we last looked.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import cast

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

_BREAKS = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
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


Document = Mapping[str, object]
"""A JSON object."""

MAX_WHOLE = 2**53
"""Larger whole numbers are not exact in JSON, and mean nothing in any field we read."""
MAX_TEXT = 10_000
"""Characters of one text that are kept; no title, name or description is longer."""

_EMPTY: Document = {}
_dropped: ContextVar[Counter[str] | None] = ContextVar("dropped", default=None)


@contextmanager
def counting_dropped() -> Iterator[Counter[str]]:
    """Count the values left out meanwhile, by what they should have been ("time", "number" …)."""
    counter: Counter[str] = Counter()
    token = _dropped.set(counter)
    try:
        yield counter
    finally:
        _dropped.reset(token)


def _drop(value: object, expected: str) -> None:
    if value is not None and (counter := _dropped.get()) is not None:
        counter[expected] += 1


def document(value: object) -> Document:
    """The value if it is a JSON object, else an empty one."""
    if isinstance(value, dict):
        return cast("Document", value)
    _drop(value, "object")
    return _EMPTY


def sequence(value: object) -> list[object]:
    """The value if it is a JSON array, else an empty list."""
    if isinstance(value, list):
        return value
    _drop(value, "list")
    return []


def text(value: object) -> str:
    """The value if it is a string, at most `MAX_TEXT` characters of it, else an empty one."""
    if isinstance(value, str):
        return value if len(value) <= MAX_TEXT else value[:MAX_TEXT]
    _drop(value, "text")
    return ""


def one_line(value: object) -> str:
    """A name: text in one line, so that none can pass for lines of ours where it is shown."""
    return _BREAKS.sub(" ", text(value))


def text_or_none(value: object) -> str | None:
    """The value if it is a string that is not empty, else None."""
    return text(value) or None


def whole(value: object) -> int | None:
    """The value if it is a whole number from 0 to `MAX_WHOLE` (7.0 counts, true does not)."""
    if not isinstance(value, bool) and isinstance(value, (int, float)) and 0 <= value <= MAX_WHOLE:
        number = int(value)
        if number == value:
            return number
    _drop(value, "number")
    return None


def seconds(value: object) -> int | None:
    """A number of seconds, also where it is written as text ("3600"); None for anything else."""
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
        return whole(int(value)) if len(value) < 20 else None
    return whole(value)


def flag(value: object) -> bool | None:
    """The value if it is true or false, else None."""
    if isinstance(value, bool):
        return value
    _drop(value, "true or false")
    return None


def moment(value: object) -> datetime | None:
    """A time in ISO 8601 as an aware UTC datetime.

    None for anything else, for times outside 1971 to 9998 (Spotify writes 1970-01-01 where it
    does not know; at both ends of the calendar no zone can be applied).
    """
    if isinstance(value, str):
        try:
            parsed = datetime.fromisoformat(value)
            aware = parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        else:
            if 1970 < aware.year < 9999:
                return aware
            if aware.year == 1970:
                return None
    _drop(value, "time")
    return None
