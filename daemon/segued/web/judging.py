"""What an HTTP answer means: which error of ours an unwelcome status is, for every service; how
long a refusal asks to stay away; and single values out of JSON that a service may have changed."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, cast

from segue.errors import (
    ForbiddenError,
    MalformedAnswerError,
    NotFoundError,
    QuotaExceededError,
    RateLimitedError,
    ServiceError,
    UnavailableError,
)
from segued.config.schedule.zone import local_end
from segued.config.secrets import printable
from segued.store.access import LONGEST_WAIT

if TYPE_CHECKING:
    import requests

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
    forbidden = ForbiddenError, phrases.forbidden
    known = {401: forbidden, 403: forbidden, 404: (NotFoundError, phrases.missing)}
    return known.get(status, (ServiceError, phrases.refused))


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
    refusal = kind(wording.format(asked=asked, until=local_end(until)), retry_at=until)
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
"""Characters of one text that are kept; no description is longer …"""
LONGEST_NAME = 1_000
"""… and no title or name, the longest of albums having 865."""

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
    """A name: text in one line, so that none can pass for lines of ours where it is shown, and cut
    where it is longer than any."""
    line = _BREAKS.sub(" ", text(value))
    return line if len(line) <= LONGEST_NAME else f"{line[: LONGEST_NAME - 1]}…"


def text_or_none(value: object) -> str | None:
    """The value if it is a string that is not empty, else None."""
    return text(value) or None


def whole(value: object, most: int = MAX_WHOLE) -> int | None:
    """The value if it is a whole number from 0 to `most` (7.0 counts, true does not)."""
    if not isinstance(value, bool) and isinstance(value, (int, float)) and 0 <= value <= most:
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
            if 1970 <= aware.year < 9999:
                return aware if aware.year > 1970 else None
    _drop(value, "time")
    return None


SHORT_WAIT = timedelta(seconds=5)
"""The longest wait inside a run; anything longer ends the stage."""
GENTLE_WAIT = timedelta(seconds=1)
"""The pause before the one more try after "come back now"."""
SHORT_WAITS = 3
"""How many short waits are kept in one call."""


class ShortWaitError(ServiceError):
    """A refusal for a few seconds; never leaves `Service.call`.

    `wait` is the pause before the next try, `tries` how many more there may be, and `refusal` the
    error where none of them helped.
    """

    def __init__(self, refusal: RateLimitedError, wait: timedelta, tries: int) -> None:
        super().__init__(str(refusal), status=refusal.status)
        self.refusal = refusal
        self.wait = wait
        self.tries = tries


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """What a Retry-After header asks for (seconds or an HTTP date), at most `LONGEST_WAIT`.

    Zero for what lies in the past or is no number of seconds (0, -3, nan): "now, but gently".
    None where the header is absent or cannot be read.
    """
    if value is None:
        return None
    try:
        asked = float(value)
    except ValueError:
        pass
    else:
        if math.isnan(asked) or asked <= 0:
            return timedelta(0)
        return timedelta(seconds=min(asked, LONGEST_WAIT.total_seconds()))
    at = http_date(value)
    return None if at is None else min(max(timedelta(0), at - now), LONGEST_WAIT)


def http_date(value: str) -> datetime | None:
    """The time an HTTP date names, aware; None where it is none."""
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Phrases:
    """The sentences for one service, as templates.

    `{asked}` is the endpoint or path, `{status}` the HTTP status, `{said}` what the service itself
    says (a sentence with a blank before it, or nothing), `{until}` a time, `{cause}` what went
    wrong on the way. `wait_unsaid` and `quota_wait_unsaid` are how long to stay away where a
    refusal does not say.
    """

    name: str
    redirected: str
    forbidden: str
    missing: str
    unavailable: str
    refused: str
    unreachable: str
    garbled: str
    limited: str
    quota: str
    cooling: str
    cooling_quota: str
    wait_unsaid: timedelta
    quota_wait_unsaid: timedelta = timedelta(hours=24)
