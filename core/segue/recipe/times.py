"""Days and hours of the week, and months, as people write them: "fri 22:00-05:00", "jun-aug"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from segue.names import nearest

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_SPANS = {"weekdays": "mon-fri", "weekend": "sat-sun"}
_HOURS = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})", re.ASCII)
_WHOLE_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class WeekTime:
    """Some hours of some days of the week, 0 for Monday: minutes after midnight, `end` excluded.

    Where `end` is not after `start` they go on into the day after.
    """

    days: tuple[int, ...] = tuple(range(7))
    start: int = 0
    end: int = _WHOLE_DAY

    def holds(self, moment: datetime) -> bool:
        """Whether a moment on the clock on the wall lies within."""
        minute = moment.hour * 60 + moment.minute
        if self.start < self.end:
            return moment.weekday() in self.days and self.start <= minute < self.end
        if minute >= self.start:
            return moment.weekday() in self.days
        return minute < self.end and (moment.weekday() - 1) % 7 in self.days

    @property
    def text(self) -> str:
        """As it is read: "fri-sat 22:00-05:00"."""
        hours = "-".join(f"{at // 60:02}:{at % 60:02}" for at in (self.start, self.end))
        whole = (self.start, self.end) == (0, _WHOLE_DAY)
        days = _words(self.days, WEEKDAYS) if len(self.days) < 7 or whole else ""
        return f"{days} {'' if whole else hours}".strip()


def read_week_time(text: str) -> WeekTime:
    """Days of the week, hours, or both: "sat-sun", "22:00-05:00", "fri 18:00-24:00".

    Raises ValueError with a sentence a newcomer can act on.
    """
    words = " ".join(text.casefold().split())
    found = _HOURS.search(words)
    start, end = 0, _WHOLE_DAY
    if found is not None:
        hours = [int(part) for part in found.groups()]
        start, end = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
        if start >= _WHOLE_DAY or end > _WHOLE_DAY or hours[1] > 59 or hours[3] > 59:
            raise ValueError(f"{found[0]!r} are no hours of a day, like 22:00-05:00")
        if start == end:
            raise ValueError(f"nothing lies in {found[0]!r}")
        words = f"{words[: found.start()]} {words[found.end() :]}".strip()
    if not words and found is None:
        raise ValueError('write days and hours like "sat-sun", "22:00-05:00" or "fri 18:00-24:00"')
    return WeekTime(_named(words, WEEKDAYS, "day") if words else tuple(range(7)), start, end)


def read_months(texts: Sequence[str]) -> tuple[int, ...]:
    """Months by name, 1 for January: "dec", "jun-aug". Raises ValueError as `read_week_time`."""
    found = {number for text in texts for number in _named(text.casefold(), MONTHS, "month")}
    return tuple(number + 1 for number in sorted(found))


def month_words(months: Sequence[int]) -> str:
    """Months as they are read: "jun-aug"."""
    return _words([month - 1 for month in months], MONTHS)


def _named(text: str, names: Sequence[str], what: str) -> tuple[int, ...]:
    """The numbers of days or months, from 0, that a text names one by one or as a span."""
    found: set[int] = set()
    for part in filter(None, re.split(r"[,\s]+", text)):
        first, dash, last = (_SPANS.get(part, part) if what == "day" else part).partition("-")
        low = _number(first, names, what)
        high = _number(last, names, what) if dash else low
        found.update((low + n) % len(names) for n in range((high - low) % len(names) + 1))
    return tuple(sorted(found))


def _number(word: str, names: Sequence[str], what: str) -> int:
    found = [n for n, name in enumerate(names) if len(word) > 2 and name.startswith(word)]
    if not found:
        near = nearest(word, (*names, *_SPANS) if what == "day" else names, 0.5)
        hint = f"did you mean {near!r}?" if near else f"there are {', '.join(names)}"
        kind = "day of the week" if what == "day" else what
        raise ValueError(f"{word!r} is not a {kind}; {hint}")
    return found[0]


def _words(numbers: Sequence[int], names: Sequence[str]) -> str:
    """Days or months as they are read, those in a row as a span."""
    if len(numbers) > 1 and numbers[-1] - numbers[0] == len(numbers) - 1:
        return f"{names[numbers[0]][:3]}-{names[numbers[-1]][:3]}"
    return ",".join(names[number][:3] for number in numbers)
