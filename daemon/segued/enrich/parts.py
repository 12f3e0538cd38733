"""The enrichment: audio features, lyrics and their vectors for tracks that lack them."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain, zip_longest
from typing import Literal

from segue.errors import RecipeError, SegueError
from segue.music.track import Track
from segue.playlists.choose.choose import choose
from segue.playlists.gather.candidates import needs, texts_in
from segue.playlists.inventory import Inventory
from segue.playlists.score.models import NO_MODELS
from segue.progress import Progress
from segue.recipe.recipe import Recipe
from segued.config.schema import Settings
from segued.enrich.encoder import LazyEncoder, encode_texts
from segued.enrich.features import enrich_features
from segued.enrich.features import open_tracks as open_for_features
from segued.enrich.lyrics import enrich_lyrics
from segued.enrich.lyrics import open_tracks as open_for_lyrics
from segued.enrich.outcome import EnrichOutcome
from segued.enrich.sources import (
    Opening,
    feature_sources,
    lyric_sources,
    requests_made,
)
from segued.inventory.reading import CandidateFinder
from segued.providers.lyrics.source import detect_language
from segued.run import Run
from segued.spotify.client import SpotifyClient
from segued.store.state import State

Part = Literal["features", "lyrics"]
PARTS: tuple[Part, ...] = ("features", "lyrics")


def touched(
    recipes: Iterable[Recipe], inventory: Inventory, now: datetime, find: CandidateFinder
) -> tuple[Track, ...]:
    """The tracks recipes can choose from, the recipes taking turns."""
    queues: list[tuple[str, ...]] = []
    for recipe in recipes:
        try:
            found = find(recipe, inventory, now)
            queues.append(needs(recipe, inventory, found).candidates)
        except RecipeError:
            continue  # planning tells what is wrong with it
    return _in_turns(queues, inventory)


def asked_about(
    recipes: Iterable[Recipe], inventory: Inventory, now: datetime, find: CandidateFinder
) -> tuple[Track, ...]:
    """The tracks whose lyrics filters ask about and that are unknown, the recipes taking turns."""
    queues: list[tuple[str, ...]] = []
    for recipe in recipes:
        try:
            found = find(recipe, inventory, now)
            queues.append(needs(recipe, inventory, found).lyrics)
        except RecipeError:
            continue
    return _in_turns(queues, inventory)


def likely_members(
    recipes: Mapping[str, tuple[Recipe, int]],
    inventory: Inventory,
    now: datetime,
    find: CandidateFinder,
) -> tuple[Track, ...]:
    """The tracks recipes would choose by what is known now, the recipes taking turns.

    `recipes` are by id, each with the seed of its period.
    """
    queues: list[tuple[str, ...]] = []
    for recipe, seed in recipes.values():
        try:
            queues.append(choose(recipe, inventory, NO_MODELS, now, seed, find).track_ids)
        except SegueError:
            continue
    return _in_turns(queues, inventory)


def _in_turns(queues: Sequence[Sequence[str]], inventory: Inventory) -> tuple[Track, ...]:
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
    recipes: Sequence[Recipe] = (),
    parts: Collection[Part] = PARTS,
    limit: int | None = None,
    most_seconds: float | None = None,
) -> EnrichOutcome:
    """Look up what is not known of these tracks, features first. The caller holds the lock.

    The texts that `recipes` compare lyrics with are encoded too.
    `limit` is at most so many tracks, of those about which there is something to ask;
    `most_seconds` ends it after that time. What is found is on disk batch by batch: killed and
    called again it goes on where it was. A source or a part that fails is told in the outcome.
    """
    deadline = _deadline(most_seconds)
    run = _Run(settings, state, client, environ, clock, progress, deadline, insist=True)
    if limit is not None:
        tracks = run.lacking(tracks, parts)[:limit]
    if "features" in parts:
        run.features(tracks)
    if "lyrics" in parts and settings.lyrics.enabled:
        run.texts(recipes)
        run.lyrics(tracks)
    return run.outcome()


def enrich_before_plan(run: Run, names: Sequence[str]) -> EnrichOutcome:
    """Look up what the recipes of these names touch, within the budget of `[enrich]`.

    Features are looked up for what they can choose from, since filters and scores may ask for
    them; lyrics, which come one at a time, for what filters ask about, then for what the recipes
    would choose.
    """
    budget = run.settings.enrich
    known = run.chosen(names)
    recipes = [each.recipe for each in known]
    find = run.once("candidates", CandidateFinder)
    deadline = _deadline(budget.before_refresh)
    job = _Run(
        run.settings, run.state, run.client(), run.environ, run.clock, run.progress, deadline
    )
    if budget.before_refresh_features:
        able = touched(recipes, run.inventory(), run.now, find)
        job.features(able[: budget.before_refresh_features])
    if budget.before_refresh_tracks and run.settings.lyrics.enabled:
        inventory = run.inventory()
        job.texts(recipes)
        asked = asked_about(recipes, inventory, run.now, find)
        seeded = {each.recipe.id: (each.recipe, each.seed) for each in known}
        likely = likely_members(seeded, inventory, run.now, find)
        tracks = tuple(dict.fromkeys((*asked, *likely)))
        job.lyrics(tracks[: budget.before_refresh_tracks])
    return job.outcome()


def _deadline(most_seconds: float | None) -> Callable[[], bool]:
    began = time.monotonic()
    return lambda: most_seconds is not None and time.monotonic() - began > most_seconds


class _Run:
    """One enrichment, part by part."""

    def __init__(
        self,
        settings: Settings,
        state: State,
        client: SpotifyClient | None,
        environ: Mapping[str, str],
        clock: Callable[[], datetime],
        progress: Progress,
        out_of_time: Callable[[], bool],
        *,
        insist: bool = False,
    ) -> None:
        self._settings = settings
        self._state = state
        self._client = client
        self._environ = environ
        self._clock = clock
        self._progress = progress
        self._out_of_time = out_of_time
        self._encoder = LazyEncoder(settings, state, clock, insist=insist)
        self._before = requests_made(state.budget)
        self._outcome = EnrichOutcome()

    def features(self, tracks: Sequence[Track]) -> None:
        """Audio features."""
        with feature_sources(self._opening()) as sources:
            self._outcome.features = enrich_features(
                tracks,
                sources,
                self._state.features,
                clock=self._clock,
                out_of_time=self._out_of_time,
                progress=self._progress,
            )

    def texts(self, recipes: Sequence[Recipe]) -> None:
        """The vectors of the texts that recipes compare lyrics with."""
        texts = [text for recipe in recipes for text in texts_in(recipe.where)]
        try:
            encode_texts(texts, self._encoder, self._state)
        except SegueError as error:
            self._outcome.problems.append(str(error))

    def lyrics(self, tracks: Sequence[Track]) -> None:
        """Lyrics and their vectors."""
        with lyric_sources(self._opening()) as sources:
            self._outcome.lyrics = enrich_lyrics(
                tracks,
                sources,
                self._encoder,
                self._state,
                keep_text=self._settings.lyrics.keep_text,
                detect=detect_language,
                clock=self._clock,
                out_of_time=self._out_of_time,
                progress=self._progress,
            )

    def lacking(self, tracks: Sequence[Track], parts: Collection[Part]) -> list[Track]:
        """Those of the tracks about which there is something to ask, in their order."""
        now, state, found = self._clock(), self._state, set[str]()
        if "features" in parts:
            with feature_sources(self._opening()) as sources:
                for source in sources:
                    some = open_for_features(tracks, source.name, state.features, now)
                    found.update(track.id for track in some)
        if "lyrics" in parts and self._settings.lyrics.enabled:
            some = open_for_lyrics(tracks, state, self._encoder.key, now)
            found.update(track.id for track in some)
        return [track for track in tracks if track.id in found]

    def _opening(self) -> Opening:
        return Opening(self._settings, self._state, self._client, self._environ, self._clock)

    def outcome(self) -> EnrichOutcome:
        """What was found, with the requests it took."""
        made = requests_made(self._state.budget)
        before = self._before
        counts = {name: number - before.get(name, 0) for name, number in made.items()}
        self._outcome.requests = {name: number for name, number in counts.items() if number > 0}
        return self._outcome
