"""Timezones: by IANA name, or this machine's, in every form the environment may give it."""

from __future__ import annotations

import io
import os
import re
import struct
import zoneinfo
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

from segue.names import nearest

LOCAL = "local"

_WITHOUT_RULE = re.compile(
    r"(?:<[^<>]+>|[A-Za-z]{3,})[+-]?[\d:]+(?:<[^<>]+>|[A-Za-z]{3,})(?:[+-]?[\d:]+)?"
)
_USUAL_RULE = ",M3.2.0,M11.1.0"
"""When summer time begins and ends where a POSIX rule does not say; the C library's own default."""


def read_timezone(name: str) -> tzinfo:
    """The timezone of an IANA name; "local" is this machine's. Raises ValueError."""
    if name == LOCAL:
        return local_timezone(os.environ.get("TZ", ""))
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name!r} is not a timezone{_nearest(name)}") from None


def local_time(moment: datetime) -> str:
    """A moment by this machine's clock, as people read it: "Mon 23 Nov 2026, 07:00"."""
    return moment.astimezone().strftime("%a %d %b %Y, %H:%M")


def local_end(moment: datetime) -> str:
    """`local_time` of when a wait is over, never early: the next full minute."""
    return local_time(moment + timedelta(seconds=59))


def local_timezone(setting: str) -> tzinfo:
    """This machine's timezone, where `setting` is the environment's TZ, empty if there is none.

    It may be a name, the path of a zone's file, either with a colon before it, or a POSIX rule
    ("CET-1CEST,M3.5.0,M10.5.0/3"). Raises ValueError.
    """
    wanted = setting.strip().removeprefix(":")
    if not wanted:
        return _of_the_system()
    try:
        if wanted.startswith("/"):
            with Path(wanted).open("rb") as file:
                return zoneinfo.ZoneInfo.from_file(file, key=wanted)
        return zoneinfo.ZoneInfo(wanted)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        pass
    try:
        return _of_rule(wanted)
    except ValueError:
        raise ValueError(
            "set the environment variable TZ, or name the timezone here instead of "
            f"{LOCAL!r}: TZ is {setting[:60]!r}, which is neither a timezone nor a POSIX rule"
            f"{_nearest(wanted[:60])}"
        ) from None


def _of_the_system() -> tzinfo:
    import tzlocal

    try:
        return tzlocal.get_localzone()
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        reason = " ".join(str(error).split())
        raise ValueError(
            f"this machine's timezone cannot be read ({reason}). Name one, like 'Europe/London'"
        ) from None


def _of_rule(rule: str) -> tzinfo:
    """A POSIX rule, as the last line of a zone's file without any transition (RFC 8536)."""
    if _WITHOUT_RULE.fullmatch(rule):
        rule += _USUAL_RULE
    if not rule.isascii() or not re.search(r"\d", rule):
        raise ValueError(rule)
    header = b"TZif2" + bytes(15) + struct.pack(">6l", 0, 0, 0, 0, 1, 4)
    block = header + struct.pack(">lbb", 0, 0, 0) + b"UTC\0"
    file = io.BytesIO(2 * block + b"\n" + rule.encode() + b"\n")
    return zoneinfo.ZoneInfo.from_file(file, key=rule)


def _nearest(name: str) -> str:
    zones = {zone: zone for zone in sorted(zoneinfo.available_timezones())}
    places = {zone.rpartition("/")[2]: zone for zone in zones} | zones
    near = nearest(name.replace(" ", "_"), [*zones, *places], 0.7)
    found = places[near] if near is not None else None
    return f'; did you mean "{found}"?' if found else ', like "Europe/London"'
