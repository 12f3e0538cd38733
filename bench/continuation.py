"""What it takes to learn continuation from collections of up to a million lists.

    python -m bench continuation --lists 1000,10000,100000 [--practice N] [--learner association]
        [--on ray|ray://HOST] [--slices FOLDER]

Collections are made up, with what is published of the Million Playlist Dataset: lists of 5 to 250
tracks, 66 on average; the share of the most frequent track; how many different tracks, artists and
albums a slice, and the whole, has; and lists that keep to a part of the music and come back to
their artists. Each size is learned in a process of its own, so that its memory is its own: the
most that was resident, with the collection. With `--on` the lists are asked for on a Ray cluster;
the figures are the same. `--slices` writes the first size as slices like those of the data set.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits

from segue.metrics import mean_interval, r_precision
from segue.models.data import Indices, TrainingData, Vocabulary, track_table
from segue.models.learners import LEARNERS
from segue.models.lists.episodes import best_first
from segue.models.scorer import Query, Scorer
from segue.progress import Fitting, OnRay, blocks_of, over_blocks, serial

TRACKS, ARTISTS, ALBUMS = 2_262_292, 295_860, 734_684
"""Of the whole collection of a million lists."""

EXPONENT, OFFSET = 1.3, 600.0
SHORTEST, LONGEST, MEAN_LENGTH = 5, 250, 66.35
PARTS = 400
"""Of so many parts of the music a list keeps to one."""

WITHIN, AGAIN = 0.7, 0.3
"""How much of a list comes from its part, and from artists that it has already."""

AT_ONCE = 10
ASKED = 200
"""So many lists, of which the last third was never known, are asked for."""


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--lists", default="1000,10000,100000")
    parser.add_argument("--practice", type=int, default=1500)
    parser.add_argument(
        "--learner", choices=("association", "continuation"), default="continuation"
    )
    parser.add_argument("--on", metavar="ray|ray://HOST")
    parser.add_argument("--slices", type=Path, metavar="FOLDER")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_known_args(arguments)[0]


def collection(lists: int, seed: int = 0) -> TrainingData:
    """So many made-up lists, and what is known of their tracks: artist, album, title, duration."""
    rng = np.random.default_rng([seed, lists])
    fixed = np.random.default_rng(seed)
    artist_of = _artists(fixed)
    album_of = artist_of * 3 + fixed.integers(0, 3, TRACKS)
    part_of = fixed.integers(0, PARTS, ARTISTS)[artist_of]
    weights = (np.arange(TRACKS) + 1 + OFFSET) ** -EXPONENT
    order = np.lexsort((np.arange(TRACKS), part_of))
    ends = np.cumsum(np.bincount(part_of, minlength=PARTS))
    mass = np.cumsum(weights[order])
    everywhere = np.cumsum(weights)
    of_artist = np.lexsort((np.arange(TRACKS), artist_of))
    begins = np.searchsorted(artist_of[of_artist], np.arange(ARTISTS + 1))
    starts = np.concatenate([[0.0], mass[ends - 1]])
    rows: list[Indices] = []
    for size, part in zip(
        _lengths(lists, rng),
        np.searchsorted(starts[1:], rng.random(lists) * mass[-1]),
        strict=True,
    ):
        drawn = rng.random(size)
        low, high = starts[part], starts[part + 1]
        near = order[np.searchsorted(mass, low + drawn * (high - low)).clip(max=TRACKS - 1)]
        far = np.searchsorted(everywhere, drawn * everywhere[-1]).clip(max=TRACKS - 1)
        tracks = np.where(rng.random(size) < WITHIN, near, far)
        again = np.flatnonzero(rng.random(size) < AGAIN)
        again = again[again > 0]
        artists = artist_of[tracks[(rng.random(again.size) * again).astype(np.int64)]]
        width = begins[artists + 1] - begins[artists]
        # The most heard of an artist stand first.
        tracks[again] = of_artist[
            begins[artists] + (rng.random(again.size) ** 3 * width).astype(int)
        ]
        rows.append(tracks)
    used = np.unique(np.concatenate(rows))
    place = np.full(TRACKS, -1, dtype=np.int32)
    place[used] = np.arange(used.size)
    words = np.random.default_rng([seed, 1]).integers(0, 20_000, (used.size, 2))
    tracks_known = track_table(
        used.size,
        titles=[f"w{a} w{b}" for a, b in words.tolist()],
        artists=[f"a{artist}" for artist in artist_of[used].tolist()],
        albums=[f"b{album}" for album in album_of[used].tolist()],
        duration_ms=fixed.normal(234_000, 60_000, TRACKS)[used].clip(30_000).astype(np.float32),
    )
    return TrainingData(
        vocabulary=Vocabulary(map(str, used.tolist())),
        tracks=tracks_known,
        playlists=tuple(place[each] for each in rows),
    )


def _artists(rng: np.random.Generator) -> NDArray[np.int64]:
    """The artist of each track, the most heard first: few have many tracks, most have few."""
    share = (np.arange(ARTISTS) + 30.0) ** -0.9
    return np.searchsorted(np.cumsum(share) / share.sum(), rng.random(TRACKS)).clip(max=ARTISTS - 1)


def _lengths(lists: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Lengths in tracks, log-normal as published: half have up to 49, the mean is 66."""
    drawn = np.exp(rng.normal(math.log(49), 0.80, lists))
    return np.clip(np.rint(drawn), SHORTEST, LONGEST).astype(np.int64)


Answer = tuple[float, float, float]
"""R-precision of ours and of popularity, and the seconds of the processor it took."""


