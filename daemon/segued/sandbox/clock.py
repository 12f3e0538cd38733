"""A clock that can be moved: what the sandbox takes for the present."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from threading import Lock


class Clock:
    """The sandbox's present (aware UTC).

    A `ticking` clock runs with the wall clock from where it was last set; another stands still
    until it is moved.
    """

    def __init__(self, start: datetime, *, ticking: bool) -> None:
        self._lock = Lock()
        self._base = start.astimezone(UTC)
        self._since = time.monotonic()
        self.ticking = ticking

    def now(self) -> datetime:
        """The present."""
        with self._lock:
            if not self.ticking:
                return self._base
            return self._base + timedelta(seconds=time.monotonic() - self._since)

    def set(self, moment: datetime) -> None:
        """Go to `moment`, which has to carry a time zone."""
        if moment.tzinfo is None:
            raise ValueError("the sandbox clock needs a time zone, for example 2026-11-01T12:00Z")
        with self._lock:
            self._base = moment.astimezone(UTC)
            self._since = time.monotonic()

    def advance(
        self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0
    ) -> datetime:
        """Move on by a span (or back, by a negative one) and say what the time is now."""
        span = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        self.set(self.now() + span)
        return self.now()


def start_clock(start: datetime | None) -> Clock:
    """A standing clock at `start`, or one that runs with the wall clock."""
    if start is not None:
        return Clock(start, ticking=False)
    return Clock(datetime.now(UTC), ticking=True)


def timestamp(moment: datetime) -> str:
    """A moment as Spotify writes dates of adding: whole seconds, Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def timestamp_ms(moment: datetime) -> str:
    """A moment as Spotify writes `played_at`: milliseconds, Z."""
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


def epoch_ms(moment: datetime) -> int:
    """Milliseconds since 1970."""
    return round(moment.timestamp() * 1000)
