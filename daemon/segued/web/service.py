"""Asking one service: each request bounded, spaced, counted and judged.

Nothing is sent while the service asks to be left alone. Requests are shaped by whoever holds the
session (a library such as spotipy or lyricsgenius, or `Source`); every answer comes past here.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

import requests

from segue.errors import (
    MalformedAnswerError,
    RateLimitedError,
    UnavailableError,
)
from segued.store.budget import BudgetStore
from segued.web.budget import Budget
from segued.web.refusals import SHORT_WAIT, Phrases, ShortWaitError
from segued.web.transport import Limits, bounded_session

Result = TypeVar("Result")


class Service:
    """One service over HTTP, not for several threads at once.

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
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.phrases = phrases
        self.limits = limits
        self.budget = Budget(store, clock, phrases)
        self._clock = clock
        self._sleep = sleep
        self._monotonic = monotonic
        self._last: float | None = None
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
        pause: float = 0.5,
        repeat_slow: bool = True,
    ) -> Result:
        """Send a request by `send` and give what it gives.

        Failures of the network, 5xx and bodies that are no JSON are asked again where `attempts`
        says so, after `pause` seconds, then twice that. A refusal for a few seconds is waited for;
        a longer one ends the call and is remembered under `endpoint`.

        Raises what `judge` raises and UnavailableError where the service cannot be reached.
        """
        waits, failures = 0, 0
        while True:
            self.budget.spend(endpoint)
            self._wait_for_turn()
            began = self._monotonic()
            try:
                return self._sent(endpoint, send)
            except ShortWaitError as error:
                if waits >= error.tries:
                    self.budget.obey(endpoint, error.refusal)
                    raise error.refusal from None
                waits += 1
                wait = error.wait.total_seconds() + 0.1 * (waits - 1)
                self._sleep(min(SHORT_WAIT.total_seconds(), wait))
            except RateLimitedError as error:
                self.budget.obey(endpoint, error)
                raise
            except (UnavailableError, MalformedAnswerError):
                failures += 1
                slow = self._monotonic() - began >= self.limits.timeout_seconds / 2
                if failures >= attempts or (slow and not repeat_slow):
                    raise
                self._sleep(pause * 2 ** (failures - 1))

    def _sent(self, endpoint: str, send: Callable[[], Result]) -> Result:
        try:
            return send()
        except requests.RequestException as error:
            raise UnavailableError(
                self.phrases.unreachable.format(asked=endpoint, cause=cause_of(error))
            ) from error

    def _wait_for_turn(self) -> None:
        if self._last is not None:
            rest = self.limits.interval_seconds - (self._monotonic() - self._last)
            if rest > 0:
                self._sleep(rest)
        self._last = self._monotonic()


def cause_of(error: requests.RequestException) -> str:
    """What went wrong on the way, in a few words."""
    if isinstance(error, requests.ConnectTimeout):
        return "connecting took too long"
    if isinstance(error, requests.Timeout):
        return "it did not answer in time"
    if isinstance(error, requests.exceptions.SSLError):
        return "the secure connection failed"
    return "the connection failed or was cut"
