"""Crontab's five fields, as cron itself reads them.

Weekdays count from Sunday: 0 and 7 are Sunday, 1 is Monday. A day matches when the day of the
month or the weekday matches, if both are restricted; when one of them begins with `*`, both must
match (crontab(5)). Differing from cron, a range of weekdays may run over the week's end
(`fri-mon`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

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
