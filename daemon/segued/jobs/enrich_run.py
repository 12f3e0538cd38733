"""An enrichment by hand as a run: which tracks it is about, and its line in the history."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from segue.errors import SegueError
from segue.music.track import Track
from segue.playlists.inventory import Inventory
from segue.progress import Progress
from segue.recipe.recipe import Recipe
from segued.config.schema import Settings
from segued.config.select import select_recipes
from segued.inventory.candidates import CandidateFinder
from segued.inventory.identity import recipes_with_ids
from segued.inventory.reading import read_inventory
from segued.jobs.enrich import PARTS, Part, enrich, touched
from segued.jobs.enrich_outcome import EnrichOutcome
from segued.spotify.client import SpotifyClient
from segued.store.runs import RunRecord
from segued.store.state import State


def run_enrich(
    settings: Settings,
    state: State,
    client: SpotifyClient | None,
    *,
    names: Sequence[str],
    environ: Mapping[str, str],
    clock: Callable[[], datetime],
    progress: Progress,
    parts: Collection[Part] = PARTS,
    limit: int | None = None,
    most_seconds: float | None = None,
) -> EnrichOutcome:
    """Enrich and record the run. The caller holds the writer's lock.

    With names it is about the tracks that those recipes can choose from; without, about every
    track of the library, those of recipes first. Raises UsageError for an unknown name and where
    nothing was synced yet; stopped by hand, the run is recorded as stopped.
    """
    started = clock()
    chosen = {recipe.id for recipe in select_recipes(settings.playlists, names)}
    known = recipes_with_ids(settings, state)
    recipes = [one.recipe for one in known if one.configured_id in chosen]
    inventory = read_inventory(state, recipes, {})
    tracks = _tracks(recipes, inventory, started, whole=not names)
    run = RunRecord(
        id=f"{started:%Y%m%dT%H%M%S}-{secrets.token_hex(2)}",
        kind="enrich",
        started_at=started,
        status="running",
    )
    state.runs.add(run)
    try:
        outcome = enrich(
            tracks,
            settings,
            state,
            client,
            environ=environ,
            clock=clock,
            progress=progress,
            recipes=recipes,
            parts=parts,
            limit=limit,
            most_seconds=most_seconds,
        )
    except SegueError as error:
        state.runs.update(replace(run, status="failed", ended_at=clock(), text=str(error)))
        raise
    except KeyboardInterrupt:
        text = "stopped by hand; what was found is kept"
        state.runs.update(replace(run, status="stopped", ended_at=clock(), text=text))
        raise
    state.runs.update(
        replace(
            run,
            status="done" if outcome.complete else "partly",
            ended_at=clock(),
            text=_text(outcome),
            counts=_counts(outcome),
            requests=outcome.requests,
        )
    )
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
    features, lyrics = outcome.features, outcome.lyrics
    counts: dict[str, int] = {}
    if features is not None:
        counts["features_new"] = sum(features.found.values())
    if lyrics is not None:
        counts |= {"lyrics_new": sum(lyrics.found.values()), "encoded": lyrics.encoded}
    return counts | {"waiting": outcome.waiting}


def _text(outcome: EnrichOutcome) -> str:
    counts = _counts(outcome)
    found = [
        f"{word} of {counts[name]:,} tracks"
        for name, word in (("features_new", "features"), ("lyrics_new", "lyrics"))
        if counts.get(name)
    ]
    text = "found " + " and ".join(found) if found else "nothing new"
    return "; ".join([text, *outcome.said()])
