"""Asking one service: each request bounded, spaced, judged, and counted in a budget.

Nothing is sent while the service asks to be left alone. Requests are shaped by whoever holds the
session (a library such as spotipy or lyricsgenius, or `Source`); every answer comes past here.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TypeVar

import requests

from segue.errors import (
    MalformedAnswerError,
    QuotaExceededError,
    RateLimitedError,
    UnavailableError,
)
from segued.config.schedule.zone import local_end
from segued.store.access import LONGEST_WAIT, QUOTA, RATE, BudgetStore, CoolDown
from segued.web.judging import SHORT_WAIT, Phrases, ShortWaitError
from segued.web.transport import AT_ONCE, Limits, bounded_session, pause

Result = TypeVar("Result")


class Service:
    """One service over HTTP; calls may be made side by side, see `segued.web.source`.

    They share its spacing, its budget, and what it asks for: a pause that one of them was asked
    to make is kept by all.

    `session` is a plain one of requests. `judge` is given every answer, whole and in memory, and
    raises what it stands for, as a rule by `judging.error_for`. Time and sleeping are arguments;
    `sleep` takes seconds and is never given more than five.
    """

    def __init__(
        self,
        phrases: Phrases,
        limits: Limits,
        store: BudgetStore,
        judge: Callable[[requests.Response], None],
        *,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.phrases = phrases
        self.limits = limits
        self.budget = Budget(store, clock, phrases)
        self._clock = clock
        self._sleep = sleep
        self._next = 0.0
        self._rested = -1.0
        self._turns = threading.Lock()
        self._under_way = threading.BoundedSemaphore(AT_ONCE)
        self.session = bounded_session(phrases.name, limits)
        self.session.hooks["response"].append(lambda answer, **_: judge(answer))

    def close(self) -> None:
        """Close the connections."""
        self.session.close()

    def call(
        self,
        endpoint: str,
        send: Callable[[], Result],
        *,
        attempts: int = 1,
        delay: float = 0.5,
        repeat_slow: bool = True,
    ) -> Result:
        """Send a request by `send` and give what it gives.

        Failures of the network, 5xx and bodies that are no JSON are asked again where `attempts`
        says so, after `delay` seconds, then twice that. A refusal for a few seconds is waited for;
        a longer one ends the call and is remembered under `endpoint`.

        Raises what `judge` raises and UnavailableError where the service cannot be reached.
        """
        waits, failures = 0, 0
        while True:
            try:
                # Whoever waited for its place finds out here how others were answered meanwhile.
                with self._under_way:
                    self.budget.check([endpoint])
                    self._wait_for_turn()
                    self.budget.spend(endpoint)
                    began = time.monotonic()
                    try:
                        return self._sent(endpoint, send)
                    except ShortWaitError as error:
                        if waits >= error.tries:
                            self.budget.obey(endpoint, error.refusal)
                            raise error.refusal from None
                        waits += 1
                        wait = error.wait.total_seconds() + 0.1 * (waits - 1)
                        self._rest(min(SHORT_WAIT.total_seconds(), wait), began)
                    except RateLimitedError as error:
                        self.budget.obey(endpoint, error)
                        raise
            except (UnavailableError, MalformedAnswerError):
                failures += 1
                slow = time.monotonic() - began >= self.limits.timeout_seconds / 2
                if failures >= attempts or (slow and not repeat_slow):
                    raise
                pause(delay * 2 ** (failures - 1), self._sleep)

    def _sent(self, endpoint: str, send: Callable[[], Result]) -> Result:
        try:
            return send()
        except requests.RequestException as error:
            raise UnavailableError(
                self.phrases.unreachable.format(asked=endpoint, cause=cause_of(error))
            ) from error

    def _wait_for_turn(self) -> None:
        with self._turns:
            rest = self._next - time.monotonic()
            if rest > 0:
                pause(rest, self._sleep)
            self._next = time.monotonic() + self.limits.interval_seconds

    def _rest(self, seconds: float, refused: float) -> None:
        """Send nothing for so long; where another call was asked the same meanwhile, once."""
        with self._turns:
            if self._rested < refused:
                pause(seconds, self._sleep)
                self._rested = time.monotonic()


def cause_of(error: requests.RequestException) -> str:
    """What went wrong on the way, in a few words."""
    if isinstance(error, requests.ConnectTimeout):
        return "connecting took too long"
    if isinstance(error, requests.Timeout):
        return "it did not answer in time"
    if isinstance(error, requests.exceptions.SSLError):
        return "the secure connection failed"
    return "the connection failed or was cut"


class Budget:
    """Counts requests by endpoint and refuses those that are cooling down.

    Counts and cool-downs are on disk at once, so that neither a restart nor a second process
    asks an endpoint that said no. `made` counts what this object itself let through.
    """

    def __init__(self, store: BudgetStore, clock: Callable[[], datetime], phrases: Phrases) -> None:
        self._store = store
        self._clock = clock
        self._phrases = phrases
        self._made: Counter[str] = Counter()
        self._lock = threading.RLock()

    @property
    def made(self) -> Mapping[str, int]:
        """The requests let through since this object was made, by endpoint."""
        return dict(self._made)

    def refused_until(self, endpoints: Iterable[str]) -> datetime | None:
        """When the last of these may be asked again; None where all may be asked now."""
        times = [cooling.until for each in endpoints if (cooling := self._cooling(each))]
        return max(times, default=None)

    def check(self, endpoints: Iterable[str]) -> None:
        """Raise QuotaExceededError or RateLimitedError while any of these is cooling down.

        `status` is then None: nothing was sent. Named is the one that takes longest.
        """
        cooling = [found for each in endpoints if (found := self._cooling(each))]
        if not cooling:
            return
        last = max(cooling, key=lambda each: each.until)
        quota = last.reason == QUOTA
        wording = self._phrases.cooling_quota if quota else self._phrases.cooling
        kind = QuotaExceededError if quota else RateLimitedError
        raise kind(
            wording.format(asked=last.endpoint, until=local_end(last.until), reason=last.reason),
            retry_at=last.until,
            status=None,
        )

    def spend(self, endpoint: str) -> None:
        """Count one request that is about to be sent; raises as `check` does."""
        with self._lock:
            self.check([endpoint])
            self._store.count_request(endpoint, self._clock().date())
            self._made[endpoint] += 1

    def cool_down(self, endpoint: str, until: datetime, reason: str) -> None:
        """Leave an endpoint alone until a moment (UTC)."""
        with self._lock:
            self._store.set_cool_down(endpoint, until, reason)

    def obey(self, endpoint: str, error: RateLimitedError) -> None:
        """Leave an endpoint alone for as long as its refusal asked, and is believed."""
        reason = QUOTA if isinstance(error, QuotaExceededError) else RATE
        self.cool_down(endpoint, min(error.retry_at, self._clock() + LONGEST_WAIT), reason)

    def _cooling(self, endpoint: str) -> CoolDown | None:
        with self._lock:
            known = self._store.get(endpoint)
        cooling = known.cool_down(self._clock())
        if cooling is not None and cooling.until != known.cool_down_until:
            # Stored while the bound or the clock was another; from now on it counts down.
            self.cool_down(endpoint, cooling.until, cooling.reason)
        return cooling
