"""How long a refusal asks to stay away, how long that is believed, and what is said of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from segue.errors import RateLimitedError, ServiceError

LONGEST_WAIT = timedelta(hours=25)
"""No refusal is believed for longer: the longest quota of a service is a day, and one request
then tells whether it still stands."""
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


def shown(moment: datetime) -> str:
    """A time as messages name it: "2026-11-20 12:00:00 UTC"."""
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC")


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
