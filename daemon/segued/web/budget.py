"""The budget: how often each endpoint was asked, and which must be left alone for now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from segue.errors import QuotaExceededError, RateLimitedError
from segued.store.budget import BudgetStore, EndpointBudget
from segued.web.refusals import LONGEST_WAIT, Phrases, shown

QUOTA = "QUOTA_EXCEEDED"
RATE = "rate limit"


@dataclass(frozen=True, slots=True)
class CoolDown:
    """An endpoint or service that is left alone until a moment (UTC), and why."""

    endpoint: str
    until: datetime
    reason: str


def cool_downs(store: BudgetStore, now: datetime) -> tuple[CoolDown, ...]:
    """Everything that is left alone now, the soonest to end first."""
    found = [cooling for known in store.all().values() if (cooling := _cooling(known, now))]
    return tuple(sorted(found, key=lambda each: (each.until, each.endpoint)))


def _cooling(known: EndpointBudget, now: datetime) -> CoolDown | None:
    """The cool-down of an endpoint, what a service asked for bounded; None where it has none."""
    until, reason = known.cool_down_until, known.reason or RATE
    if until is None or until <= now:
        return None
    if reason in (QUOTA, RATE):
        until = min(until, now + LONGEST_WAIT)
    return CoolDown(known.endpoint, until, reason)


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
            wording.format(asked=last.endpoint, until=shown(last.until), reason=last.reason),
            retry_at=last.until,
            status=None,
        )

    def spend(self, endpoint: str) -> None:
        """Count one request that is about to be sent; raises as `check` does."""
        self.check([endpoint])
        self._store.count_request(endpoint, self._clock().date())
        self._made[endpoint] += 1

    def cool_down(self, endpoint: str, until: datetime, reason: str) -> None:
        """Leave an endpoint alone until a moment (UTC)."""
        self._store.set_cool_down(endpoint, until, reason)

    def obey(self, endpoint: str, error: RateLimitedError) -> None:
        """Leave an endpoint alone for as long as its refusal asked, and is believed."""
        reason = QUOTA if isinstance(error, QuotaExceededError) else RATE
        self.cool_down(endpoint, min(error.retry_at, self._clock() + LONGEST_WAIT), reason)

    def _cooling(self, endpoint: str) -> CoolDown | None:
        known = self._store.get(endpoint)
        cooling = _cooling(known, self._clock())
        if cooling is not None and cooling.until != known.cool_down_until:
            # Stored while the bound or the clock was another; from now on it counts down.
            self.cool_down(endpoint, cooling.until, cooling.reason)
        return cooling
