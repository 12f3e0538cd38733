"""Names and times as people write them, what was probably meant, and Spotify's ids and links."""

from __future__ import annotations

import difflib
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime


def name_key(name: str) -> str:
    """What two spellings of one name have in common: Unicode NFC, no case, no blanks around it."""
    folded = unicodedata.normalize("NFC", name).casefold()
    return unicodedata.normalize("NFC", folded).strip()


def plural(count: int, singular: str, many: str | None = None) -> str:
    """A count with its noun: "1 track", "1,204 tracks"."""
    return f"{count:,} {singular if count == 1 else many or singular + 's'}"


_LETTERS = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)


def sorting_key(name: str) -> tuple[object, ...]:
    """What names are sorted by: letters without case or accents, numbers by their value.

    What is neither a letter nor a digit only parts words, so that “(Sittin' On) …” stands at S.
    Names that differ in accents alone stand side by side, the plain one first.
    """
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(c for c in decomposed if not unicodedata.combining(c)).translate(_LETTERS)
    words = " ".join(re.sub(r"[^\w]+|_", " ", re.sub("['’]", "", plain)).split())
    parts = re.split(r"(\d+)", words)
    return (*(int(p) if i % 2 else p for i, p in enumerate(parts)), "", name_key(name))


def nearest(given: str, choices: Iterable[str], likeness: float = 0.6) -> str | None:
    """The choice most like a misspelt name, or None where none is at least so like it (0..1)."""
    by_key: dict[str, str] = {}
    for choice in choices:
        by_key.setdefault(name_key(choice), choice)
    close = difflib.get_close_matches(name_key(given), list(by_key), 1, likeness)
    return by_key[close[0]] if close else None


def did_you_mean(given: str, choices: Iterable[str], likeness: float = 0.6) -> str | None:
    """The nearest choice as a question, where one is near."""
    near = nearest(given, choices, likeness)
    return f'Did you mean "{near}"?' if near is not None else None


TRACK_URI = "spotify:track:"

_ID = re.compile(r"[0-9A-Za-z]{22}")
_LINK = re.compile(
    # a URI, of old with the playlist's owner in it, or an app's link
    r"(?:spotify:(?://)?(?:user:[^:\s]+:)?"
    # an address: with or without its scheme, with a language, "embed" or a user before the kind
    r"|(?:https?://)?(?:open|play|api)\.spotify\.com/(?:[^/\s?#]+/)*?)"
    r"(?P<kind>track|playlist|album|artist)s?[/:](?P<id>[0-9A-Za-z]{22})/?(?:[?#&]\S*)?",
    re.IGNORECASE,
)


def linked(text: str) -> tuple[str, str] | None:
    """What a link or URI names and its id, such as ("track", …); None for any other text."""
    link = _LINK.fullmatch(text.strip())
    return (link["kind"].lower(), link["id"]) if link else None


def spotify_id(text: str, kind: str) -> str | None:
    """The Spotify id that an id, URI or link of this kind names, else None."""
    if _ID.fullmatch(text.strip()):
        return text.strip()
    found = linked(text)
    return found[1] if found is not None and found[0] == kind else None


def playlist_id_in(reference: str) -> str | None:
    """The id in a Spotify link, URI or bare id of 22 characters; None for a name."""
    return spotify_id(reference, "playlist")


def is_spotifys(playlist_id: str) -> bool:
    """Whether a playlist is one that Spotify makes, going by how the ids of all of them begin."""
    return playlist_id.startswith("37i9dQZ")


def track_id_in(uri_or_id: str) -> str | None:
    """The id in a track's URI or a bare id; None for local files, episodes and empty rows."""
    if uri_or_id.startswith(TRACK_URI):
        return uri_or_id.removeprefix(TRACK_URI)
    return uri_or_id if uri_or_id and ":" not in uri_or_id else None


def track_ids_in(uris_or_ids: Iterable[str]) -> list[str]:
    """The track ids among URIs and ids, in their order."""
    return [i for each in uris_or_ids if (i := track_id_in(each)) is not None]


LONGEST_ID = 40


def recipe_id_for(name: str) -> str:
    """The id of a recipe that was given none, made from its name: "Slow Sunday" → "slow-sunday".

    A name that loses something on the way to plain letters gets a short hash, so that two
    different names do not meet in one id.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", plain.casefold())
    slug = "-".join(words)
    lossless = re.fullmatch(r"[A-Za-z0-9 _.,'&!-]+", name) is not None
    if lossless and 0 < len(slug) <= LONGEST_ID:
        return slug
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    head = slug[: LONGEST_ID - 9].strip("-")
    return f"{head}-{digest}" if head else digest


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
