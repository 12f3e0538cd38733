"""What an account holds, as plain values: saved tracks, albums, playlists, plays."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, Self

from segue.music.track import Track

EntryKind = Literal["track", "episode", "local", "unknown"]
TopRange = Literal["short", "medium", "long"]


@dataclass(frozen=True, slots=True)
class Saved:
    """A track the user saved, and when (UTC)."""

    track_id: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class SavedAlbum:
    """An album the user saved, with its tracks in album order."""

    id: str
    name: str
    added_at: datetime
    track_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Play:
    """One play of a track: when it was noted (UTC) and, where known, for how long it ran.

    `context` is the URI of the playlist, album or artist it was played from; None where unknown.
    """

    track_id: str
    played_at: datetime
    ms_played: int | None = None
    skipped: bool | None = None
    context: str | None = None


RECENT = 10
"""So many of a track's latest plays are kept by their moments."""


@dataclass(frozen=True, slots=True)
class Heard:
    """How often a track was played, skipped and very short plays left out, and when: the `first`
    time and the latest `RECENT` ones, newest first, in Unix seconds."""

    plays: int
    first: float
    recent: tuple[float, ...]

    @classmethod
    def at(cls, moments: Sequence[float]) -> Self:
        """Of plays at these moments, newest first; there is at least one."""
        return cls(len(moments), moments[-1], tuple(moments[:RECENT]))

    def joined(self, other: Heard) -> Heard:
        """Both, which share no play."""
        recent = sorted((*self.recent, *other.recent), reverse=True)[:RECENT]
        return Heard(self.plays + other.plays, min(self.first, other.first), tuple(recent))

    @property
    def last(self) -> datetime:
        """When it was played last (UTC)."""
        return datetime.fromtimestamp(self.recent[0], tz=UTC)

    def activation(self, now: float) -> float:
        """How present the track is in memory: the base-level activation of ACT-R (Anderson and
        Schooler 1991), ln Σ tⱼ^−½ over the ages tⱼ of its plays, here in days.

        The k plays that are kept by their moments count exactly. The n − k before them are taken
        as spread evenly from tₖ back to the first play at tₙ, as in Petrov, “Computationally
        efficient approximation of the base-level learning equation in ACT-R” (ICCM 2006): with a
        decay of ½ his integral (tₙ^½ − tₖ^½) / (½ (tₙ − tₖ)) is 2 / (tₙ^½ + tₖ^½). Recommenders of
        music take it over from there (PISA, RecSys 2024).
        """
        roots = [math.sqrt(max(now - moment, 60.0) / 86_400) for moment in self.recent]
        oldest = math.sqrt(max(now - self.first, 60.0) / 86_400)
        earlier = 2 * (self.plays - len(roots)) / (oldest + roots[-1])
        return math.log(sum(1 / root for root in roots) + earlier)


@dataclass(frozen=True, slots=True)
class PlaylistEntry:
    """One row of a playlist.

    `kind` says what it is: only a "track" has `track`. A row Spotify answered as null has kind
    "unknown" and an empty `uri`. `title` is for showing.
    """

    uri: str
    kind: EntryKind
    title: str
    track: Track | None = None
    added_at: datetime | None = None
    added_by: str | None = None

    @property
    def can_be_added_back(self) -> bool:
        """Whether a write can put this row back after a replace removed it.

        Local files and unknown rows cannot be added through the Web API; an unplayable track
        makes the whole write fail.
        """
        if self.kind == "track":
            return self.track is not None and self.track.playable is not False
        return self.kind == "episode"


@dataclass(frozen=True, slots=True)
class PlaylistSummary:
    """A playlist as the list of one's playlists shows it. `total` is None where it is not given.

    `owner_name` is what the owner is called on Spotify, empty where that is not known.
    """

    id: str
    name: str
    owner_id: str
    snapshot_id: str
    collaborative: bool = False
    public: bool | None = None
    description: str = ""
    total: int | None = None
    owner_name: str = ""


@dataclass(frozen=True, slots=True)
class Playlist:
    """A playlist read whole: its summary and every row, in order.

    `complete` is False when rows could not be read: such a playlist may be shown but never
    written.
    """

    summary: PlaylistSummary
    entries: tuple[PlaylistEntry, ...]
    complete: bool = True

    @property
    def uris(self) -> tuple[str, ...]:
        """The URIs in order."""
        return tuple(entry.uri for entry in self.entries)
