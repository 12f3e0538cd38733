"""When a playlist is due: schedules as values, read from words or crontab's five fields.

Nothing here has a clock of its own.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

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

    @property
    def words(self) -> str:
        """When it is due, briefly: "Mon–Fri 07:00"; as it was written where that is no shorter."""
        found = [_words(rule) for rule in self.rules]
        return ", ".join(found) if all(found) else self.text

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


_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
WEEKDAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_NICKNAMES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}


@dataclass(frozen=True, slots=True)
class Crontab:
    """The minutes of a day and the days of a year at which something is due.

    `times` are minutes after midnight on the clock. `weekdays` count 0 for Sunday. `every_hour`
    is True where the hour is unrestricted: such a rule goes by real time when clocks change.
    """

    times: tuple[int, ...]
    month_days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either_day: bool
    every_hour: bool = False

    def holds_on(self, day: date) -> bool:
        """Whether anything is due on this day."""
        if day.month not in self.months:
            return False
        by_month_day = day.day in self.month_days
        by_weekday = (day.weekday() + 1) % 7 in self.weekdays
        if self.either_day:
            return by_month_day or by_weekday
        return by_month_day and by_weekday


def _words(rule: Crontab | Every) -> str:
    """A rule that goes by one time of the day or week, in words; "" for any other."""
    if isinstance(rule, Every) or len(rule.times) != 1:
        return ""
    if len(rule.months) < 12 or len(rule.month_days) < 31:
        return ""
    hour, minute = divmod(rule.times[0], 60)
    names = [WEEKDAYS[day % 7][:3].title() for day in range(1, 8) if day % 7 in rule.weekdays]
    days = ", ".join(names)
    return f"{_SPANS.get(days, days)} {hour:02d}:{minute:02d}"


_SPANS = {
    "Mon, Tue, Wed, Thu, Fri, Sat, Sun": "daily",
    "Mon, Tue, Wed, Thu, Fri": "Mon–Fri",
}


def read_crontab(text: str) -> Crontab:
    """Read `minute hour day-of-month month weekday` or a nickname such as `@daily`.

    Raises ValueError saying which field is wrong, also for a rule that would never be due.
    """
    if text.startswith("@"):
        if text not in _NICKNAMES:
            raise ValueError(f"{text!r} is not known; there are {', '.join(_NICKNAMES)}")
        text = _NICKNAMES[text]
    fields = text.split()
    if len(fields) != 5:
        raise ValueError(
            f"{text!r} has {len(fields)} of crontab's 5 fields: minute, hour, day of the month,"
            ' month, weekday ("0 7 * * 1" is Mondays at 07:00)'
        )
    minute, hour, month_day, month, weekday = fields
    minutes = _field(minute, "minute", 0, 59)
    hours = _field(hour, "hour", 0, 23)
    rule = Crontab(
        times=tuple(sorted(h * 60 + m for h in hours for m in minutes)),
        month_days=frozenset(_field(month_day, "day of the month", 1, 31)),
        months=frozenset(_field(month, "month", 1, 12, _MONTHS)),
        weekdays=frozenset(n % 7 for n in _field(weekday, "weekday", 0, 7, WEEKDAYS)),
        either_day=not month_day.startswith("*") and not weekday.startswith("*"),
        every_hour=len(hours) == 24,
    )
    longest = max(31 if m in (1, 3, 5, 7, 8, 10, 12) else 29 if m == 2 else 30 for m in rule.months)
    if not rule.either_day and min(rule.month_days) > longest:
        name = _MONTHS[min(rule.months) - 1].title()
        raise ValueError(f"{text!r} would never be due: {name} has no day {min(rule.month_days)}")
    return rule


def _field(text: str, name: str, low: int, high: int, words: tuple[str, ...] = ()) -> set[int]:
    values: set[int] = set()
    for part in text.split(","):
        values |= _part(part, name, low, high, words)
    return values


def _part(text: str, name: str, low: int, high: int, words: tuple[str, ...]) -> set[int]:
    match = re.fullmatch(r"(\*|\w+)(?:-(\w+))?(?:/(\d+))?", text, re.ASCII)
    if match is None or (match.group(1) == "*" and match.group(2)):
        raise ValueError(f"{text!r} is not a {name} as crontab writes it ({low} to {high})")
    step = int(match.group(3) or 1)
    if step == 0:
        raise ValueError(f"a step of 0 in the {name} {text!r} never moves on")
    top = 6 if name == "weekday" else high
    if match.group(1) == "*":
        return set(range(low, top + 1, step))
    first = _number(match.group(1), name, low, high, words)
    if match.group(2) is None:
        # cronie reads "5/15" as "5-59/15"; older crons refuse it.
        return set(range(first, top + 1, step)) if match.group(3) else {first}
    last = _number(match.group(2), name, low, high, words)
    if last < first and name == "weekday":
        return {value % 7 for value in range(first, last + 8, step)}
    if last < first:
        raise ValueError(f"the {name} {text!r} runs backwards")
    return set(range(first, last + 1, step))


def _number(text: str, name: str, low: int, high: int, words: tuple[str, ...]) -> int:
    word = text.casefold()
    named = [index for index, full in enumerate(words) if len(word) > 2 and full.startswith(word)]
    if text.isdecimal():
        value = int(text)
    elif named:
        value = named[0] + low
    else:
        raise ValueError(f"{text!r} is not a {name} (a number from {low} to {high})")
    if not low <= value <= high:
        raise ValueError(f"the {name} {value} is out of range: {low} to {high}")
    return value
