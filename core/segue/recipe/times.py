"""Days and hours of the week as people write them: "sat-sun", "fri 22:00-05:00"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from segue.names import nearest

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
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
        days = _day_words(self.days) if len(self.days) < 7 or whole else ""
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
    return WeekTime(_read_days(words) if words else tuple(range(7)), start, end)


def _read_days(words: str) -> tuple[int, ...]:
    days: dict[int, None] = {}
    for part in re.split(r"[,\s]+", words):
        first, dash, last = _SPANS.get(part, part).partition("-")
        low = _day(first)
        high = _day(last) if dash else low
        days |= dict.fromkeys((low + n) % 7 for n in range((high - low) % 7 + 1))
    return tuple(sorted(days))


def _day(word: str) -> int:
    found = [n for n, name in enumerate(WEEKDAYS) if len(word) > 2 and name.startswith(word)]
    if not found:
        near = nearest(word, (*WEEKDAYS, *_SPANS), 0.5)
        hint = f"did you mean {near!r}?" if near else f"there are {', '.join(WEEKDAYS)}"
        raise ValueError(f"{word!r} is not a day of the week; {hint}")
    return found[0]


def _day_words(days: Sequence[int]) -> str:
    """Days as they are read, those in a row as a span."""
    if len(days) > 2 and days[-1] - days[0] == len(days) - 1:
        return f"{WEEKDAYS[days[0]][:3]}-{WEEKDAYS[days[-1]][:3]}"
    return ",".join(WEEKDAYS[day][:3] for day in days)
