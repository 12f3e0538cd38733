"""What recipes ask of the learners of lists, from few lists, beside simple models.

    python -m bench few_lists --lists FILE [--only NAME] [--draws N] [--sizes N,…] [--made-up N]

Of `--lists`, a table of playlists, each draw takes so many for the listener's own, and asks about
`ASKED` others of the same library, which nothing is learned or chosen by: `continuation` for the
second half of each, `association` and `embedding` for the others from one track, `nextstep` for the
features of each next track, `order` which of two orders is the list's. Each learner is judged and
learned as `segue learn` does it; what it judged no better, its baseline stands in for. `--made-up`
takes the lists of an account that the sandbox makes up, of so many tracks: there lists share many.
Printed is how far that is ahead of each simple model, with the 95 % interval over draws.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from sklearn.decomposition import PCA
from threadpoolctl import threadpool_limits

from bench._library import NOW, account
from segue.evaluation.baselines import association, classifiers, continuation
from segue.evaluation.datasets import read_playlists
from segue.metrics import mean_interval, r_precision
from segue.models.data import Indices, Reals, TrainingData, Vocabulary
from segue.models.embedding.autoencoder import audio_columns, standardised
from segue.models.learners import LEARNERS
from segue.models.lists.catalogue import catalogue_of
from segue.models.lists.episodes import best_first, without_repeats
from segue.models.lists.model import lists_of
from segue.models.nextstep.learner import NextStepScorer
from segue.models.nextstep.training import LONGEST, step_errors
from segue.models.saving import unpack
from segue.models.scorer import Query, Scorer
from segue.progress import silent
from segue.sequencing.learner import TERMS, OrderScorer, order_pairs, pairwise_accuracy
from segued.config.sections import LearnSection
from segued.learn.job import train_one

ASKED, SHORTEST = 40, 8
OURS = "what recipes ask"
Values = dict[str, NDArray[np.float64]]
Method = Callable[[Indices], Reals]


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--lists", type=Path)
    parser.add_argument("--made-up", type=int, default=0)
    parser.add_argument("--only", action="append", choices=list(MEASURED))
    parser.add_argument("--draws", type=int, default=6)
    parser.add_argument("--sizes", default="10,20,40")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_known_args(arguments)[0]


def drawn(
    data: TrainingData, size: int, rng: np.random.Generator
) -> tuple[TrainingData, list[Indices]]:
    """A library of so many own lists and of those asked about, and the latter in its rows."""
    able = [rows for rows in map(without_repeats, data.playlists) if rows.size >= SHORTEST]
    taken = [able[place] for place in rng.permutation(len(able))[: size + ASKED].tolist()]
    kept = np.unique(np.concatenate(taken))
    lists = [np.searchsorted(kept, rows).astype(np.int32) for rows in taken]
    library = TrainingData(
        Vocabulary(data.vocabulary[row] for row in kept.tolist()),
        data.tracks.take(kept),
        playlists=tuple(lists[:size]),
    )
    return library, lists[size:]


def learned(name: str, data: TrainingData, seed: int) -> tuple[Scorer | None, bool]:
    """What `segue learn` saves of a learner, and whether that is the learner's own."""
    result, packed = train_one(name, data, LearnSection(), seed=seed, now=NOW, progress=silent)
    if packed is None:
        return None, False
    return unpack(packed, LEARNERS[name].scorer(), name)[0], result.used


def found(method: Method, asked: list[tuple[Indices, Indices]], tie: Reals) -> NDArray[np.float64]:
    """R-precision of each (query, hidden)."""
    everything = np.ones(tie.size, dtype=np.bool_)
    return np.array(
        [
            r_precision(best_first(method(query), query, everything, tie, hidden.size), hidden)
            for query, hidden in asked
        ]
    )


