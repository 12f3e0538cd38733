"""One stage of the everyday at one size, timed in this process: what `bench.growth` starts.

    python _stages.py STAGE SIZE

prints one JSON document. It runs with this tree's packages or with those of an earlier commit, so
each name is taken from whichever module has it.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import orjson

NOW = datetime(2026, 1, 1, tzinfo=UTC)
RUNS, LEAST_SECONDS = 3, 0.4
"""How often each is timed at least, and for how long."""
Work = Callable[[], object]


def named(name: str, *modules: str) -> Any:
    """A name from the first of the modules that has it."""
    for module in modules:
        try:
            return getattr(importlib.import_module(module), name)
        except (ImportError, AttributeError):
            continue
    raise ImportError(f"none of {', '.join(modules)} has {name}")


def once(package: str, module: str) -> str:
    """The name of a module that only an earlier commit has."""
    return f"{package}.{module}"


def tracks(count: int) -> list[Any]:
    """Tracks of 3 to an artist and 1.4 to an album."""
    kinds = [named(kind, "segue.music.track") for kind in ("Track", "Artist", "Album")]
    track, artist, album = kinds
    return [
        track(
            f"{n:022d}",
            f"Title number {n} (feat. Guest)",
            (artist(f"Artist {n * 3 // 10}", f"a{n * 3 // 10:021d}"),),
            album(f"Album {n * 7 // 10}", f"b{n * 7 // 10:021d}", "2001-01-01"),
            120_000 + n % 180_000,
        )
        for n in range(count)
    ]


def features(ids: list[str]) -> dict[str, Any]:
    """Audio features of nine tracks in ten."""
    names = named("ABSTRACT", "segue.music.features")
    of = named("AudioFeatures", "segue.music.features")
    rng = np.random.default_rng(1)
    found = {}
    for track_id, values in zip(ids, rng.beta(2, 3, (len(ids), len(names))), strict=True):
        if values[0] < 0.75:
            row = dict(zip(names, values.tolist(), strict=True)) | {"loudness": -8.0}
            found[track_id] = of(**row, key=int(10 * values[1]), mode=1, tempo=70 + 110 * values[2])
    return found


def inventory(count: int) -> Any:
    """A library of likes with five plays each, on average."""
    saved = named("Saved", "segue.playlists.library")
    play = named("Play", "segue.playlists.library")
    rng = np.random.default_rng(2)
    every = tracks(count)
    ids = [track.id for track in every]
    played = zip(rng.integers(0, count, 5 * count).tolist(), range(5 * count), strict=True)
    return named("Inventory", "segue.playlists.inventory")(
        user_id="me",
        tracks={track.id: track for track in every},
        features=features(ids),
        liked=tuple(saved(i, NOW - timedelta(minutes=n)) for n, i in enumerate(ids)),
        plays=tuple(play(ids[row], NOW - timedelta(minutes=n)) for row, n in played),
    )


def recipe(**options: Any) -> Any:
    """A recipe of likes."""
    places = ("segue.recipe.recipe", once("segue", "playlists.recipe"))
    liked = named("Liked", "segue.recipe.sources", *places)
    return named("Recipe", *places)(id="a", name="A", source=liked(), **options)


def planned(count: int, **options: Any) -> Work:
    """A whole plan of a recipe over a library."""
    build = named("build", "segue.playlists.build")
    models = named(
        "NO_MODELS", "segue.playlists.score.models", once("segue", "playlists.model_scores")
    )
    known, wanted = inventory(count), recipe(**options)
    return lambda: build(wanted, known, models, NOW, 1)


def filled(count: int, folder: Path) -> Any:
    """A state on disk with `count` likes, closed."""
    state = named("State", "segued.store.state").open(folder)
    saved = named("Saved", "segue.playlists.library")
    every = tracks(count)
    state.library.put_tracks(every)
    state.library.set_liked(tuple(saved(track.id, NOW) for track in every))
    state.library.set_cursor("account", {"id": "me"})
    state.library.commit()
    return state


def commit(count: int, folder: Path) -> tuple[Work, Work]:
    """A change of one track put on disk, beside dumping the same documents and one write."""
    state = filled(count, folder)
    documents = orjson.loads((folder / "library.json").read_bytes())
    change = tracks(1)
    numbers = iter(range(120_000, 999_999))

    def ours() -> None:
        changed = replace(change[0], duration_ms=next(numbers))
        state.library.put_tracks([changed])
        state.library.commit()

    return ours, lambda: (folder / "peer").write_bytes(orjson.dumps(documents))


def opened(count: int, folder: Path) -> tuple[Work, Work]:
    """Opening the library and every track as a value, beside parsing the file."""
    filled(count, folder).close()
    store = named("LibraryStore", "segued.store.library")
    path = folder / "library.json"
    return lambda: len(list(store(path).tracks().values())), lambda: orjson.loads(path.read_bytes())


def read(count: int, folder: Path) -> tuple[Work, Work]:
    """The inventory a plan is built from, beside parsing the same file."""
    filled(count, folder).close()
    state = named("State", "segued.store.state")
    of = named("read_inventory", "segued.inventory.reading", once("segued", "jobs.inventory"))
    path = folder / "library.json"
    return lambda: of(state.open(folder), [], {}).liked, lambda: orjson.loads(path.read_bytes())


def gathered(count: int, _: Path) -> tuple[Work, Work]:
    """Filtering all likes by sound and plays, beside the same in Polars."""
    import polars as pl

    places = ("segue.recipe.values", once("segue", "playlists.recipe"))
    where = named("Where", "segue.recipe.sections", once("segue", "playlists.recipe"))
    least = named("Range", *places)(0.5, None)
    try:
        wanted = where(energy=least)
    except TypeError:
        wanted = where(features={"energy": least})
    rng = np.random.default_rng(3)
    frame = pl.DataFrame(
        {"energy": rng.random(count), "at": rng.random(count), "id": np.arange(count)}
    )

    def peer() -> object:
        return frame.filter(pl.col("energy") > 0.5).sort("at").head(30)

    return planned(count, where=wanted, length=30), peer


def scored(count: int, _: Path) -> tuple[Work, Work]:
    """Fifty of all likes by their scores, beside the same scores summed and sorted in NumPy."""
    rng = np.random.default_rng(4)
    parts = rng.random((2, count))
    ours = planned(count, length=50, score={"novelty": 1, "recency": 1})
    return ours, lambda: np.argsort(-(parts[0] + parts[1]), kind="stable")[:50]


def similar(count: int, _: Path) -> tuple[Work, Work]:
    """How near every track is to ten seeds, beside SciPy's distances."""
    from scipy.spatial.distance import cdist

    module = ("segue.models.embedding.learner", once("segue", "models.embedding.scorer"))
    vocabulary = named("Vocabulary", "segue.models.data", once("segue", "models.vocabulary"))
    where = ("segue.models.embedding.autoencoder", once("segue", "models.embedding.neighbours"))
    clusters = named("Clusters", *where)
    query = named("Query", "segue.models.scorer")
    vectors = np.random.default_rng(5).normal(size=(count, 25)).astype(np.float32)
    names = vocabulary([f"{n:022d}" for n in range(count)])
    alike = clusters(vectors[:2], np.zeros(count, dtype=np.int64), 0.0)
    scorer = named("EmbeddingScorer", *module)(names, vectors, np.ones(count, bool), alike)
    seeds = np.arange(10, dtype=np.int32)
    return (
        lambda: scorer.score(query(seeds=seeds)),
        lambda: (1 / (1 + cdist(vectors[:10], vectors))).mean(axis=0),
    )


