"""The `[playlist.where]` section: a filter. `segue.playlists.filter` says how each key tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field

from segue.music.features import FEATURE_NAMES
from segue.recipe.types import (
    Closeness,
    CountRange,
    KeyRange,
    Languages,
    LoudnessRange,
    ModeRange,
    MoodRange,
    RegularExpression,
    Seconds,
    SecondsRange,
    Section,
    ShareRange,
    TempoRange,
    Texts,
    TrackId,
    YearRange,
    option,
)
from segue.recipe.values import Range

_NO_FILTERS = ("unknown_features", "any_of", "none_of")


class LikeText(Section):
    """Lyrics close to a text: the cosine of their vectors is `at_least` that (-1..1)."""

    text: Annotated[str, Field(min_length=1, max_length=2000)] = Field(
        description="the text, a few words or a verse"
    )
    at_least: Closeness = option(0.4, "how close, from -1 to 1")


class LikeTrack(Section):
    """Lyrics close to those of a track, likewise."""

    track: TrackId = Field(description="the track, by id or link")
    at_least: Closeness = option(0.4, "how close, from -1 to 1")


class Where(Section):
    """A filter: everything said must hold.

    `any_of` needs one of its filters, `none_of` none. "*" in `not_in_playlist` stands for every
    playlist of the user that no recipe makes. A track never played, or whose date of adding is
    unknown, is not within any time.
    """

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
    genre: Texts = option((), "of one of these genres, or of one that is part of them")
    not_genre: Texts = option((), "of none of these genres")
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
    like_text: LikeText | None = option(None, "lyrics close to a text")
    like_track: LikeTrack | None = option(None, "lyrics close to those of a track")
    unknown_features: Literal["keep", "drop"] = option(
        "keep", "what becomes of a track whose feature or lyrics asked for are unknown"
    )
    any_of: tuple[Where, ...] = Field(
        default=(), alias="any", strict=False, description="at least one of these filters holds"
    )
    none_of: tuple[Where, ...] = Field(
        default=(), alias="none", strict=False, description="none of these filters holds"
    )

    def asked(self) -> Iterator[tuple[str, Any]]:
        """The keys of this filter that say something, with their values; nested ones left out."""
        for name in Where.model_fields:
            value = getattr(self, name)
            if name not in _NO_FILTERS and value is not None and value != ():
                yield name, value

    def every(self) -> Iterator[Where]:
        """This filter and all those nested in it."""
        yield self
        for inner in (*self.any_of, *self.none_of):
            yield from inner.every()

    @property
    def features(self) -> dict[str, Range]:
        """The ranges asked of audio features, by name."""
        ranges = ((name, getattr(self, name)) for name in FEATURE_NAMES)
        return {name: wanted for name, wanted in ranges if wanted is not None}
