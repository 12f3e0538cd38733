"""A clock that can be moved: what the sandbox takes for the present."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Lock


def utc_now() -> datetime:
    """The time on the wall, in UTC."""
    return datetime.now(UTC)


class Clock:
    """The sandbox's present (aware UTC).

    A `ticking` clock runs with the clock on the `wall` from where it was last set; another stands
    still until it is moved.
    """

    def __init__(
        self, start: datetime, *, ticking: bool, wall: Callable[[], datetime] = utc_now
    ) -> None:
        self._lock = Lock()
        self._wall = wall
        self._base = start.astimezone(UTC)
        self._since = wall()
        self.ticking = ticking

    def now(self) -> datetime:
        """The present."""
        with self._lock:
            if not self.ticking:
                return self._base
            return self._base + (self._wall() - self._since)

    def set(self, moment: datetime) -> None:
        """Go to `moment`, which has to carry a time zone."""
        if moment.tzinfo is None:
            raise ValueError("the sandbox clock needs a time zone, for example 2026-11-01T12:00Z")
        with self._lock:
            self._base = moment.astimezone(UTC)
            self._since = self._wall()

    @property
    def ahead(self) -> timedelta:
        """How far this clock is ahead of the one on the wall."""
        return self.now() - self._wall()

    def set_ahead(self, span: timedelta) -> None:
        """Go to a span ahead of the clock on the wall."""
        self.set(self._wall() + span)

    def advance(
        self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0
    ) -> datetime:
        """Move on by a span (or back, by a negative one) and say what the time is now."""
        span = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        self.set(self.now() + span)
        return self.now()


def start_clock(start: datetime | None, wall: Callable[[], datetime] = utc_now) -> Clock:
    """A standing clock at `start`, or one that runs with the clock on the wall."""
    if start is not None:
        return Clock(start, ticking=False, wall=wall)
    return Clock(wall(), ticking=True, wall=wall)


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