def from_lists(
    scorer: Scorer | None, data: TrainingData, lists: list[Indices], rng: np.random.Generator
) -> Values:
    """The second half of each list from the first."""
    asked = [(rows[: rows.size // 2], rows[rows.size // 2 :]) for rows in lists]
    known = lists_of(catalogue_of(data.tracks), list(data.playlists))
    methods: dict[str, Method] = {**continuation.one_liners(known, rng)}
    cosine = continuation.collaborative(known, 0)["item-CF cosine"]
    methods = {name: way for name, way in methods.items() if name != "random"}
    methods["item-CF cosine"] = cosine
    if scorer is not None:
        methods[OURS] = lambda rows: scorer.score(Query(playlist=rows))
    tie = rng.random(len(data.vocabulary))
    return {name: found(method, asked, tie) for name, method in methods.items()}


def from_tracks(
    scorer: Scorer | None, data: TrainingData, lists: list[Indices], rng: np.random.Generator
) -> Values:
    """The others of each list from one of its tracks."""
    asked = []
    for rows in lists:
        seed = rng.choice(rows, 1)
        asked.append((seed, rows[rows != seed[0]]))
    methods: dict[str, Method] = {
        name: (lambda rows, way=way: way(int(rows[0])))
        for name, way in association.baselines(data).items()
    }
    columns = standardised(audio_columns(data.tracks))
    flat = PCA(min(10, *columns.shape)).fit_transform(columns)
    methods["nearest by PCA, 10 of 13 features"] = lambda rows: (
        -((flat - flat[rows[0]]) ** 2).sum(axis=1)
    )
    if scorer is not None:
        methods[OURS] = lambda rows: scorer.score(Query(seeds=rows))
    tie = rng.random(len(data.vocabulary))
    return {name: found(method, asked, tie) for name, method in methods.items()}


def next_steps(
    scorer: Scorer | None, data: TrainingData, lists: list[Indices], rng: np.random.Generator
) -> Values:
    """Minus the mean absolute error of the next track's features, a list each."""
    del rng, data
    assert isinstance(scorer, NextStepScorer)
    scaled = scorer.scaled
    lists = [rows[:LONGEST] for rows in lists]
    ways: Mapping[str, Callable[[Indices], Reals]] = {
        "prefix median": lambda rows: classifiers.median(rows, scaled),
        "prefix mean": lambda rows: classifiers.mean(rows, scaled),
        "last track": lambda rows: classifiers.last(rows, scaled),
        OURS: lambda rows: np.stack(
            [scorer.predict(scaled[rows[:t]]) for t in range(1, len(rows))]
        ),
    }
    return {
        name: np.array([-np.nanmean(step_errors(way(rows), scaled[rows[1:]])) for rows in lists])
        for name, way in ways.items()
    }


def orders(
    scorer: Scorer | None, data: TrainingData, lists: list[Indices], rng: np.random.Generator
) -> Values:
    """The share of other orders that each list's own is told from."""
    del data
    assert isinstance(scorer, OrderScorer)
    pairs = [order_pairs(scorer.songs.take(rows[:100]), rng) for rows in lists]
    pairs = [each for each in pairs if each.any()]
    own = np.array([scorer.weights[name] for name in TERMS])
    ways = {"shipped weights": np.ones(len(TERMS)), OURS: own}
    values = {name: np.array([pairwise_accuracy(p, w) for p in pairs]) for name, w in ways.items()}
    return {**values, "chance": np.full(len(pairs), 0.5)}


MEASURED = {
    "continuation": from_lists,
    "association": from_tracks,
    "embedding": from_tracks,
    "nextstep": next_steps,
    "order": orders,
}


def main() -> None:
    """Measure each learner with each number of lists, and print."""
    chosen = options()
    if chosen.made_up:
        data = account(tracks=chosen.made_up, playlists=200, days=1, seed=7 + chosen.seed)
    elif chosen.lists:
        data = read_playlists(chosen.lists)
    else:
        return
    data = replace(data, sessions=())
    printed = Table(title=f"{chosen.draws} draws, {ASKED} other lists each")
    for column in ("learner", "lists", "used", "method", "value", f"{OURS} is ahead by"):
        printed.add_column(column)
    for name in chosen.only or MEASURED:
        for size in map(int, chosen.sizes.split(",")):
            means: dict[str, list[float]] = {}
            used = 0
            for draw in range(chosen.draws):
                rng = np.random.default_rng([chosen.seed, draw, size])
                own, asked = drawn(data, size, rng)
                with threadpool_limits(1):
                    scorer, ours = learned(name, own, draw)
                    values = MEASURED[name](scorer, own, asked, rng)
                used += ours
                for method, each in values.items():
                    means.setdefault(method, []).append(float(each.mean()))
            mine = np.array(means[OURS])
            for method, each in sorted(means.items(), key=lambda pair: -np.mean(pair[1])):
                low, high = mean_interval(mine - each, rng=np.random.default_rng(0))
                ahead = f"{np.mean(mine - each):+.4f} ({low:+.4f} to {high:+.4f})"
                printed.add_row(
                    name, str(size), f"{used}/{chosen.draws}", method, f"{np.mean(each):.4f}",
                    "" if method == OURS else ahead,
                )  # fmt: skip
    Console(width=140).print(printed)


if __name__ == "__main__":
    main()
