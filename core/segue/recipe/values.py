"""Values people write in words: lengths of time, ranges and seeds, and what is wrong with one.

    "90 days"   "1h 30m"   "2 weeks"          a length of time
    "3.."   "..0.5"   "1990..1999"   4        a range; a lone number is exactly that
    "2m..6m"   "2..6 minutes"                 a range of times

Each reader raises ValueError with a sentence a newcomer can act on; each has a writer that it
reads back to the same value.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic_core import PydanticCustomError

from segue.names import TRACK_URI, did_you_mean, spotify_id

Label = Literal["a", "b"]
LABELS: tuple[Label, Label] = ("a", "b")
"""The two variants of an experiment."""

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0
_UNITS = {
    "second": 1.0,
    "minute": _MINUTE,
    "hour": _HOUR,
    "day": _DAY,
    "week": 7 * _DAY,
    "month": 30 * _DAY,
    "year": 365 * _DAY,
}
_SHORT = {
    **dict.fromkeys(("s", "sec", "secs"), "second"),
    **dict.fromkeys(("m", "min", "mins"), "minute"),
    **dict.fromkeys(("h", "hr", "hrs"), "hour"),
    "d": "day",
    "w": "week",
    "mo": "month",
    "y": "year",
}
_PART = re.compile(r"\s*(?:and\s|,)?\s*(\d+(?:\.\d+)?)\s*([A-Za-z]+)", re.ASCII)
_LONE_NUMBER = re.compile(r"\s*-?\d+(?:\.\d+)?\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Range:
    """A closed range; None leaves a side open."""

    low: float | None = None
    high: float | None = None

    def holds(self, value: float) -> bool:
        """Whether a known value lies within."""
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


def read_seconds(value: object) -> float:
    """A length of time in seconds: "90 days", "1 hour 30 minutes", "1h 30m".

    A month counts 30 days and a year 365.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError('a length of time is written like "90 days" or "1h 30m"')
    if not isinstance(value, str) or _LONE_NUMBER.fullmatch(value):
        number = str(value).strip()
        raise ValueError(f'{number} of what? Say the unit, like "{number.lstrip("-")} days"')
    seconds, position = 0.0, 0
    while position < len(value.rstrip()):
        match = _PART.match(value, position)
        if match is None:
            raise ValueError(f'{value!r} is not a length of time like "90 days" or "1h 30m"')
        seconds += float(match.group(1)) * _seconds_of(match.group(2))
        position = match.end()
    if seconds <= 0:
        raise ValueError("a length of time must be more than nothing")
    if seconds > 100 * _UNITS["year"]:
        raise ValueError("a length of time ends at 100 years")
    return seconds


def _seconds_of(unit: str) -> float:
    word = unit.casefold()
    word = _SHORT.get(word, word)
    if word not in _UNITS:
        word = word.removesuffix("s")
    if word not in _UNITS:
        raise ValueError(f"{unit!r} is not a unit of time; there are {', '.join(_UNITS)}")
    return _UNITS[word]


def write_seconds(seconds: float) -> str:
    """A length of time in its largest whole unit of days, hours, minutes or seconds."""
    for unit in ("day", "hour", "minute"):
        count = seconds / _UNITS[unit]
        if count == int(count):
            return _counted(int(count), unit)
    whole = seconds == int(seconds)
    return _counted(int(seconds), "second") if whole else f"{seconds!r} seconds"


def _counted(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def read_range(value: object, side: Callable[[object], float] | None = None) -> Range:
    """A range: "3..", "..5", "2..5", or a lone number for exactly that."""
    if isinstance(value, Range):
        return value
    read = side or _read_number
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError('a range is written like "3..", "..5" or "2..5"')
    if not isinstance(value, str) or ".." not in value:
        exact = read(value)
        return Range(exact, exact)
    low_text, high_text = (part.strip() for part in value.split("..", 1))
    if not low_text and not high_text:
        raise ValueError('a range needs at least one end, like "3.." or "..5"')
    low = read(low_text) if low_text else None
    high = read(high_text) if high_text else None
    if low is not None and high is not None and low > high:
        raise ValueError(f'nothing lies in {value!r}: write the smaller end first, "2..5"')
    return Range(low, high)


def _read_number(value: object) -> float:
    try:
        number = float(str(value))
    except ValueError:
        raise ValueError(
            f'{value!r} is not a number or a range like "3..", "..5", "2..5"'
        ) from None
    if not math.isfinite(number):
        raise ValueError(f"{value!r} is not a number that a range can end at")
    return number


def write_range(value: Range) -> str:
    """A range of numbers as it is read."""
    return _written(value, _plain)


def read_seconds_range(value: object) -> Range:
    """A range of times: "2m..6m", "..4 minutes"; "2..6 minutes" takes the unit from its end."""
    if isinstance(value, Range):
        return value
    if not isinstance(value, str) or ".." not in value:
        raise ValueError('a range of times is written like "2m..6m", "..4m" or "90s.."')
    low_text, high_text = value.split("..", 1)
    unit = re.search(r"[A-Za-z]+\s*$", high_text)
    if unit and _LONE_NUMBER.fullmatch(low_text):
        value = f"{low_text} {unit.group()}..{high_text}"
    return read_range(value, _read_end)


def _read_end(value: object) -> float:
    # "0s" is a sensible end of a range, though no sensible length of time.
    if isinstance(value, str) and re.fullmatch(r"\s*0+\s*[a-z]*\s*", value):
        return 0.0
    return read_seconds(value)


def write_seconds_range(value: Range) -> str:
    """A range of times as it is read."""
    return _written(value, lambda seconds: write_seconds(seconds) if seconds else "0s", lone=False)


def _written(value: Range, side: Callable[[float], str], *, lone: bool = True) -> str:
    if lone and value.low is not None and value.low == value.high:
        return side(value.low)
    low = "" if value.low is None else side(value.low)
    high = "" if value.high is None else side(value.high)
    return f"{low}..{high}"


def _plain(number: float) -> str:
    return str(int(number)) if number == int(number) else repr(number)


PLAYLIST = "playlist:"
"""Before the name, id or link of a playlist whose tracks, in order, are what is to go on."""

_DASH = re.compile(r"\s+[-–—]\s+")


def read_seeds(value: object) -> tuple[str, ...]:
    """Seeds as recipes hold them: a track's URI, "title - artist", or "playlist:" and a name.

    Raises ValueError with a sentence a newcomer can act on.
    """
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list | tuple) or not all(isinstance(seed, str) for seed in values):
        raise ValueError('expected a song, or a list of songs like ["Title - Artist"]')
    return tuple(_seed(seed.strip()) for seed in values)


