"""The line that says why a track is in a list and not only that it is.

Each row is told by its heaviest reason. Where that says the same of too many rows, what tells them
apart is added: lighter reasons, where the track comes from, how it stands in the flow, and at last
the number that ranked it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from segue.music.keys import camelot
from segue.playlists.library import PlaylistEntry
from segue.playlists.order.columns import Columns
from segue.playlists.plan import Reason
from segue.playlists.text import LARGEST_SHARE, LINE, shortened, width

_SAME = {"novelty": ("rest", "liked"), "recency": ("liked",), "plays": ("rest", "plays")}
"""Facts that a score's own words hold already."""


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of one row: its reasons, heaviest first, and its number, the last resort."""

    reasons: tuple[Reason, ...]
    number: str


def why(rows: Sequence[Told]) -> list[str]:
    """A line for each row, at most `LINE` wide; at most one row in three has the same one."""
    most = max(len(rows) // LARGEST_SHARE, 1)
    parts = [_parts(row.reasons) for row in rows]
    common = {part for part, n in Counter(p for row in parts for p in set(row)).items() if n > most}
    lines = [row[0] if row else told.number for row, told in zip(parts, rows, strict=True)]
    lines = [shortened(line, LINE) for line in lines]
    repeated = _repeated(lines, most)
    for index, line in enumerate(lines):
        if line in repeated:
            lines[index] = _extended(line, [p for p in parts[index][1:] if p not in common])
    repeated = _repeated(lines, most)
    return [
        _numbered(line, told.number) if line in repeated else line
        for line, told in zip(lines, rows, strict=True)
    ]


def flow_reasons(columns: Columns, slots: Sequence[int | PlaylistEntry]) -> dict[int, Reason]:
    """By row of the columns, which tracks each stands between, with their keys and tempos."""
    found: dict[int, Reason] = {}
    for place, slot in enumerate(slots):
        if isinstance(slot, PlaylistEntry):
            continue
        before = slots[place - 1] if place else None
        after = slots[place + 1] if place + 1 < len(slots) else None
        first = _named(columns, before) if isinstance(before, int) else ""
        second = _named(columns, after) if isinstance(after, int) else ""
        if first and second:
            found[slot] = Reason("flow", f"between {first} and {second}")
        elif first or second:
            found[slot] = Reason("flow", f"after {first}" if first else f"before {second}")
    return found


def _named(columns: Columns, row: int) -> str:
    """A neighbour with its key and tempo: “X” (8A, 122); empty where neither is known."""
    features = columns.features[row]
    key = camelot(features.key, features.mode)
    known = [key] if key != "?" else []
    if features.has_tempo:
        known.append(f"{features.tempo:.0f}")
    title = shortened(columns.tracks[row].title, 16)
    return f"“{title}” ({', '.join(known)})" if known else ""


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