def answered(
    shared: tuple[Scorer, NDArray[np.float64], NDArray[np.float64]],
    asked: Sequence[tuple[Indices, Indices]],
) -> list[Answer]:
    """Some lists, by what was seen of each and what was held back."""
    fitted, count, tie = shared
    everything, found = np.ones(tie.size, dtype=bool), []
    with threadpool_limits(limits=1):
        for seen, ends in asked:
            began = time.process_time()
            best = best_first(fitted.score(Query(playlist=seen)), seen, everything, tie, ends.size)
            ours = r_precision(best, ends)
            taken = time.process_time() - began
            best = best_first(count, seen, everything, tie, ends.size)
            found.append((ours, r_precision(best, ends), taken))
    return found


def measure(lists: int, practice: int, learner: str, on: str | None = None) -> dict[str, float]:
    """Learn one collection, and ask for the last thirds of some lists that were held back."""
    data = collection(lists)
    made = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rng = np.random.default_rng(1)
    asked = rng.choice(len(data.playlists), min(ASKED, lists // 5), replace=False)
    known = list(data.playlists)
    hidden = {}
    for place in asked.tolist():
        rows = data.playlists[place]
        _, first = np.unique(rows, return_index=True)
        rows = rows[np.sort(first)]
        known[place], hidden[place] = rows[: rows.size * 2 // 3], rows[rows.size * 2 // 3 :]
    training = replace(data, playlists=tuple(known))
    wall, cpu = time.perf_counter(), time.process_time()
    fitted = LEARNERS[learner].learner(1.0, practice).fit(training, seed=0)
    found = {
        "lists": lists,
        "tracks": len(data.vocabulary),
        "entries": int(sum(rows.size for rows in data.playlists)),
        "wall": time.perf_counter() - wall,
        "cpu": time.process_time() - cpu,
        "made": made / 1024,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    tie = rng.random(len(data.vocabulary))
    count = np.bincount(np.concatenate(known), minlength=tie.size).astype(np.float64)
    pairs = [(known[place], ends) for place, ends in hidden.items()]
    blocks = blocks_of(pairs, AT_ONCE)
    spread = serial if on is None else OnRay(None if on == "ray" else on)
    answers = over_blocks(answered, (fitted, count, tie), blocks, Fitting(spread=spread), "asking")
    ours, popular, seconds = np.array([each for block in answers for each in block]).T
    low, high = mean_interval(ours - popular, rng=rng)
    return found | {
        "query": float(seconds.mean()),
        "r_precision": float(ours.mean()),
        "popularity": float(popular.mean()),
        "low": low,
        "high": high,
    }


def write(folder: Path, lists: int) -> None:
    """A collection as slices of a thousand lists; every second list is titled by an artist of it,
    the others "mix", which tells nothing."""
    data = collection(lists)
    tracks, ids = data.tracks, data.vocabulary.ids
    folder.mkdir(parents=True, exist_ok=True)

    def entry(position: int, row: int) -> dict[str, object]:
        artist = tracks.artist_names[tracks.artist[row]]
        return {
            "pos": position,
            "track_uri": f"spotify:track:{ids[row]:0>22}",
            "track_name": tracks.titles[row],
            "artist_uri": f"spotify:artist:{artist}",
            "artist_name": artist,
            "album_uri": f"spotify:album:{tracks.album_names[tracks.album[row]]}",
            "duration_ms": int(tracks.duration_ms[row]),
        }

    for first in range(0, lists, 1000):
        made = []
        for pid in range(first, min(first + 1000, lists)):
            rows = data.playlists[pid].tolist()
            name = tracks.artist_names[tracks.artist[rows[0]]] if pid % 2 else "mix"
            entries = [entry(position, row) for position, row in enumerate(rows)]
            made.append({"pid": pid, "name": name, "tracks": entries})
        path = folder / f"mpd.slice.{first}-{first + len(made) - 1}.json"
        path.write_text(json.dumps({"info": {"version": "made up"}, "playlists": made}))


def main() -> None:
    """Measure every size in a process of its own, and print."""
    chosen = options()
    sizes = [int(size) for size in chosen.lists.split(",")]
    if chosen.one:
        print(json.dumps(measure(sizes[0], chosen.practice, chosen.learner, chosen.on)))
        return
    if chosen.slices is not None:
        write(chosen.slices, sizes[0])
        return
    table = Table(title=f"{chosen.learner}, practised on {chosen.practice:,} lists at most")
    for name in ("lists", "tracks", "entries", "wall", "processor", "memory", "a query",
                 "R-precision", "popularity", "growth"):  # fmt: skip
        table.add_column(name, justify="right")
    before: dict[str, float] = {}
    for size in sizes:
        command = [sys.executable, "-m", "bench", "continuation", "--one", "--lists", str(size),
                   "--practice", str(chosen.practice), "--learner", chosen.learner]  # fmt: skip
        if chosen.on is not None:
            command += ["--on", chosen.on]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        growth = ""
        if before:
            times = math.log(found["cpu"] / before["cpu"])
            growth = f"n^{times / math.log(found['lists'] / before['lists']):.2f}"
        table.add_row(
            *(f"{found[name]:,.0f}" for name in ("lists", "tracks", "entries")),
            f"{found['wall']:.0f} s",
            f"{found['cpu']:.0f} s",
            f"{found['memory'] / 1024:.1f} GB ({found['made'] / 1024:.1f} the collection)",
            f"{1000 * found['query']:.0f} ms",
            f"{found['r_precision']:.3f} ({found['low']:+.3f} to {found['high']:+.3f})",
            f"{found['popularity']:.3f}",
            growth,
        )
        before = found
    Console(width=160).print(table)


if __name__ == "__main__":
    main()
