"""When a playlist is due: schedules as values, read from words, with no clock of their own.

    "30 7 * * mon-fri"       crontab, numbers and names as in crontab
    "@daily"                 crontab's nicknames
    "every 45 minutes"       an interval
    ["mon 07:00", "fri 17:30"]   times of the week (`on` in a playlist); "07:00" is every day

A rule that names hours goes by the clock on the wall: on the day the clocks go forward a time
that is skipped comes as much later as they jump, on the day they go back a time that happens
twice counts once. A rule for every hour, and an interval, go by real time.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from segued.config.schedule.crontab import Crontab, read_crontab
from segued.config.schedule.zone import LOCAL, read_timezone

# The longest wait of any crontab is 29 February over a century without leap day, twice 4 years.
_LONGEST_WAIT_DAYS = 8 * 366 + 1
_EVERY = re.compile(r"every\s+(?:(\d+)\s+)?(minute|hour)s?")
_ON = re.compile(r"(?:([a-z,-]+)\s+)?(\d{1,2}):(\d{2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Every:
    """An interval, counted from the Unix epoch, so that it needs no memory."""

    minutes: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """When something is due. `text` is how it was written; due at any of `rules`."""

    text: str
    rules: tuple[Crontab | Every, ...]
    zone: tzinfo

    def previous(self, now: datetime) -> datetime:
        """The latest due time at or before `now` (aware), in UTC."""
        return max(_previous(rule, now.astimezone(UTC), self.zone) for rule in self.rules)

    def next(self, after: datetime) -> datetime:
        """The earliest due time after `after` (aware), in UTC."""
        return min(_next(rule, after.astimezone(UTC), self.zone) for rule in self.rules)

    def period_start(self, now: datetime) -> datetime:
        """When the period that `now` lies in began: two runs in one period make the same list."""
        return self.previous(now)


def day_start(now: datetime, zone: tzinfo) -> datetime:
    """The start, in UTC, of the calendar day `now` lies in: the period without a schedule."""
    today = datetime.combine(now.astimezone(zone).date(), time(), tzinfo=zone)
    return today.astimezone(UTC)


def read_schedule(value: str | Sequence[str], timezone: str = LOCAL) -> Schedule:
    """Read a schedule from its words. Raises ValueError with what is wrong."""
    zone = read_timezone(timezone)
    if not isinstance(value, str):
        if not value:
            raise ValueError('no times are given; write on = ["mon 07:00"]')
        return Schedule(", ".join(value), tuple(_read_on(text) for text in value), zone)
    text = " ".join(value.casefold().split())
    if text.startswith("every"):
        return Schedule(value, (_read_every(text),), zone)
    return Schedule(value, (read_crontab(text),), zone)


def _read_every(text: str) -> Every:
    match = _EVERY.fullmatch(text)
    if match is None:
        raise ValueError(
            f'{text!r} is not understood; write "every 45 minutes" or "every 6 hours", and'
            ' for days "@daily" or on = ["mon 07:00"]'
        )
    minutes = int(match.group(1) or 1) * (60 if match.group(2) == "hour" else 1)
    if not 1 <= minutes <= 24 * 60:
        raise ValueError(
            f"{text!r}: an interval lies between 1 minute and 24 hours; for longer ones name the"
            ' days, on = ["mon 07:00"]'
        )
    return Every(minutes)


def _read_on(text: str) -> Crontab:
    match = _ON.fullmatch(" ".join(text.casefold().split()))
    if match is None or int(match.group(2)) > 23 or int(match.group(3)) > 59:
        raise ValueError(f'{text!r} is not a time of the week like "mon 07:00" or "07:00"')
    days = (match.group(1) or "*").rstrip(",")
    return read_crontab(f"{int(match.group(3))} {int(match.group(2))} * * {days}")


def _previous(rule: Crontab | Every, now: datetime, zone: tzinfo) -> datetime:
    if isinstance(rule, Every):
        return _floor(now, rule.minutes)
    start = now.astimezone(zone).date() + timedelta(days=1)
    for days in range(_LONGEST_WAIT_DAYS):
        due = [at for at in _due_on(rule, start - timedelta(days=days), zone) if at <= now]
        if due:
            return max(due)
    raise AssertionError(f"a rule that is never due was read: {rule}")


def _next(rule: Crontab | Every, after: datetime, zone: tzinfo) -> datetime:
    if isinstance(rule, Every):
        return _floor(after, rule.minutes) + timedelta(minutes=rule.minutes)
    start = after.astimezone(zone).date() - timedelta(days=1)
    for days in range(_LONGEST_WAIT_DAYS):
        due = [at for at in _due_on(rule, start + timedelta(days=days), zone) if at > after]
        if due:
            return min(due)
    raise AssertionError(f"a rule that is never due was read: {rule}")


def _floor(moment: datetime, minutes: int) -> datetime:
    step = timedelta(minutes=minutes)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return epoch + (moment - epoch) // step * step


def _due_on(rule: Crontab, day: date, zone: tzinfo) -> Iterator[datetime]:
    """Every due time of a day, in UTC. A skipped time comes after the jump, where Python puts it
    for fold 0; a repeated one is its first, and its second only for a rule of every hour."""
    if not rule.holds_on(day):
        return
    for minutes in rule.times:
        wall = datetime.combine(day, time(minutes // 60, minutes % 60), tzinfo=zone)
        first = wall.astimezone(UTC)
        yield first
        if rule.every_hour:
            second = wall.replace(fold=1).astimezone(UTC)
            # Within a gap fold 1 lies before fold 0 and is no time on the clock.
            if second > first:
                yield second


def next_runs(
    schedules: Mapping[str, Schedule], now: datetime, count: int
) -> list[tuple[datetime, str]]:
    """The next `count` due times (UTC) of all schedules together, soonest first, with names."""
    waiting = [(schedule.next(now), name) for name, schedule in schedules.items()]
    heapq.heapify(waiting)
    found: list[tuple[datetime, str]] = []
    while waiting and len(found) < count:
        due, name = waiting[0]
        found.append((due, name))
        heapq.heapreplace(waiting, (schedules[name].next(due), name))
    return found
