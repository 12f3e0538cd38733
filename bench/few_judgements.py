"""Taste from few judgements, beside plain classifiers that read every column it reads.

    python -m bench few_judgements --likes FILE --lists FILE [--draws N] [--sizes N,…] [--seed N]

`--likes` is a table as `segue evaluate taste` takes it. Of `--lists`, a table of playlists, a
second listener is made up, who likes the tracks of some lists and not those of others: popularity
and year of release are known of them. Each draw learns from so many judged tracks and is asked
about 500 others; printed is the AUC, in the mean over draws, and how far ours is ahead of each
classifier with the 95 % interval of that over draws.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits

from segue.evaluation.baselines.classifiers import (
    CLASSIFIERS,
    Judged,
    known_columns,
    with_artist,
)
from segue.evaluation.datasets import read_likes, read_playlists
from segue.evaluation.taste import judged_tracks
from segue.metrics import auc, mean_interval
from segue.models.data import TrainingData
from segue.models.taste.model import fit_model

ASKED = 500
LISTS = 12
"""The made-up listener likes the tracks of so many lists, and not those of as many others."""
OURS = "segue"


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--likes", type=Path)
    parser.add_argument("--lists", type=Path)
    parser.add_argument("--draws", type=int, default=6)
    parser.add_argument("--sizes", default="50,100,200,300")
    parser.add_argument("--seed", type=int, default=0, help="which listener is made up")
    return parser.parse_known_args(arguments)[0]


def listener(data: TrainingData, seed: int = 0) -> TrainingData:
    """Likes and dislikes made of playlists; a track that stands in both kinds is liked."""
    chosen = np.random.default_rng(seed).permutation(len(data.playlists))[: 2 * LISTS]
    liked, disliked = (
        np.unique(np.concatenate([data.playlists[place] for place in half]))
        for half in (chosen[:LISTS], chosen[LISTS:])
    )
    return replace(
        data, playlists=(), playlist_ids=(), likes=liked, dislikes=np.setdiff1d(disliked, liked)
    )


def answers(
    tracks: Judged, train: NDArray[np.int64], test: NDArray[np.int64], seed: int
) -> Iterator[tuple[str, float]]:
    """The AUC of every method."""
    inside, outside = with_artist(known_columns(tracks.table), tracks, train, test, seed)
    for name, classifier in CLASSIFIERS.items():
        predicted = classifier(inside, tracks.labels[train], outside, seed)
        yield f"{name} + artist", auc(tracks.labels[test], predicted)
    model = fit_model(tracks.table.take(train), tracks.labels[train], context=None, seed=seed)
    yield OURS, auc(tracks.labels[test], model.predict(tracks.table.take(test)))


def measured(tracks: Judged, size: int, draws: int) -> dict[str, NDArray[np.float64]]:
    """The AUC of each draw by method; copies of a recording stand on one side."""
    found: dict[str, list[float]] = {}
    for draw in range(draws):
        rng = np.random.default_rng([draw, size])
        rows = rng.permutation(tracks.labels.size)
        train, rest = rows[:size], rows[size:]
        test = rest[~np.isin(tracks.recording[rest], tracks.recording[train])][:ASKED]
        for name, value in answers(tracks, train, test, draw):
            found.setdefault(name, []).append(value)
    return {name: np.array(values) for name, values in found.items()}


def main() -> None:
    """Measure each listener with each number of judgements, and print."""
    chosen = options()
    listeners = {
        "likes": partial(read_likes, chosen.likes) if chosen.likes else None,
        "made of lists": (lambda: listener(read_playlists(chosen.lists), chosen.seed))
        if chosen.lists
        else None,
    }
    printed = Table(title=f"AUC, mean over {chosen.draws} draws")
    for column in ("listener", "judged", "method", "AUC", "segue is ahead by"):
        printed.add_column(column)
    for who, read in listeners.items():
        if read is None:
            continue
        tracks = judged_tracks(read())
        for size in map(int, chosen.sizes.split(",")):
            with threadpool_limits(1):
                found = measured(tracks, size, chosen.draws)
            for name, values in found.items():
                gains = found[OURS] - values
                low, high = mean_interval(gains, rng=np.random.default_rng(0))
                ahead = "" if name == OURS else f"{gains.mean():+.3f} ({low:+.3f} to {high:+.3f})"
                printed.add_row(who, str(size), name, f"{values.mean():.3f}", ahead)
    Console(width=120).print(printed)


if __name__ == "__main__":
    main()