def heard(count: int, _: Path) -> tuple[Work, Work]:
    """How often and when last each track was played, 20 plays a track, beside Polars."""
    import polars as pl

    plays = 20 * count
    rng = np.random.default_rng(6)
    track = rng.integers(0, count, plays).astype(np.int32)
    at = np.sort(rng.uniform(1.5e9, 1.7e9, plays))
    listening = named(
        "Listening", "segue.playlists.listening", once("segue", "playlists.training")
    )(
        tuple(f"{n:022d}" for n in range(count)),
        track,
        at,
        np.full(plays, 200_000, np.int32),
        np.zeros(plays, np.int8),
    )
    aggregate = named("heard_in", "segue.playlists.listening", once("segue", "playlists.training"))
    frame = pl.DataFrame({"track": track, "at": at})

    def peer() -> object:
        found = frame.group_by("track").agg(pl.len(), pl.col("at").max().alias("last"))
        return found.sort("last", descending=True).rows()

    return lambda: aggregate(listening), peer


STAGES: dict[str, Callable[[int, Path], tuple[Work, Work]]] = {
    "commit": commit,
    "open": opened,
    "inventory": read,
    "filter": gathered,
    "plan": scored,
    "similar": similar,
    "history": heard,
}


def seconds(work: Work) -> float:
    """The processor seconds of one call, in all threads."""
    began = time.process_time()
    work()
    return time.process_time() - began


def main(stage: str, size: int) -> None:
    """Time both, in turn, and print the lower quartile of each with the peak of memory of the
    first: the least of many would be a stroke of luck of the file system."""
    with contextlib.suppress(ImportError):  # as commands have it, where they do
        gc.set_threshold(named("GARBAGE", "segued.cli.main"))
    with tempfile.TemporaryDirectory() as name:
        ours, peer = STAGES[stage](size, Path(name))
        mine, theirs = [seconds(ours)], []
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        while len(theirs) < RUNS or sum(mine) < LEAST_SECONDS:
            gc.disable()  # a peer at its best looks for no cycles
            theirs.append(seconds(peer))
            gc.enable()
            mine.append(seconds(ours))
    found = {"seconds": lower_quartile(mine), "peer": lower_quartile(theirs), "memory": memory}
    print(json.dumps(found))


def lower_quartile(times: list[float]) -> float:
    """What a fourth of the times are at most."""
    return sorted(times)[len(times) // 4]


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
