"""The `[[playlist]]` section: one recipe, as it is written."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from segue.music.features import FEATURE_NAMES
from segue.playlists.recipe import Range
from segued.config.base import (
    CountRange,
    KeyRange,
    Languages,
    LoudnessRange,
    ModeRange,
    MoodRange,
    PlaylistId,
    RegularExpression,
    Seconds,
    SecondsRange,
    Section,
    Seeds,
    ShareRange,
    SourceValue,
    TempoRange,
    Texts,
    Timezone,
    TrackId,
    YearRange,
    option,
)
from segued.config.sequence import SequenceSection

Share = Annotated[float, Field(ge=0, le=1)]
Score = Annotated[float, Field(ge=-100, le=100)]
Count = Annotated[int, Field(ge=1, le=10_000)]
Closeness = Annotated[float, Field(ge=-1, le=1)]


class LikeTextSection(Section):
    """Lyrics close to a text."""

    text: Annotated[str, Field(min_length=1, max_length=2000)] = Field(
        description="the text, a few words or a verse"
    )
    at_least: Closeness = option(0.4, "how close, from -1 to 1")


class LikeTrackSection(Section):
    """Lyrics close to those of a track."""

    track: TrackId = Field(description="the track, by id or link")
    at_least: Closeness = option(0.4, "how close, from -1 to 1")


class WhereSection(Section):
    """A filter: everything said must hold."""

    added_within: Seconds | None = option(None, "saved or added this recently")
    not_added_within: Seconds | None = option(None, "saved or added longer ago")
    played_within: Seconds | None = option(None, "played this recently")
    not_played_within: Seconds | None = option(None, "not played for this long")
    plays: CountRange | None = option(None, "how often you played it")
    artist: Texts = option((), "by one of these artists")
    not_artist: Texts = option((), "by none of these artists")
    title: RegularExpression | None = option(None, "the title matches this pattern")
    explicit: bool | None = option(None, "only explicit tracks, or only others")
    duration: SecondsRange | None = option(None, "how long the track is")
    year: YearRange | None = option(None, "the year of release")
    in_playlist: Texts = option((), "in at least one of these playlists")
    not_in_playlist: Texts = option((), "in none of these playlists")
    acousticness: ShareRange | None = option(None, "0 electric to 1 acoustic")
    danceability: ShareRange | None = option(None, "0 stiff to 1 danceable")
    energy: ShareRange | None = option(None, "0 calm to 1 intense")
    instrumentalness: ShareRange | None = option(None, "0 sung to 1 instrumental")
    liveness: ShareRange | None = option(None, "0 studio to 1 before an audience")
    loudness: LoudnessRange | None = option(None, "in dB, usually -20..-3")
    speechiness: ShareRange | None = option(None, "0 music to 1 speech")
    valence: ShareRange | None = option(None, "0 sad to 1 cheerful")
    key: KeyRange | None = option(None, "pitch class: 0 is C, 11 is B")
    mode: ModeRange | None = option(None, "1 major, 0 minor")
    tempo: TempoRange | None = option(None, "in beats a minute")
    mood: MoodRange | None = option(None, "of the lyrics, -1 dark to 1 bright")
    language: Languages = option((), "sung in one of these, like en")
    not_language: Languages = option((), "sung in none of these")
    instrumental: bool | None = option(None, "only tracks without words, or only others")
    like_text: LikeTextSection | None = option(None, "lyrics close to a text")
    like_track: LikeTrackSection | None = option(None, "lyrics close to those of a track")
    unknown_features: Literal["keep", "drop"] = option(
        "keep", "what becomes of a track whose feature or lyrics asked for are unknown"
    )
    any_of: list[WhereSection] = Field(
        default_factory=list, alias="any", description="at least one of these filters holds"
    )
    none_of: list[WhereSection] = Field(
        default_factory=list, alias="none", description="none of these filters holds"
    )

    @property
    def features(self) -> dict[str, Range]:
        """The ranges asked of audio features, by name."""
        ranges = ((name, getattr(self, name)) for name in FEATURE_NAMES)
        return {name: wanted for name, wanted in ranges if wanted is not None}


class WriteSection(Section):
    """What a refresh may do to the playlist on the account."""

    mode: Literal["replace", "append", "rotate"] = option(
        "replace", "make the list anew, add at the end, or exchange the oldest"
    )
    rotate: Count = option(10, "how many tracks mode = rotate exchanges")
    playlist_id: PlaylistId | None = option(None, "write to this existing playlist, by id or link")
    adopt: bool = option(False, "take over a playlist that Segue did not create")
    public: bool = option(False, "show a newly created playlist on your profile")
    description: Annotated[str, Field(max_length=240)] = option("", "the playlist's description")
    min_tracks: Annotated[int, Field(ge=0, le=10_000)] = option(
        5, "refuse to leave fewer tracks than this"
    )
    max_shrink: Share = option(0.5, "refuse to take away more than this share of the last version")
    respect_edits: bool = option(True, "keep what you add by hand, leave out what you remove")


class PlaylistSection(Section):
    """One playlist that Segue keeps."""

    name: Annotated[str, Field(min_length=1, max_length=100)] = Field(
        description="the playlist's name on your account"
    )
    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")] | None = option(
        None, "stays the same when the name changes; made from the name by default"
    )
    source: SourceValue = Field(alias="from", description="where the tracks come from")
    where: WhereSection = Field(default_factory=WhereSection, description="which of them")
    seeds: Seeds = option((), "songs or playlists that models start from")
    length: Count | None = option(None, "how many tracks")
    duration: Seconds | None = option(None, "how long it plays, instead of length")
    max_per_artist: Count | None = option(None, "at most so many of one artist")
    max_per_album: Count | None = option(None, "at most so many of one album")
    unique_recordings: bool = option(True, "one recording once, even when it is on two albums")
    freshness: Share = option(
        0.25, "how far tracks of earlier versions step back: 0 not at all, 1 wholly"
    )
    missing: Literal["fail", "skip"] = option(
        "fail",
        "where a source, seed or track cannot be found: fail leaves the playlist as it is, "
        "skip goes on without",
    )
    schedule: str | None = option(None, 'crontab, "@daily" or "every 45 minutes"')
    on: list[str] | None = option(None, "times of the week, instead of schedule")
    timezone: Timezone | None = option(None, "the schedule's timezone")
    jitter: Seconds | None = option(None, "the service begins up to so much later than due")
    catch_up: bool = option(True, "make up, once, for runs missed while nothing was running")
    score: dict[str, Score] = Field(
        default_factory=dict,
        description="what makes a track come first, by weight; a negative one turns it round",
    )
    sequence: SequenceSection = Field(default_factory=SequenceSection, description="the order")
    write: WriteSection = Field(default_factory=WriteSection, description="the writing")
