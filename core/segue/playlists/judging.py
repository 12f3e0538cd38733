"""Judging a playlist as it stands: how its tracks follow each other, copies, rows nobody can play.

Nothing is chosen and nothing ordered: the list is measured by what orders Segue's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from segue.music.track import Recordings
from segue.playlists.inventory import Inventory
from segue.playlists.library import Playlist, PlaylistEntry
from segue.playlists.order.columns import columns_of, transitions
from segue.playlists.order.order import Report, report
from segue.playlists.plan import Transition
from segue.recipe.sections import SequenceSettings

Trouble = Literal["unplayable", "local", "episode", "unknown"]

WORDS: dict[Trouble, str] = {
    "unplayable": "cannot be played where you are",
    "local": "a local file, which only its own device can play",
    "episode": "an episode, not a song",
    "unknown": "a row Spotify does not name",
}
"""Why a row is no song to be played, in words."""


@dataclass(frozen=True, slots=True)
class Join:
    """How row `row` (from 1) follows the row before it, of tracks that stand side by side."""

    row: int
    before: PlaylistEntry
    after: PlaylistEntry
    transition: Transition


@dataclass(frozen=True, slots=True)
class Copies:
    """Rows (from 1) of one song: `same` where all are one track, else other releases of it."""

    rows: tuple[int, ...]
    entries: tuple[PlaylistEntry, ...]
    same: bool


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is found of a playlist. `joins` are all of them, the worst first; `silent` counts the
    tracks of which no audio feature is known."""

    joins: tuple[Join, ...] = ()
    copies: tuple[Copies, ...] = ()
    unplayable: tuple[tuple[int, PlaylistEntry, Trouble], ...] = ()
    report: Report = field(default_factory=dict)

    @property
    def clashes(self) -> tuple[Join, ...]:
        """The joins at which key or tempo clash, the worst first."""
        return tuple(j for j in self.joins if j.transition.key < 0 or j.transition.tempo < 0)


def judge(
    playlist: Playlist, inventory: Inventory, wanted: SequenceSettings, seed: int
) -> Judgement:
    """Judge a list by the weights and the arc of `wanted`; `seed` shuffles for the comparison.

    Rows that are no tracks part their neighbours: what is heard across them is nobody's choice.
    """
    entries = playlist.entries
    rows = [row for row, entry in enumerate(entries) if entry.track is not None]
    tracks = [entry.track for entry in entries if entry.track is not None]
    columns = columns_of(tracks, inventory.features, inventory.scaling)
    # Pins and bans say what a recipe asked for; a judgement is of what is there.
    plain = wanted.model_copy(update={"first": None, "last": None, "at": {}, "apart": ()})
    order = list(range(len(tracks)))
    passages = transitions(columns, order, plain)
    joins = [
        Join(row + 1, entries[row - 1], entries[row], passage)
        for place, (row, passage) in enumerate(zip(rows, passages, strict=True))
        if passage is not None and rows[place - 1] == row - 1
    ]
    nothing = columns_of((), inventory.features, inventory.scaling)
    return Judgement(
        tuple(sorted(joins, key=lambda join: (-join.transition.cost, join.row))),
        _copies(entries),
        tuple(
            (row, entry, trouble)
            for row, entry in enumerate(entries, 1)
            if (trouble := _trouble(entry)) is not None
        ),
        report(columns, order, nothing, plain, seed) if tracks else {},
    )


def _copies(entries: Sequence[PlaylistEntry]) -> tuple[Copies, ...]:
    known = Recordings()
    groups: dict[str, list[int]] = {}
    for row, entry in enumerate(entries):
        if entry.track is None:
            if entry.uri:
                groups.setdefault(entry.uri, []).append(row)
            continue
        original = known.original_of(entry.track)
        if original is None:
            known.add(entry.track)
        groups.setdefault((original or entry.track).uri, []).append(row)
    return tuple(
        Copies(
            tuple(row + 1 for row in rows),
            tuple(entries[row] for row in rows),
            len({entries[row].uri for row in rows}) == 1,
        )
        for rows in groups.values()
        if len(rows) > 1
    )


def _trouble(entry: PlaylistEntry) -> Trouble | None:
    if entry.kind == "track":
        if entry.track is None:
            return "unknown"
        return "unplayable" if entry.track.playable is False else None
    return entry.kind
