"""Words: dates, counts and ranges as a person would say them."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from datetime import datetime

from segue.music.features import AudioFeatures
from segue.music.keys import key_name
from segue.recipe.values import Range

LINE = 72
"""How wide a reason may be: it stands indented on a terminal of 80 columns."""

LARGEST_SHARE = 3
"""No reason may stand on more than one row in three of a list of three rows or more."""

_UNITS = {"tempo": " BPM", "loudness": " dB"}


def count(number: int, one: str, many: str | None = None) -> str:
    """A counted noun: "1 track", "1,204 tracks"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def days_between(earlier: datetime, later: datetime) -> float:
    """Days from one moment to another, fractions included; never negative."""
    return max((later - earlier).total_seconds() / 86_400, 0.0)


def span(days: float) -> str:
    """A number of days in the unit one would use: "1 day", "64 days", "7 months", "3 years"."""
    whole = int(days)
    if whole < 120:
        return count(whole, "day")
    if whole < 730:
        return count(round(whole / 30.44), "month")
    return count(int(whole / 365.25), "year")


def ago(moment: datetime, now: datetime) -> str:
    """How long ago something was: "less than a day ago", "3 days ago"."""
    days = days_between(moment, now)
    return f"{span(days)} ago" if days >= 1 else "less than a day ago"


def number(value: float) -> str:
    """A number without needless digits: "0.5", "120", "-7.25"."""
    return f"{value:.4g}"


def range_words(name: str, wanted: Range) -> str:
    """A range as a phrase: "energy ≥ 0.9", "tempo 100 to 130 BPM"."""
    unit = _UNITS.get(name, "")
    low, high = wanted.low, wanted.high
    if low is not None and high is not None:
        if low == high:
            return f"{name} {number(low)}{unit}"
        return f"{name} {number(low)} to {number(high)}{unit}"
    if low is not None:
        return f"{name} ≥ {number(low)}{unit}"
    return f"{name} ≤ {number(high)}{unit}" if high is not None else f"any {name}"


def sound_words(name: str, features: AudioFeatures) -> str:
    """An audio feature as a phrase, empty where unknown: "energy 0.71", "104 BPM", "in A minor"."""
    if name in ("key", "mode"):
        return f"in {key_name(features.key, features.mode)}" if features.has_key else ""
    if name == "tempo":
        return f"{features.tempo:.0f} BPM" if features.has_tempo else ""
    value = float(getattr(features, name, math.nan))
    if math.isnan(value):
        return ""
    return f"loudness {value:.0f} dB" if name == "loudness" else f"{name} {value:.2f}"


def clock(milliseconds: float) -> str:
    """A duration as "3:05" or "1:02:03"."""
    seconds = round(milliseconds / 1000)
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours}:{minutes:02}:{seconds % 60:02}" if hours else f"{minutes}:{seconds % 60:02}"


def listed(parts: Sequence[str], joiner: str = "and") -> str:
    """Parts as a sentence lists them: "a", "a and b", "a, b and c"."""
    return f" {joiner} ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def quoted(names: Sequence[str], joiner: str = "or") -> str:
    """Names in quotes: “Gym”, “Gym” or “Run”, “Gym” and 4 others."""
    if len(names) > 3:
        return f"“{names[0]}” {joiner} {len(names) - 1} others"
    return listed([f"“{name}”" for name in names], joiner)


def width(text: str) -> int:
    """How many columns of a terminal a text takes: two for each wide letter of East Asia."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(letter) else 1 + (unicodedata.east_asian_width(letter) in "WF")
        for letter in text
    )


def shortened(text: str, columns: int) -> str:
    """A text cut to a number of columns, with "…" where something is missing."""
    if width(text) <= columns:
        return text
    kept, taken = [], 1
    for letter in text:
        taken += width(letter)
        if taken > columns:
            break
        kept.append(letter)
    return "".join(kept).rstrip() + "…"
