"""From a `[[playlist]]` section to a recipe."""

from __future__ import annotations

import hashlib
import re
import unicodedata

from segue.playlists.recipe import LikeText, LikeTrack, Recipe, SequenceSettings, Where, WritePolicy
from segued.config.playlist import PlaylistSection, WhereSection, WriteSection
from segued.config.sequence import SequenceSection

_DAY_SECONDS = 86400.0
_LONGEST_ID = 40


def recipe_id_for(name: str) -> str:
    """The id of a recipe that was given none, made from its name: "Slow Sunday" → "slow-sunday".

    A name that loses something on the way to plain letters gets a short hash, so that two
    different names do not meet in one id.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", plain.casefold())
    slug = "-".join(words)
    lossless = re.fullmatch(r"[A-Za-z0-9 _.,'&!-]+", name) is not None
    if lossless and 0 < len(slug) <= _LONGEST_ID:
        return slug
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    head = slug[: _LONGEST_ID - 9].strip("-")
    return f"{head}-{digest}" if head else digest


def recipe_from(section: PlaylistSection) -> Recipe:
    """The recipe a section describes."""
    return Recipe(
        id=section.id or recipe_id_for(section.name),
        name=section.name,
        source=section.source,
        where=where_from(section.where),
        length=section.length,
        duration_ms=None if section.duration is None else round(section.duration * 1000),
        seeds=section.seeds,
        max_per_artist=section.max_per_artist,
        max_per_album=section.max_per_album,
        unique_recordings=section.unique_recordings,
        score=dict(section.score),
        freshness=section.freshness,
        missing=section.missing,
        sequence=sequence_from(section.sequence),
        write=_policy(section.write, section.length),
    )


def sequence_from(section: SequenceSection) -> SequenceSettings:
    """The order a section describes: its options have the names they have there."""
    return SequenceSettings(
        **{name: getattr(section, name) for name in SequenceSection.model_fields}
    )


def _policy(write: WriteSection, length: int | None) -> WritePolicy:
    values = write.model_dump()
    if length is not None and "min_tracks" not in write.model_fields_set:
        # The default guard must not stand in the way of a playlist that is meant to be short.
        values["min_tracks"] = min(write.min_tracks, length)
    return WritePolicy(**values)


def where_from(section: WhereSection) -> Where:
    """The filter a section describes."""
    text, track = section.like_text, section.like_track
    return Where(
        added_within_days=_days(section.added_within),
        not_added_within_days=_days(section.not_added_within),
        played_within_days=_days(section.played_within),
        not_played_within_days=_days(section.not_played_within),
        plays=section.plays,
        artists=section.artist,
        not_artists=section.not_artist,
        title_matches=section.title,
        explicit=section.explicit,
        duration_seconds=section.duration,
        release_year=section.year,
        in_playlists=section.in_playlist,
        not_in_playlists=section.not_in_playlist,
        features=section.features,
        mood=section.mood,
        languages=section.language,
        not_languages=section.not_language,
        instrumental=section.instrumental,
        like_text=LikeText(text.text, text.at_least) if text else None,
        like_track=LikeTrack(track.track, track.at_least) if track else None,
        unknown_features=section.unknown_features,
        any_of=tuple(where_from(inner) for inner in section.any_of),
        none_of=tuple(where_from(inner) for inner in section.none_of),
    )


def _days(seconds: float | None) -> float | None:
    return None if seconds is None else seconds / _DAY_SECONDS
