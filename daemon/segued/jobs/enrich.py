"""The enrichment: audio features, lyrics and their vectors for tracks that lack them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, zip_longest

from segue.errors import RecipeError, SegueError
from segue.music.track import Track
from segue.playlists.build import build
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


def drafted(
    recipes: Iterable[Recipe], inventory: Inventory, now: datetime, seeds: Mapping[str, int]
) -> tuple[Track, ...]:
    """The tracks recipes would choose by what is known now, the recipes taking turns."""
    queues: list[tuple[str, ...]] = []
    for recipe in recipes:
        try:
            queues.append(build(recipe, inventory, {}, now, seeds.get(recipe.id, 0)).track_ids)
        except RecipeError:
            continue
    turns = chain.from_iterable(zip_longest(*queues))
    order = dict.fromkeys(track_id for track_id in turns if track_id is not None)
    return tuple(inventory.tracks[i] for i in order if i in inventory.tracks)


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
    run = _Run(settings, state, client, environ, clock, progress, _deadline(most_seconds))
    run.features(tracks)
    run.lyrics(tracks)
    return run.outcome


def enrich_before_plan(
    recipes: Sequence[Recipe],
    settings: Settings,
    state: State,
    client: SpotifyClient | None,
    read: Callable[[], Inventory],
    seeds: Mapping[str, int],
    *,
    environ: Mapping[str, str],
    clock: Callable[[], datetime],
    progress: Progress,
) -> EnrichOutcome:
    """Look up what these recipes touch, within the budget of `[enrich]`.

    Features are looked up for what they can choose from, since filters and scores may ask for
    them; lyrics, which come one at a time, for what they then would choose.
    """
    budget = settings.enrich
    deadline = _deadline(budget.before_refresh)
    run = _Run(settings, state, client, environ, clock, progress, deadline)
    run.features(touched(recipes, read(), clock())[: budget.before_refresh_features])
    run.lyrics(drafted(recipes, read(), clock(), seeds)[: budget.before_refresh_tracks])
    return run.outcome


def _deadline(most_seconds: float | None) -> Callable[[], bool]:
    began = time.monotonic()
    return lambda: most_seconds is not None and time.monotonic() - began > most_seconds


@dataclass(slots=True)
class _Run:
    """One enrichment, part by part."""

    settings: Settings
    state: State
    client: SpotifyClient | None
    environ: Mapping[str, str]
    clock: Callable[[], datetime]
    progress: Progress
    out_of_time: Callable[[], bool]
    outcome: EnrichOutcome = field(default_factory=EnrichOutcome)

    def features(self, tracks: Sequence[Track]) -> None:
        """Audio features."""
        with feature_sources(self.settings, self.state, self.client, self.clock) as sources:
            self.outcome.features = enrich_features(
                tracks,
                sources,
                self.state.features,
                clock=self.clock,
                out_of_time=self.out_of_time,
                progress=self.progress,
            )

    def lyrics(self, tracks: Sequence[Track]) -> None:
        """Lyrics and their vectors."""
        if not self.settings.lyrics.enabled or self.out_of_time():
            return
        sources = lyric_sources(self.settings, self.state, self.environ, self.clock)
        try:
            with sources as lyrics:
                self.outcome.lyrics = enrich_lyrics(
                    tracks,
                    lyrics,
                    LazyEncoder(self.settings, self.state),
                    self.state,
                    keep_text=self.settings.lyrics.keep_text,
                    detect=detect_language,
                    clock=self.clock,
                    out_of_time=self.out_of_time,
                    progress=self.progress,
                )
        except SegueError as error:
            self.outcome.problems.append(f"lyrics: {error}")
