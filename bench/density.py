"""What recipes ask of `continuation` beside simple methods, on collections of different density.

    python -m bench density [--collections TRACKS:LISTS,…] [--seed N]

Collections are the playlists of made-up accounts; the fewer tracks, the more of them a list shares
with others. Every list loses its last third, which nothing is learned or chosen by: what recipes
ask is judged on ends of what is left, as `segue learn` does it, and a simple method stands in where
that finds it no better. Printed is R-precision on the lost thirds, with how far what recipes ask is
ahead of each method and the 95 % interval of that over lists.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits

from bench._library import NOW, account
from segue.evaluation.baselines.continuation import collaborative, one_liners
from segue.metrics import mean_interval, r_precision
from segue.models.data import TrainingData
from segue.models.learners import LEARNERS
from segue.models.lists.catalogue import catalogue_of
from segue.models.lists.continuation import SHORTEST, playlists_of
from segue.models.lists.episodes import best_first, hide_ends
from segue.models.lists.model import lists_of
from segue.models.scorer import Query
from segue.progress import silent
from segued.config.sections import LearnSection
from segued.learn.job import train_one

SHARE = 1 / 3
ASKED = "what recipes ask"


@dataclass(frozen=True, slots=True)
class Judged:
    """R-precision of each list by method, how often a track of a list stands in one, and whether
    the network is used."""

    values: dict[str, NDArray[np.float64]]
    density: float
    used: bool


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--collections", default="300:60,1000:100,3000:100,10000:100")
    parser.add_argument("--seed", type=int, default=7)
    return parser.parse_known_args(arguments)[0]


def judged(data: TrainingData) -> Judged:
    """Every method on the last thirds of a collection's lists."""
    round_ = hide_ends(playlists_of(data), SHARE, SHORTEST)
    known = replace(data, playlists=round_.known, playlist_ids=(), sessions=())
    section = LearnSection()
    learner = LEARNERS["continuation"].learner(section.effort, section.practice_lists)
    result, _ = train_one("continuation", known, section, seed=0, now=NOW, progress=silent)
    scorer = learner.fit(known, seed=0) if result.used else learner.stand_in(known, result.reason)
    lists = lists_of(catalogue_of(known.tracks), list(round_.known))
    rng = np.random.default_rng(0)
    methods = {
        ASKED: lambda rows: scorer.score(Query(playlist=rows)),
        **one_liners(lists, rng),
        **collaborative(lists, 0),
    }
    tie, everything = rng.random(len(data.vocabulary)), np.ones(len(data.vocabulary), dtype=bool)
    values = {
        name: np.array(
            [
                r_precision(
                    best_first(method(e.query), e.query, everything, tie, e.hidden.size), e.hidden
                )
                for e in round_.episodes
            ]
        )
        for name, method in methods.items()
    }
    entries = np.concatenate(data.playlists)
    return Judged(values, entries.size / np.unique(entries).size, result.used)


def main() -> None:
    """Judge every collection, and print a table of each."""
    chosen = options()
    for collection in chosen.collections.split(","):
        tracks, playlists = map(int, collection.split(":"))
        data = account(tracks=tracks, playlists=playlists, days=1, likes=tracks // 5,
                       seed=chosen.seed)  # fmt: skip
        with threadpool_limits(1):
            found = judged(data)
        ours = found.values[ASKED]
        printed = Table(
            title=f"{tracks:,} tracks, {len(data.playlists)} lists: a track stands in "
            f"{found.density:.1f} of them; "
            + ("the network is used" if found.used else "a simple method is used")
        )
        printed.add_column("method")
        printed.add_column("R-precision", justify="right")
        printed.add_column("what recipes ask is ahead by", justify="right")
        for name, values in sorted(found.values.items(), key=lambda pair: -pair[1].mean()):
            low, high = mean_interval(ours - values, rng=np.random.default_rng(0))
            ahead = f"{(ours - values).mean():+.3f} ({low:+.3f} to {high:+.3f})"
            printed.add_row(name, f"{values.mean():.3f}", "" if name == ASKED else ahead)
        Console(width=120).print(printed)


if __name__ == "__main__":
    main()
