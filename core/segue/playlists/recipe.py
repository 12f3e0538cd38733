"""A recipe: what somebody wants a playlist to be. Sources, filters, size, score, order, writing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from segue.playlists.library import TopRange


@dataclass(frozen=True, slots=True)
class Liked:
    """The tracks in Liked Songs."""


@dataclass(frozen=True, slots=True)
class SavedAlbums:
    """Every track of every saved album."""


@dataclass(frozen=True, slots=True)
class FromPlaylist:
    """The tracks of one of the user's playlists, by name, id or link."""

    reference: str


@dataclass(frozen=True, slots=True)
class TopTracks:
    """The user's top tracks: short is about four weeks, medium six months, long a year."""

    range: TopRange


@dataclass(frozen=True, slots=True)
class RecentPlays:
    """Every track that was played and that Segue knows of."""


@dataclass(frozen=True, slots=True)
class FromRecipe:
    """What another recipe made, by its name or id."""

    reference: str


@dataclass(frozen=True, slots=True)
class TheseTracks:
    """Tracks named one by one, by id."""

    track_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SourceSet:
    """A set of sources: in at least one of `any_of`, in every one of `all_of`, in none of `minus`.

    An empty `any_of` stands for no restriction when `all_of` has members.
    """

    any_of: tuple[Source, ...] = ()
    all_of: tuple[Source, ...] = ()
    minus: tuple[Source, ...] = ()


Source = (
    Liked
    | SavedAlbums
    | FromPlaylist
    | TopTracks
    | RecentPlays
    | FromRecipe
    | TheseTracks
    | SourceSet
)


@dataclass(frozen=True, slots=True)
class Range:
    """A closed range; None leaves a side open."""

    low: float | None = None
    high: float | None = None

    def holds(self, value: float) -> bool:
        """Whether a known value lies within."""
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


@dataclass(frozen=True, slots=True)
class LikeText:
    """Lyrics close to a text: the cosine of their vectors is `at_least` that (-1..1)."""

    text: str
    at_least: float = 0.4


@dataclass(frozen=True, slots=True)
class LikeTrack:
    """Lyrics close to those of a track, likewise."""

    track_id: str
    at_least: float = 0.4


@dataclass(frozen=True, slots=True)
class Where:
    """A filter. Everything said must hold; `any_of` needs one of its filters, `none_of` none.

    `artists` and `in_playlists` need one of theirs. "*" in `not_in_playlists` stands for every
    playlist of the user that no recipe makes. A track never played, or whose date of adding is
    unknown, is not within any number of days. `features` are ranges of `AudioFeatures` by name.
    From `mood` on it is about lyrics: see `SongWords`. `unknown_features` says what becomes of a
    track that only an unknown feature, or unknown lyrics, leave undecided.
    """

    added_within_days: float | None = None
    not_added_within_days: float | None = None
    played_within_days: float | None = None
    not_played_within_days: float | None = None
    plays: Range | None = None
    artists: tuple[str, ...] = ()
    not_artists: tuple[str, ...] = ()
    title_matches: str | None = None
    explicit: bool | None = None
    duration_seconds: Range | None = None
    release_year: Range | None = None
    in_playlists: tuple[str, ...] = ()
    not_in_playlists: tuple[str, ...] = ()
    features: Mapping[str, Range] = field(default_factory=dict)
    mood: Range | None = None
    languages: tuple[str, ...] = ()
    not_languages: tuple[str, ...] = ()
    instrumental: bool | None = None
    like_text: LikeText | None = None
    like_track: LikeTrack | None = None
    unknown_features: Literal["keep", "drop"] = "keep"
    any_of: tuple[Where, ...] = ()
    none_of: tuple[Where, ...] = ()


@dataclass(frozen=True, slots=True)
class SequenceSettings:
    """How to order. What each weight counts is told in `segue.sequencing.settings.Weights`.

    `arc` is a named curve or its points (place 0..1, height), `arc_of` weighs what it is of:
    energy, valence and tempo. `first`, `last` and `at` (position from 1) pin tracks by id; `apart`
    are pairs of tracks that must not be neighbours. Those that are not in the list are no matter.
    """

    method: Literal["search", "beam", "greedy", "none"] = "search"
    flow: float = 1.0
    sweetness: float = 1.0
    smoothness: float = 1.0
    spicyness: float = 1.2
    energy: float = 1.0
    lyrics: float = 1.0
    artists: float = 1.0
    albums: float = 1.0
    arc: str | tuple[tuple[float, float], ...] = "flat"
    arc_of: Mapping[str, float] = field(default_factory=lambda: {"energy": 1.0})
    arc_weight: float = 1.0
    first: str | None = None
    last: str | None = None
    at: Mapping[str, int] = field(default_factory=dict)
    apart: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class WritePolicy:
    """What a refresh may do to the playlist on the account.

    `mode`: "replace" makes the list anew; "append" only adds at the end, up to the recipe's
    length; "rotate" exchanges, once a period, the `rotate` tracks that have been in longest.
    `max_shrink` is the largest share of the last
    version a refresh may take away (0..1).
    """

    mode: Literal["replace", "append", "rotate"] = "replace"
    rotate: int = 10
    playlist_id: str | None = None
    adopt: bool = False
    public: bool = False
    description: str = ""
    min_tracks: int = 5
    max_shrink: float = 0.5
    respect_edits: bool = True


@dataclass(frozen=True, slots=True)
class Recipe:
    """What somebody wants a playlist to be.

    `id` is stable while `name` may change. Of `length` (tracks) and `duration_ms` at most one is
    set; with neither, everything that passes the filter is taken. `score` weighs the scorers by
    name; `seeds` are what its models start from: "title - artist", a track's URI, or "playlist:"
    and a name. `freshness` (0..1) is how strongly tracks of earlier periods' versions step back.
    `missing` says what becomes of a recipe that names a source, seed or track that cannot be
    found: "fail" leaves the playlist as it is, "skip" goes on without.
    """

    id: str
    name: str
    source: Source
    where: Where = field(default_factory=Where)
    length: int | None = None
    duration_ms: int | None = None
    seeds: tuple[str, ...] = ()
    max_per_artist: int | None = None
    max_per_album: int | None = None
    unique_recordings: bool = True
    score: Mapping[str, float] = field(default_factory=dict)
    freshness: float = 0.25
    missing: Literal["fail", "skip"] = "fail"
    sequence: SequenceSettings = field(default_factory=SequenceSettings)
    write: WritePolicy = field(default_factory=WritePolicy)
