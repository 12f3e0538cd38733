"""Asking other services politely: spaced calls, bounded waits, a named client, errors of ours.

One `Source` stands for one service. What it was asked is counted, and what it refused is left
alone, under its name in the same persisted budget as Spotify's endpoints.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from importlib.metadata import version

import orjson
import requests
from urllib3.exceptions import HTTPError

from segue.errors import (
    ForbiddenError,
    MalformedAnswerError,
    NotFoundError,
    RateLimitedError,
    ServiceError,
    UnavailableError,
)
from segued.store.budget import BudgetStore

USER_AGENT = f"Segue/{version('segue')} (a self-hosted playlist daemon)"
SHORT_WAIT_SECONDS = 5.0
WAIT_UNSAID = timedelta(minutes=10)
REFUSED_WAIT = timedelta(hours=6)
LONGEST_WAIT = timedelta(days=7)
MOST_BYTES = 8 * 1024 * 1024
TRIES = 3

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None
Params = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Manners:
    """How a service wants to be asked. `deadline_seconds` bounds one whole answer."""

    interval_seconds: float = 0.5
    timeout_seconds: float = 20.0
    deadline_seconds: float = 30.0


class Source:
    """One service over HTTP. Time and sleeping are arguments, so that tests need not wait.

    Every method raises RateLimitedError (429, or still cooling down: `retry_at` says until when),
    ForbiddenError (401, 403: the service is then left alone for some hours), NotFoundError (404),
    UnavailableError (5xx, cut, slow or unreachable) or MalformedAnswerError.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        manners: Manners,
        budget: BudgetStore,
        *,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self._base = base_url.rstrip("/")
        self._manners = manners
        self._budget = budget
        self._clock = clock
        self._sleep = sleep
        self._monotonic = monotonic
        self._last: float | None = None
        self._session = requests.Session()
        self._session.headers["User-Agent"] = USER_AGENT

    def get_json(self, path: str, params: Params) -> Json:
        """The JSON of an answer to GET."""
        body = self.get(path, params, accept="application/json")
        try:
            answer: Json = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise MalformedAnswerError(
                f"{self.name} answered {path} with something that is not JSON ({error}); "
                "nothing of it was kept, and it will be asked again later"
            ) from error
        return answer

    def get(self, path: str, params: Params, *, accept: str = "*/*") -> bytes:
        """The body of an answer to GET, after a few tries where trying again may help."""
        self.check()
        for attempt in range(1, TRIES + 1):
            began = self._monotonic()
            try:
                return self._once(path, params, accept)
            except RateLimitedError as error:
                wait = (error.retry_at - self._clock()).total_seconds()
                if wait > SHORT_WAIT_SECONDS or attempt == TRIES:
                    self._budget.set_cool_down(self.name, error.retry_at, "rate limit")
                    raise
                self._sleep(max(0.0, wait))
            except ForbiddenError:
                self._budget.set_cool_down(self.name, self._clock() + REFUSED_WAIT, "refused")
                raise
            except UnavailableError:
                # A service that lets one wait is not asked again at once.
                slow = self._monotonic() - began >= self._manners.timeout_seconds / 2
                if slow or attempt == TRIES:
                    raise
                self._sleep(float(2 ** (attempt - 1)) * self._manners.interval_seconds)
        raise AssertionError("the last try returns or raises")

    def check(self) -> None:
        """Raise RateLimitedError while the service is to be left alone."""
        known = self._budget.get(self.name)
        if known.cool_down_until is not None and known.cool_down_until > self._clock():
            raise RateLimitedError(
                f"{self.name} is left alone until {_shown(known.cool_down_until)} "
                f"({known.reason}); nothing was asked",
                retry_at=known.cool_down_until,
            )

    def count(self) -> None:
        """Count a request that somebody else sends to this service."""
        self._budget.count_request(self.name, self._clock().date())

    def leave_alone(self, until: datetime, reason: str) -> None:
        """Remember that the service is not to be asked before `until` (UTC)."""
        self._budget.set_cool_down(self.name, until, reason)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _once(self, path: str, params: Params, accept: str) -> bytes:
        self._wait_for_turn()
        now = self._clock()
        self._budget.count_request(self.name, now.date())
        try:
            with self._session.get(
                f"{self._base}{path}",
                params=dict(params),
                headers={"Accept": accept},
                timeout=self._manners.timeout_seconds,
                allow_redirects=False,
                stream=True,
            ) as response:
                body = self.body_of(response, path)
        except requests.RequestException as error:
            raise UnavailableError(
                f"{self.name} did not answer {path} ({type(error).__name__}); "
                "it will be asked again later"
            ) from error
        self._judge(response, path, now)
        return body

    def _wait_for_turn(self) -> None:
        if self._last is not None:
            rest = self._manners.interval_seconds - (self._monotonic() - self._last)
            if rest > 0:
                self._sleep(rest)
        self._last = self._monotonic()

    def body_of(self, response: requests.Response, path: str) -> bytes:
        """The whole body of an answer that was asked for as a stream.

        Raises UnavailableError after the deadline, MalformedAnswerError for an absurd size.
        """
        began = self._monotonic()
        parts: list[bytes] = []
        size = 0
        # Not iter_content: that waits for a whole part, however slowly its bytes come.
        while part := _next_part(response, self.name, path):
            parts.append(part)
            size += len(part)
            if self._monotonic() - began > self._manners.deadline_seconds:
                raise UnavailableError(
                    f"{self.name} took over {self._manners.deadline_seconds:.0f} s to answer "
                    f"{path}; it will be asked again later"
                )
            if size > MOST_BYTES:
                raise MalformedAnswerError(f"{self.name} answered {path} with over {size} bytes")
        return b"".join(parts)

    def _judge(self, response: requests.Response, path: str, now: datetime) -> None:
        status = response.status_code
        if status == 200:
            return
        said = f"{self.name} answered {path} with {status}"
        if status == 429:
            wait = retry_after(response.headers.get("Retry-After"), now)
            until = now + (WAIT_UNSAID if wait is None else wait)
            raise RateLimitedError(
                f"{self.name} asks to be left alone until {_shown(until)}", retry_at=until
            )
        if status in (401, 403):
            raise ForbiddenError(
                f"{said}: it refuses this client; it is left alone for "
                f"{REFUSED_WAIT.total_seconds() / 3600:.0f} hours",
                status=status,
            )
        if status == 404:
            raise NotFoundError(f"{said}: it does not have that", status=status)
        if status >= 500:
            raise UnavailableError(f"{said}; it will be asked again later", status=status)
        if status < 400:
            raise MalformedAnswerError(f"{said}, a redirection; check its address", status=status)
        raise ServiceError(f"{said}; check whether Segue is up to date", status=status)


def _next_part(response: requests.Response, name: str, path: str) -> bytes:
    """What has come of a body, at least a byte of it; empty at its end."""
    try:
        part: bytes = response.raw.read1(65_536, decode_content=True)
    except (HTTPError, OSError) as error:
        raise UnavailableError(
            f"{name} broke off its answer to {path} ({type(error).__name__}); "
            "it will be asked again later"
        ) from error
    return part


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """How long a Retry-After header asks to wait; None where it says nothing readable."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        pass
    else:
        if math.isnan(seconds):
            return None
        return timedelta(seconds=min(max(0.0, seconds), LONGEST_WAIT.total_seconds()))
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    wait = (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
    return min(max(timedelta(0), wait), LONGEST_WAIT)


def _shown(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC")