def title_and_artist(reference: str) -> list[tuple[str, str]]:
    """How "title - artist" may be read: at each dash, and then the other way round."""
    dashes = list(_DASH.finditer(reference))
    split = [(reference[: dash.start()], reference[dash.end() :]) for dash in reversed(dashes)]
    return [*split, *((second, first) for first, second in split)]


def search_words(reference: str) -> str:
    """What to search for: the words of title and artist, without the dash between them."""
    return _DASH.sub(" ", reference)


def shown(reference: str) -> str:
    """A seed as it was written: a URI as its id."""
    return reference.removeprefix(TRACK_URI)


def _seed(text: str) -> str:
    track = spotify_id(text.removeprefix("track:"), "track")
    if track is not None:
        return f"{TRACK_URI}{track}"
    playlist = spotify_id(text, "playlist")
    if playlist is not None:
        return f"{PLAYLIST}{playlist}"
    if text.startswith(PLAYLIST) and text.removeprefix(PLAYLIST).strip():
        return text
    if not any(title.strip() and artist.strip() for title, artist in title_and_artist(text)):
        raise ValueError(
            f'{text!r} is not a song: write "Title - Artist", a track\'s link, or "playlist:NAME"'
        )
    return text


TEMPLATE_NAMES = (
    *("date", "year", "month", "week", "n", "duration"),
    *("top_artist", "top_genre", "from_key"),
)
"""What a name or description may have filled in."""

_PARTS = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


def check_template(text: str) -> str:
    """A text in which {names} are filled in, as it is; {{ and }} stand for the signs themselves.

    Raises ValueError with a sentence a newcomer can act on.
    """
    for part in _PARTS.finditer(text):
        name = part[1]
        if name is None and len(part[0]) == 1:
            raise ValueError(f"a lone {part[0]!r} in {text!r}: write it twice where it is meant")
        if name is not None and name not in TEMPLATE_NAMES:
            hint = did_you_mean(name, TEMPLATE_NAMES) or f"There are {', '.join(TEMPLATE_NAMES)}."
            raise ValueError(f"nothing is called {{{name}}}. {hint}")
    return text


def named_in(template: str) -> tuple[str, ...]:
    """The names that a template has filled in, each once."""
    return tuple(dict.fromkeys(p[1] for p in _PARTS.finditer(template) if p[1] is not None))


def filled(template: str, values: Mapping[str, str]) -> str:
    """A template with its names filled in, what is empty with a dash."""

    def put(part: re.Match[str]) -> str:
        return part[0][0] if part[1] is None else values[part[1]] or "—"

    return _PARTS.sub(put, template)


MISTAKES = "mistakes"


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong inside a value: the path within it, what is wrong, what would be right."""

    path: tuple[str | int, ...]
    message: str
    suggestion: str | None = None


def refuse(*mistakes: Mistake) -> PydanticCustomError:
    """The error with which a validator reports mistakes inside one value, each with its path."""
    return PydanticCustomError(MISTAKES, "mistakes inside", {MISTAKES: mistakes})


FLOW = "flow"
"""The cover that is drawn from the list itself."""


def read_cover(value: str) -> str:
    """A cover: "flow", or the file of an image, from the root or the home folder on."""
    if value == FLOW or value.startswith(("/", "~/")):
        return value
    raise ValueError(
        f'{value!r} is no cover: say "{FLOW}" to have it drawn from the list, or a file by its '
        'whole path, like "~/Pictures/cover.jpg"'
    )
