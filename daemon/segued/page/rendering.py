"""Templates, and the few things they say: how long ago, in how long, how long."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

STATIC: Mapping[str, str] = {
    "page.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "map.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
"""Every file that is served as it is, and its type."""

_UNITS = ((3600, "h"), (60, "min"))


@cache
def static(name: str) -> bytes:
    """The bytes of a file in `static`."""
    return (files("segued.page") / "static" / name).read_bytes()


@cache
def static_address(name: str) -> str:
    """Where a static file is: another address whenever it is another file."""
    return f"/static/{name}?{sha256(static(name)).hexdigest()[:10]}"


def environment(clock: Callable[[], datetime]) -> Environment:
    """The templates; times in them are said beside `clock`'s present."""
    made = Environment(
        loader=PackageLoader("segued.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["static"] = static_address
    made.filters["ago"] = lambda moment: ago(moment, clock())
    made.filters["within"] = lambda moment: within(moment, clock())
    made.filters["local"] = local
    made.filters["lasting"] = play_length
    made.filters["thousands"] = lambda number: f"{number:,}".replace(
        ",", "\N{NARROW NO-BREAK SPACE}"
    )
    made.filters["counted"] = counted
    made.filters["coded"] = coded
    return made


def coded(text: str) -> Markup:
    """Text in which what stands in backticks is code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    code = Markup("<code>{}</code>")
    found = (code.format(part) if n % 2 else escape(part) for n, part in enumerate(parts))
    return Markup("").join(found)


def counted(number: int, noun: str) -> str:
    """A number with its noun: "1 track", "30 tracks"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def ago(moment: datetime | str | None, now: datetime) -> str:
    """How long ago a moment was: "3 h ago"; "never" for None."""
    if moment is None:
        return "never"
    seconds = (now - _moment(moment)).total_seconds()
    return "just now" if seconds < 60 else f"{_span(seconds)} ago"


def within(moment: datetime | str | None, now: datetime) -> str:
    """In how long a moment comes: "in 3 h"; "now" for one that has passed."""
    if moment is None:
        return ""
    seconds = (_moment(moment) - now).total_seconds()
    return "now" if seconds < 60 else f"in {_span(seconds)}"


def local(moment: datetime | str | None) -> str:
    """A moment by this machine's clock: "Thu 26 Nov, 17:05"."""
    return "" if moment is None else _moment(moment).astimezone().strftime("%a %d %b %Y, %H:%M")


def play_length(milliseconds: int | None) -> str:
    """How long music is: "3:05", from an hour on "1 h 12 min"."""
    seconds = round((milliseconds or 0) / 1000)
    if seconds >= 3600:
        return f"{seconds // 3600} h {seconds % 3600 // 60} min"
    return f"{seconds // 60}:{seconds % 60:02d}"


def _moment(moment: datetime | str) -> datetime:
    found = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _span(seconds: float) -> str:
    """A length of time in its largest unit: of days up to two months, then of months."""
    if seconds >= 60 * 86400:
        return counted(round(seconds / (30.44 * 86400)), "month")
    if seconds >= 2 * 86400:
        return counted(int(seconds // 86400), "day")
    size, name = next(unit for unit in _UNITS if seconds >= unit[0])
    return f"{int(seconds // size)} {name}"
