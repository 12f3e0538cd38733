"""The enrichment: audio features, lyrics and their vectors for tracks that lack them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, zip_longest

from segue.errors import RecipeError, SegueError
from segue.music.track import Track
from segue.playlists.inventory import Inventory
from segue.playlists.needs import needs
from segue.playlists.recipe import Recipe
from segued.config.schema import Settings
from segued.jobs.enrich_features import FeaturesOutcome, enrich_features
from segued.jobs.enrich_lyrics import LyricsOutcome, enrich_lyrics
from segued.jobs.enrich_sources import LazyEncoder, feature_sources, lyric_sources
from segued.jobs.planning import Progress
from segued.providers.language import detect_language
from segued.spotify.client import SpotifyClient
from segued.store.state import State


@dataclass(slots=True)
class EnrichOutcome:
    """What an enrichment found. `problems` are parts that could not be done at all, in words."""

    features: FeaturesOutcome = field(default_factory=FeaturesOutcome)
    lyrics: LyricsOutcome | None = None
    problems: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether everything asked for was asked."""
        parts = [self.features.stopped, self.lyrics.stopped if self.lyrics else {}]
        late = self.features.out_of_time or bool(self.lyrics and self.lyrics.out_of_time)
        return not self.problems and not late and not any(parts)


def touched(recipes: Iterable[Recipe], inventory: Inventory, now: datetime) -> tuple[Track, ...]:
    """The tracks recipes can choose from, the recipes taking turns."""
    queues: list[tuple[str, ...]] = []
    for recipe in recipes:
        try:
            queues.append(needs(recipe, inventory, now).candidates)
        except RecipeError:
            continue  # planning tells what is wrong with it
    turns = chain.from_iterable(zip_longest(*queues))
    order = dict.fromkeys(track_id for track_id in turns if track_id is not None)
    return tuple(inventory.tracks[i] for i in order if i in inventory.tracks)


def lacking(tracks: Iterable[Track], settings: Settings, state: State) -> tuple[Track, ...]:
    """Those tracks of which features or lyrics were never looked up."""
    features, lyrics = state.features.known(), state.lyrics.records()
    missed = {track_id for _, track_id in state.features.misses()}
    return tuple(
        track
        for track in tracks
        if (track.id not in features and track.id not in missed)
        or (settings.lyrics.enabled and track.id not in lyrics)
    )


def enrich(
    tracks: Sequence[Track],
    settings: Settings,
    state: State,
    client: SpotifyClient | None,
    *,
    environ: Mapping[str, str],
    clock: Callable[[], datetime],
    progress: Progress,
    most_seconds: float | None = None,
) -> EnrichOutcome:
    """Look up what is not known of these tracks, features first. The caller holds the lock.

    Stops when `most_seconds` have passed. What is found is on disk batch by batch: killed and
    called again it goes on where it was. A part that cannot be done is a problem in the outcome.
    """
    began = time.monotonic()

    def out_of_time() -> bool:
        return most_seconds is not None and time.monotonic() - began > most_seconds

    outcome = EnrichOutcome()
    with feature_sources(settings, state, client, clock) as sources:
        outcome.features = enrich_features(
            tracks, sources, state.features, clock=clock, out_of_time=out_of_time, progress=progress
        )
    if not settings.lyrics.enabled or out_of_time():
        return outcome
    try:
        with lyric_sources(settings, state, environ, clock) as lyrics:
            outcome.lyrics = enrich_lyrics(
                tracks,
                lyrics,
                LazyEncoder(settings, state),
                state,
                keep_text=settings.lyrics.keep_text,
                detect=detect_language,
                clock=clock,
                out_of_time=out_of_time,
                progress=progress,
            )
    except SegueError as error:
        outcome.problems.append(f"lyrics: {error}")
    return outcome


def enrich_before_plan(
    recipes: Sequence[Recipe],
    settings: Settings,
    state: State,
    client: SpotifyClient | None,
    inventory: Inventory,
    *,
    environ: Mapping[str, str],
    clock: Callable[[], datetime],
    progress: Progress,
) -> EnrichOutcome | None:
    """Look up what these recipes touch, within the budget of `[enrich]`; None if nothing lacks."""
    most = settings.enrich.before_refresh_tracks
    tracks = lacking(touched(recipes, inventory, clock()), settings, state)[:most]
    if not tracks:
        return None
    return enrich(
        tracks,
        settings,
        state,
        client,
        environ=environ,
        clock=clock,
        progress=progress,
        most_seconds=settings.enrich.before_refresh,
    )
