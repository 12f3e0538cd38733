"""An enrichment by hand as a run: which tracks it is about, and its line in the history."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from segue.music.track import Track
from segue.playlists.inventory import Inventory
from segue.recipe.recipe import Recipe
from segued.enrich.outcome import EnrichOutcome
from segued.enrich.parts import PARTS, Part, enrich, touched
from segued.enrich.sources import asks_spotify
from segued.inventory.reading import CandidateFinder
from segued.run import Run


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
        record.text = _text(outcome)
        record.counts, record.requests = _counts(outcome), outcome.requests
    return outcome


def _tracks(
    recipes: Sequence[Recipe], inventory: Inventory, now: datetime, *, whole: bool
) -> tuple[Track, ...]:
    first = touched(recipes, inventory, now, CandidateFinder())
    if not whole:
        return first
    seen = {track.id for track in first}
    return (*first, *(track for track in inventory.tracks.values() if track.id not in seen))


def _counts(outcome: EnrichOutcome) -> Mapping[str, int]:
    features, lyrics, genres = outcome.features, outcome.lyrics, outcome.genres
    counts: dict[str, int] = {}
    if features is not None:
        counts["features_new"] = sum(features.found.values())
    if lyrics is not None:
        counts |= {"lyrics_new": sum(lyrics.found.values()), "encoded": lyrics.encoded}
    if genres is not None:
        counts["genres_new"] = sum(genres.found.values())
    return counts | {"waiting": outcome.waiting}


def _text(outcome: EnrichOutcome) -> str:
    counts = _counts(outcome)
    found = [
        f"{word} of {counts[name]:,} {things}"
        for name, word, things in (
            ("features_new", "features", "tracks"),
            ("lyrics_new", "lyrics", "tracks"),
            ("genres_new", "genres", "artists"),
        )
        if counts.get(name)
    ]
    text = "found " + " and ".join(found) if found else "nothing new"
    return "; ".join([text, *outcome.said()])
