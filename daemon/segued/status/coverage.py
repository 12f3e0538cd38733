"""What is known of the library's tracks, by source, and what is still waited for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from segued.config.schema import Settings
from segued.inventory.encoder import LYRICS, choice_of, known_key
from segued.store.state import State


@dataclass(frozen=True, slots=True)
class FeatureCoverage:
    """Audio features: tracks by source ("table+reccobeats" is both), how many of these lack
    something still, tracks that nobody has, and tracks nobody was asked about yet.

    `ask_again_at` is when the first of the missing are asked for again (UTC).
    """

    by_source: Mapping[str, int]
    partly: int
    missing: int
    not_asked: int
    ask_again_at: datetime | None


@dataclass(frozen=True, slots=True)
class LyricCoverage:
    """Lyrics: tracks by the source of their words, instrumentals, tracks nobody has words of,
    and tracks nobody was asked about yet. `encoded` have a vector of the encoder now configured,
    `moods` a mood."""

    by_source: Mapping[str, int]
    instrumental: int
    missing: int
    not_asked: int
    encoded: int
    moods: int
    ask_again_at: datetime | None


@dataclass(frozen=True, slots=True)
class Coverage:
    """What is known of how many tracks. `lyrics` is None where they are switched off."""

    tracks: int
    features: FeatureCoverage
    lyrics: LyricCoverage | None


def read_coverage(settings: Settings, state: State) -> Coverage:
    """Count what is known of the library's tracks; asks nobody and changes nothing."""
    ids = state.library.tracks().keys()
    lyrics = _lyrics(settings, state, ids) if settings.lyrics.enabled else None
    return Coverage(len(ids), _features(state, frozenset(ids)), lyrics)


def _features(state: State, ids: frozenset[str]) -> FeatureCoverage:
    known = state.features.known()
    found = [known[track_id] for track_id in ids if track_id in known]
    missed: dict[str, datetime] = {}
    for (_, track_id), miss in state.features.misses().items():
        if track_id in ids and track_id not in known:
            earlier = missed.get(track_id, miss.ask_again_at)
            missed[track_id] = min(earlier, miss.ask_again_at)
    return FeatureCoverage(
        by_source=dict(Counter(one.source for one in found).most_common()),
        partly=sum(bool(one.values.missing()) for one in found),
        missing=len(missed),
        not_asked=len(ids) - len(found) - len(missed),
        ask_again_at=min(missed.values(), default=None),
    )


def _lyrics(settings: Settings, state: State, ids: Collection[str]) -> LyricCoverage:
    records = state.lyrics.records()
    asked = [records[track_id] for track_id in ids if track_id in records]
    found = [one for one in asked if one.status == "found"]
    none = [one for one in asked if one.status == "none"]
    key = known_key(choice_of(settings), state)
    held = state.vectors.get(LYRICS, key) if key is not None else None
    rows = held.rows() if held is not None else {}
    return LyricCoverage(
        by_source=dict(Counter(one.source for one in found).most_common()),
        instrumental=sum(one.status == "instrumental" for one in asked),
        missing=len(none),
        not_asked=sum(track_id not in records for track_id in ids),
        encoded=sum(track_id in rows for track_id in ids),
        moods=sum(one.valence is not None for one in found),
        ask_again_at=min((one.ask_again_at for one in none if one.ask_again_at), default=None),
    )
