"""Building playlists from 10,000 likes and 50,000 plays, beside the bound of a second."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from statistics import median

import numpy as np
from rich.console import Console
from rich.table import Table

from segue.music.features import ABSTRACT, AudioFeatures
from segue.music.track import Album, Artist, Track
from segue.playlists.build import build, diff
from segue.playlists.inventory import Inventory
from segue.playlists.library import Play, Saved
from segue.playlists.score.models import NO_MODELS
from segue.recipe.recipe import Recipe
from segue.recipe.sections import Where
from segue.recipe.sources import Liked
from segue.recipe.values import Range

LIKES, PLAYS, RUNS = 10_000, 50_000, 5
BOUND_SECONDS = 1.0
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def library(likes: int = LIKES, plays: int = PLAYS) -> Inventory:
    """A made library: 3,000 artists, a tenth of the features unknown."""
    rng = np.random.default_rng(1)
    ids = [f"{number:022d}" for number in range(likes)]
    features = {}
    for track_id in ids:
        if rng.random() < 0.9:
            values = dict(zip(ABSTRACT, rng.beta(2, 3, len(ABSTRACT)).tolist(), strict=True))
            values["loudness"] = -20 * values["loudness"]
            key, mode, tempo = int(rng.integers(12)), int(rng.integers(2)), rng.uniform(70, 180)
            features[track_id] = AudioFeatures(**values, key=key, mode=mode, tempo=tempo)
    played = sorted(rng.uniform(0, 700, plays), reverse=True)
    return Inventory(
        user_id="me",
        tracks={
            track_id: Track(
                track_id,
                f"Title {number} (feat. Guest)",
                (Artist(f"Artist {number % 3000}", f"a{number % 3000}"),),
                Album(f"Album {number % 7000}", f"b{number % 7000}", "2001"),
                int(rng.integers(120_000, 300_000)),
            )
            for number, track_id in enumerate(ids)
        },
        features=features,
        liked=tuple(Saved(i, NOW - timedelta(hours=6 * n)) for n, i in enumerate(ids)),
        plays=tuple(Play(ids[int(rng.integers(likes))], NOW - timedelta(days=d)) for d in played),
    )


RECIPES = {
    "50 of all, scored": Recipe(
        id="a", name="A", source=Liked(), length=50, score={"novelty": 1, "recency": 1}
    ),
    "90 minutes, two an artist": Recipe(
        id="b",
        name="B",
        source=Liked(),
        duration="90 minutes",
        max_per_artist=2,
        score={"plays": 1},
    ),
    "filtered by dates and features": Recipe(
        id="c",
        name="C",
        source=Liked(),
        where=Where(not_played_within="30 days", energy=Range(0.5, None)),
        length=200,
    ),
    "10 hours": Recipe(id="d", name="D", source=Liked(), duration="10 hours", score={"novelty": 1}),
}


def main() -> None:
    """Print the median seconds of each build, on the wall and of the processor."""
    inventory = library()
    table = Table(title=f"build, {LIKES:,} likes and {PLAYS:,} plays, median of {RUNS}")
    for column in ("recipe", "tracks", "wall s", "cpu s", f"under {BOUND_SECONDS:g} s"):
        table.add_column(column, justify="left" if column == "recipe" else "right")
    for name, recipe in RECIPES.items():
        walls, cpus, size = [], [], 0
        for run in range(RUNS):
            wall, cpu = time.perf_counter(), time.process_time()
            size = len(build(recipe, inventory, NO_MODELS, NOW, run).items)
            walls.append(time.perf_counter() - wall)
            cpus.append(time.process_time() - cpu)
        held = "yes" if median(walls) < BOUND_SECONDS else "no"
        table.add_row(name, f"{size}", f"{median(walls):.3f}", f"{median(cpus):.3f}", held)
    before = [f"spotify:track:{track_id}" for track_id in inventory.tracks]
    after = np.random.default_rng(2).permutation(before).tolist()
    wall = time.perf_counter()
    diff(before, after)
    spent = time.perf_counter() - wall
    held = "yes" if spent < BOUND_SECONDS else "no"
    table.add_row("diff of 10,000 shuffled rows", f"{len(after)}", f"{spent:.3f}", "", held)
    Console().print(table)


if __name__ == "__main__":
    main()
