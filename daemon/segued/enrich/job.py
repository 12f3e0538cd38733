"""An enrichment: what tracks lack, looked up and encoded, and its line in the history."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain, zip_longest
from operator import attrgetter
from typing import Literal

from segue.errors import RecipeError, SegueError
from segue.music.track import Track
from segue.playlists.choose.choose import choose
from segue.playlists.gather.candidates import CandidateFinder
from segue.playlists.gather.needs import Needs, texts_in
from segue.playlists.inventory import Inventory
from segue.playlists.score.models import NO_MODELS
from segue.recipe.recipe import Recipe
from segued.enrich.encoder import LazyEncoder, encode_texts, enrich_sounds
from segued.enrich.features import compare_estimates, enrich_features, enrich_popularity
from segued.enrich.features import open_tracks as open_for_features
from segued.enrich.lyrics import enrich_lyrics
from segued.enrich.lyrics import open_tracks as open_for_lyrics
from segued.enrich.outcome import EnrichOutcome
from segued.enrich.sources import (
    asks_spotify,
    feature_sources,
    lyric_sources,
    requests_made,
)
from segued.enrich.tags import (
    artists_of,
    enrich_tags,
    open_artists,
    refresh_genre_names,
    tag_sources,
)
from segued.providers.audio.files import AudioFiles
from segued.providers.tags.services import MusicBrainz
from segued.run import Run

Part = Literal["features", "lyrics", "genres"]
PARTS: tuple[Part, ...] = ("features", "lyrics", "genres")


def touched(
    recipes: Iterable[Recipe],
    inventory: Inventory,
    now: datetime,
    find: CandidateFinder,
    of: Callable[[Needs], Sequence[str]] = attrgetter("candidates"),
) -> tuple[Track, ...]:
    """The tracks recipes can choose from, or what is named `of` their needs, the recipes taking
    turns."""
    queues: list[Sequence[str]] = []
    for recipe in recipes:
        with contextlib.suppress(RecipeError):  # planning says what is wrong with it
            queues.append(of(Needs(recipe, inventory, find(recipe, inventory, now))))
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
    run: Run,
    tracks: Sequence[Track],
    recipes: Sequence[Recipe] = (),
    *,
    parts: Collection[Part] = PARTS,
    limit: int | None = None,
    most_seconds: float | None = None,
) -> EnrichOutcome:
    """Look up what is not known of these tracks, features first. The caller holds the lock.

    The texts that `recipes` compare lyrics with are encoded too. At most `limit` tracks are looked
    up, of those about which there is something to ask; `most_seconds` ends it after that time. What
    is found is on disk batch by batch: killed and called again it goes on where it was. A source or
    a part that fails is named in the outcome.
    """
    job = _Enrichment(run, most_seconds, insist=True)
    if limit is not None:
        tracks = job.lacking(tracks, parts)[:limit]
    if "features" in parts:
        job.features(tracks)
        job.popularity(recipes, len(tracks))
        job.sounds(tracks, recipes)
    if "lyrics" in parts and run.settings.lyrics.enabled:
        job.texts(recipes)
        job.lyrics(tracks)
    if "genres" in parts:
        job.genres(tracks)
    return job.outcome()


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
    job = _Enrichment(run, budget.before_refresh)
    if budget.before_refresh_features:
        able = touched(recipes, run.inventory(), run.now, find)
        job.features(able[: budget.before_refresh_features])
        job.popularity(recipes, budget.before_refresh_features)
    job.sounds((), recipes)
    if budget.before_refresh_artists and any(recipe.uses_genres for recipe in recipes):
        unknown = touched(recipes, run.inventory(), run.now, find, attrgetter("genres"))
        job.genres(artists_of(unknown, budget.before_refresh_artists))
    if budget.before_refresh_tracks and run.settings.lyrics.enabled:
        inventory = run.inventory()
        job.texts(recipes)
        asked = touched(recipes, inventory, run.now, find, attrgetter("lyrics"))
        seeded = {each.recipe.id: (each.recipe, each.seed) for each in known}
        likely = likely_members(seeded, inventory, run.now, find)
        tracks = tuple(dict.fromkeys((*asked, *likely)))
        job.lyrics(tracks[: budget.before_refresh_tracks])
    return job.outcome()


def _deadline(most_seconds: float | None) -> Callable[[], bool]:
    began = time.monotonic()
    return lambda: most_seconds is not None and time.monotonic() - began > most_seconds


class _Enrichment:
    """One enrichment, part by part."""

    def __init__(self, run: Run, most_seconds: float | None, *, insist: bool = False) -> None:
        self._run = run
        self._out_of_time = _deadline(most_seconds)
        self._encoder = LazyEncoder(run, insist=insist)
        self._insist = insist
        self._before = requests_made(run.state.budget)
        self._outcome = EnrichOutcome()

    def features(self, tracks: Sequence[Track]) -> None:
        """Audio features."""
        with feature_sources(self._run) as sources:
            self._outcome.features = enrich_features(self._run, tracks, sources, self._out_of_time)
            own = next((source for source in sources if isinstance(source, AudioFiles)), None)
            if own is not None and self._insist:
                compare_estimates(self._run, tracks, own, self._out_of_time)

    def popularity(self, recipes: Sequence[Recipe], most: int) -> None:
        """How popular the tracks are that recipes sort by it, at most so many of them."""
        run = self._run
        sorting = [recipe for recipe in recipes if recipe.sort == "popularity"]
        if not sorting:
            return
        tracks = touched(sorting, run.inventory(), run.now, CandidateFinder())[:most]
        with feature_sources(run) as sources:
            try:
                enrich_popularity(run, tracks, sources, self._out_of_time)
            except SegueError as error:
                self._outcome.problems.append(f"popularity: {error}")

    def texts(self, recipes: Sequence[Recipe]) -> None:
        """The vectors of the texts that recipes compare lyrics with."""
        texts = [text for recipe in recipes for text in texts_in(recipe.where)]
        try:
            encode_texts(texts, self._encoder, self._run.state)
        except SegueError as error:
            self._outcome.problems.append(f"lyrics: {error}")

    def lyrics(self, tracks: Sequence[Track]) -> None:
        """Lyrics and their vectors."""
        with lyric_sources(self._run) as sources:
            self._outcome.lyrics = enrich_lyrics(
                self._run, tracks, sources, self._encoder, self._out_of_time
            )

    def sounds(self, tracks: Sequence[Track], recipes: Sequence[Recipe]) -> None:
        """The sound of the tracks' own files, and of the texts that recipes compare it with."""
        if self._run.settings.sound.enabled:
            texts = [text for recipe in recipes for text in recipe.sound_texts]
            self._outcome.sound = enrich_sounds(
                self._run, tracks, texts, self._out_of_time, insist=self._insist
            )

    def genres(self, tracks: Sequence[Track]) -> None:
        """The tags of the tracks' artists, and now and then the names of all genres."""
        with tag_sources(self._run) as sources:
            self._outcome.genres = enrich_tags(self._run, tracks, sources, self._out_of_time)
            store = self._run.state.tags
            for source in sources:
                if isinstance(source, MusicBrainz) and not self._out_of_time():
                    try:
                        refresh_genre_names(source.genres, store, self._run.clock())
                    except SegueError as error:
                        self._outcome.problems.append(f"the names of genres: {error}")

    def lacking(self, tracks: Sequence[Track], parts: Collection[Part]) -> list[Track]:
        """Those of the tracks about which there is something to ask, in their order."""
        now, state, found = self._run.clock(), self._run.state, set[str]()
        if "features" in parts:
            with feature_sources(self._run) as sources:
                for source in sources:
                    some = open_for_features(tracks, source.name, state.features, now)
                    found.update(track.id for track in some)
        if "genres" in parts:
            with tag_sources(self._run) as tagging:
                for each in tagging:
                    open_now = open_artists(tracks, each.name, state.tags, now)
                    found.update(track.id for track in tracks if track.artist_key in open_now)
        if "lyrics" in parts and self._run.settings.lyrics.enabled:
            some = open_for_lyrics(tracks, state, self._encoder.key, now)
            found.update(track.id for track in some)
        return [track for track in tracks if track.id in found]

    def outcome(self) -> EnrichOutcome:
        """What was found, with the requests it took."""
        made = requests_made(self._run.state.budget)
        before = self._before
        counts = {name: number - before.get(name, 0) for name, number in made.items()}
        self._outcome.requests = {name: number for name, number in counts.items() if number > 0}
        return self._outcome


