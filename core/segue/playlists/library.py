"""What an account holds, as plain values: saved tracks, albums, playlists, plays; and what is known
beyond it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Literal, NamedTuple, Self

from segue.music.track import Artist, Track
from segue.names import name_key, spotify_id
from segue.recipe.references import Newcomer

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


class Heard(NamedTuple):
    """How often a track was played, skipped and very short plays left out, and when: the `first`
    time and the latest `RECENT` ones, newest first, in Unix seconds."""

    plays: int
    first: float
    recent: Sequence[float]

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
class Never:
    """What no recipe may bring in.

    `artists` are ids, each with why in words that follow "artists": "on the list never.txt".
    `playlists` are those none of whose tracks may come in, by name, id or link. `excepted` are
    artists that may all the same, as `name_key` of their names. `notes` say what of the lists
    could not be read, `problem` why one could not be at all: then nothing can be chosen safely.
    """

    artists: Mapping[str, str] = field(default_factory=dict)
    playlists: tuple[str, ...] = ()
    excepted: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()
    problem: str = ""


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


@dataclass(frozen=True, slots=True)
class Release:
    """An album or single, as `kind` says. `released` is ISO 8601 with the precision known: year,
    month or day.

    `track_ids` are None while its tracks were not read; `total` is how many Spotify says it has.
    """

    id: str
    name: str
    released: str
    kind: str = "album"
    artist_ids: tuple[str, ...] = ()
    track_ids: tuple[str, ...] | None = None
    total: int | None = None

    @property
    def released_on(self) -> date | None:
        """The first day it can have been released on; None where that is unknown."""
        try:
            parts = [int(part) for part in self.released.split("-") if part.isdecimal()]
            return date(*[*parts, 1, 1][:3]) if parts else None
        except (ValueError, OverflowError):
            return None

    @property
    def released_at(self) -> datetime | None:
        """The beginning (UTC) of `released_on`."""
        day = self.released_on
        return datetime(day.year, day.month, day.day, tzinfo=UTC) if day is not None else None


@dataclass(frozen=True, slots=True)
class Looked:
    """An artist whose releases were looked at: when last (UTC), how many there were then, the ids
    known, `whole` where these are all; `doubted` is how many came that were not believed."""

    looked_at: datetime
    total: int | None = None
    release_ids: tuple[str, ...] = ()
    whole: bool = False
    doubted: int | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked by words or an id: the ids found and when (UTC), what it is called, and `why`
    it cannot be had, where it cannot. `doubted` is how many ids an answer had that was not
    believed."""

    ids: tuple[str, ...]
    asked_at: datetime
    name: str = ""
    why: str = ""
    doubted: int | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A song that a service names beside one of the user's, and what it says of it.

    `beside` is the id of the user's track. `spotify_id`, `isrc` and `duration_ms` are empty or 0
    where the service does not say them. `track_id` is the song on Spotify: empty while it was not
    looked for, and where `looked_at` (UTC) is set, because Spotify has none that can be played.
    """

    title: str
    artist: str
    beside: str
    spotify_id: str = ""
    isrc: str = ""
    duration_ms: int = 0
    track_id: str = ""
    looked_at: datetime | None = None

    @property
    def song(self) -> Track:
        """The song as far as the service describes it."""
        artists = (Artist(self.artist),) if self.artist else ()
        known, isrc = self.track_id or self.spotify_id, self.isrc or None
        return Track(known, self.title, artists, None, self.duration_ms, isrc)


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What a service named: the likeliest first, when it was asked last (UTC), and beside which
    tracks it was asked, the latest last."""

    asked_at: datetime
    songs: tuple[Suggestion, ...] = ()
    seeds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outside:
    """What is known beyond the account.

    `releases` by id; `looked` by the id of an artist; `asked` by `asked_key`: artists by name,
    searches, the top tracks of artists, and playlists of others. `watched` are the artists whose
    new releases are looked for; `new` the ids of the releases of theirs that are new, newest first.
    `suggested` are songs like the user's, by the service that named them; `newcomers` those that
    recipes brought in on trial, by the recipe's id.
    """

    releases: Mapping[str, Release] = field(default_factory=dict)
    looked: Mapping[str, Looked] = field(default_factory=dict)
    asked: Mapping[str, Asked] = field(default_factory=dict)
    watched: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    suggested: Mapping[str, Suggestions] = field(default_factory=dict)
    newcomers: Mapping[str, tuple[Newcomer, ...]] = field(default_factory=dict)

    def artist_id(self, reference: str) -> str | None:
        """The id of the artist that a name, id or link means; "" for none, None while unknown."""
        known = self.asked.get(asked_key("artist", reference))
        named = (*known.ids, "")[0] if known is not None else None
        return spotify_id(reference, "artist") or named


def asked_key(kind: str, words: str) -> str:
    """Under which what was asked is kept: "artist the winters"."""
    return f"{kind} {name_key(words)}"
