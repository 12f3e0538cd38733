"""The budget: how often each endpoint was asked, and which must be left alone for now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime

from segue.errors import QuotaExceededError, RateLimitedError
from segued.store.budget import BudgetStore

QUOTA = "QUOTA_EXCEEDED"
RATE = "rate limit"


class Budget:
    """Counts requests by endpoint template and refuses those that are cooling down.

    Counts and cool-downs are on disk at once, so that neither a restart nor a second process
    asks an endpoint that said no. `made` counts what this object itself let through.
    """

    def __init__(self, store: BudgetStore, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock
        self._made: Counter[str] = Counter()

    @property
    def made(self) -> Mapping[str, int]:
        """The requests let through since this object was made, by endpoint template."""
        return dict(self._made)

    def spend(self, endpoint: str) -> None:
        """Count one request that is about to be sent.

        Raises QuotaExceededError or RateLimitedError, before anything is sent (`status` is None),
        while the endpoint is cooling down.
        """
        known = self._store.get(endpoint)
        now = self._clock()
        until = known.cool_down_until
        if until is not None and until > now:
            shown = until.strftime("%Y-%m-%d %H:%M:%S UTC")
            if known.reason == QUOTA:
                raise QuotaExceededError(
                    f"Spotify's daily quota for {endpoint} is used up until {shown}; "
                    "nothing was asked. Run the same command again then.",
                    retry_at=until,
                    status=None,
                )
            raise RateLimitedError(
                f"Spotify asked to leave {endpoint} alone until {shown}; nothing was asked. "
                "Run the same command again then.",
                retry_at=until,
                status=None,
            )
        self._store.count_request(endpoint, now.date())
        self._made[endpoint] += 1

    def cool_down(self, endpoint: str, error: RateLimitedError) -> None:
        """Leave an endpoint alone for as long as its refusal asked."""
        reason = QUOTA if isinstance(error, QuotaExceededError) else RATE
        self._store.set_cool_down(endpoint, error.retry_at, reason)