def run_enrich(
    run: Run,
    names: Sequence[str] = (),
    *,
    parts: Collection[Part] = PARTS,
    limit: int | None = None,
    most_seconds: float | None = None,
) -> EnrichOutcome:
    """Enrich and record it. The caller holds the writer's lock.

    Genres are looked up where a recipe asks for them, or where they alone are wanted.
    With names it is about the tracks that those recipes can choose from; without, about every
    track of the library, those of recipes first. Nobody need be logged in, unless Spotify itself
    is a source. Raises UsageError for an unknown name and where nothing was synced yet.
    """
    recipes = [known.recipe for known in run.chosen(names)]
    if tuple(parts) == PARTS and not any(recipe.uses_genres for recipe in recipes):
        parts = tuple(part for part in PARTS if part != "genres")
    tracks = _tracks(recipes, run.inventory(), run.now, whole=not names)
    logged_in = "features" in parts and asks_spotify(run.settings)
    with run.recorded("enrich") as record:
        if logged_in:
            run.client()
        outcome = enrich(run, tracks, recipes, parts=parts, limit=limit, most_seconds=most_seconds)
        record.status = "done" if outcome.complete else "partly"
        record.text = outcome.text
        record.counts, record.requests = outcome.counts, outcome.requests
    return outcome


def _tracks(
    recipes: Sequence[Recipe], inventory: Inventory, now: datetime, *, whole: bool
) -> tuple[Track, ...]:
    first = touched(recipes, inventory, now, CandidateFinder())
    if not whole:
        return first
    seen = {track.id for track in first}
    return (*first, *(track for track in inventory.tracks.values() if track.id not in seen))
