"""Words: dates, counts and ranges as a person would say them, and the line that says why a track
is in a list."""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from segue.music.features import UNKNOWN, AudioFeatures
from segue.music.keys import key_name
from segue.names import plural
from segue.playlists.inventory import Inventory
from segue.playlists.plan import Reason
from segue.recipe.values import Range

LINE = 72
"""How wide a reason may be: it stands indented on a terminal of 80 columns."""

LARGEST_SHARE = 3
"""No reason may stand on more than one row in three of a list of three rows or more."""

_UNITS = {"tempo": " BPM", "loudness": " dB"}


def days_between(earlier: datetime, later: datetime) -> float:
    """Days from one moment to another, fractions included; never negative."""
    return max((later - earlier).total_seconds() / 86_400, 0.0)


def span(days: float) -> str:
    """A number of days in the unit one would use: "1 day", "64 days", "7 months", "3 years"."""
    whole = int(days)
    if whole < 120:
        return plural(whole, "day")
    if whole < 730:
        return plural(round(whole / 30.44), "month")
    return plural(int(whole / 365.25), "year")


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


def template_values(
    track_ids: Sequence[str], inventory: Inventory, today: date
) -> Mapping[str, str]:
    """What a list of tracks fills into the template of its name; empty where it is unknown."""
    known = [inventory.tracks[i] for i in track_ids if i in inventory.tracks]
    artists = Counter(track.artist for track in known if track.artist)
    main = (next(iter(inventory.genres.get(i, ())), "") for i in track_ids)
    genres = Counter(genre for genre in main if genre)
    minutes = round(sum(track.duration_ms for track in known) / 60_000)
    hours = f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min"
    first = inventory.features.get(track_ids[0], UNKNOWN) if track_ids else UNKNOWN
    return {
        "date": today.isoformat(),
        "year": f"{today:%Y}",
        "month": f"{today:%m}",
        "week": str(today.isocalendar().week),
        "n": str(len(track_ids)),
        "duration": hours,
        "top_artist": artists.most_common(1)[0][0] if artists else "",
        "top_genre": inventory.genre_tree.names[genres.most_common(1)[0][0]] if genres else "",
        "from_key": key_name(first.key, first.mode) if first.has_key else "",
    }


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


_SAME = {
    "novelty": ("rest", "liked"),
    "recency": ("liked",),
    "plays": ("rest", "plays"),
    "due": ("rest", "plays"),
}
"""Facts that a score's own words hold already."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """What speaks for a row: its reasons, heaviest first, and its number, the last resort."""

    reasons: tuple[Reason, ...]
    number: str


def why(rows: Sequence[Grounds]) -> list[str]:
    """A line for each row, at most `LINE` wide; at most one row in three has the same one."""
    most = max(len(rows) // LARGEST_SHARE, 1)
    parts = [_parts(row.reasons) for row in rows]
    common = {part for part, n in Counter(p for row in parts for p in set(row)).items() if n > most}
    lines = [
        phrases[0] if phrases else row.number for phrases, row in zip(parts, rows, strict=True)
    ]
    lines = [shortened(line, LINE) for line in lines]
    repeated = _repeated(lines, most)
    for index, line in enumerate(lines):
        if line in repeated:
            lines[index] = _extended(line, [p for p in parts[index][1:] if p not in common])
    repeated = _repeated(lines, most)
    return [
        _numbered(line, row.number) if line in repeated else line
        for line, row in zip(lines, rows, strict=True)
    ]


def _parts(reasons: Sequence[Reason]) -> list[str]:
    """The phrases that speak for a track, heaviest first, then the facts, each once."""
    heavy = sorted((r for r in reasons if r.weight > 0), key=lambda reason: -reason.weight)
    covered = {kind for reason in heavy for kind in _SAME.get(reason.kind, ())}
    facts = [r for r in reasons if r.weight == 0 and r.kind not in covered]
    if heavy:
        facts = [reason for reason in facts if reason.kind != "flow"]
    return list(dict.fromkeys(reason.text for reason in (*heavy, *facts)))


def _repeated(lines: Sequence[str], most: int) -> set[str]:
    return {line for line, number in Counter(lines).items() if number > most}


def _extended(line: str, parts: Sequence[str]) -> str:
    """A line with the first of some parts that fits beside it."""
    for part in parts:
        longer = f"{line}; {part}"
        if width(longer) <= LINE:
            return longer
    return line


def _numbered(line: str, number: str) -> str:
    if line == number:
        return line
    return f"{shortened(line, LINE - width(number) - 3)} ({number})"
