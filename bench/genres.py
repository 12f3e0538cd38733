"""What genres of artists tell of listeners that the sandbox makes up: of likes, for artists not yet
met, and of what goes with a song that stands in no list.

Taste reads genres as it does on an account. Association reads none; here it is given them as
columns of content, to see what it would gain. The sandbox makes its lists by genre.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from bench._library import account
from bench._taste import SPLITS, evaluate_genres
from segue.evaluation.association import ANSWERS, split_of
from segue.evaluation.datasets import read_genres, read_likes, with_genres
from segue.metrics import mean_interval
from segue.models.data import TrainingData
from segue.models.lists.association import AssociationLearner
from segue.models.lists.episodes import best_first
from segue.models.lists.model import WHOLE_LIBRARY
from segue.models.taste.context import genre_context
from segue.progress import Fitting, Processes

SEEDS = 300


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """How many listeners, and on how many processes."""
    parser = argparse.ArgumentParser(prog="bench genres")
    parser.add_argument("--listeners", type=int, default=8)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--data", type=Path, help="in place of these: a file of likes")
    parser.add_argument("--genres", type=Path, help="and one of the genres of artists")
    return parser.parse_known_args(arguments)[0]


def hits(data: TrainingData, *, genres: bool) -> tuple[np.ndarray, np.ndarray]:
    """Whether ten answers to each seed hold one of its list that was held out, and whether the seed
    stands in a known list: (n_seeds,) each."""
    split = split_of(data, 0, SEEDS)
    training = split.training
    table = replace(training.tracks, text=None, genres=None)
    context = genre_context(data.tracks, seed=0) if genres else None
    if context is not None:
        vectors, _ = context.of(data.tracks)
        vectors[~vectors.any(axis=1)] = np.nan
        table = replace(table, text=vectors)
    scorer = AssociationLearner().fit(replace(training, tracks=table), seed=0)
    candidates = np.zeros(len(table), dtype=np.bool_)
    candidates[np.concatenate(training.playlists)] = True
    tie = np.random.default_rng(0).random(len(table))
    found = []
    for seed in split.seeds.tolist():
        query = np.array([seed], dtype=np.int32)
        scores = scorer.score_seed(seed, WHOLE_LIBRARY)
        best = best_first(scores, query, candidates, tie, ANSWERS)
        found.append(bool(np.isin(best, split.companions[seed]).any()))
    return np.array(found), candidates[split.seeds]


def main() -> None:
    """Print both."""
    given = options()
    how = Fitting(0, spread=Processes(given.processes))
    if given.data is not None:
        data = with_genres(read_likes(given.data), read_genres(given.genres))
        print(evaluate_genres([data], given.data.name, how).text())
        return
    listeners = [
        account(tracks=2000, playlists=80, days=365, likes=500, seed=seed)
        for seed in range(given.listeners)
    ]
    plain = [replace(each, tracks=replace(each.tracks, text=None)) for each in listeners]
    table = evaluate_genres(plain, "the sandbox's listeners", how, splits=SPLITS[:1])
    print(table.text(), end="\n\n", flush=True)
    pairs = [(hits(each, genres=False), hits(each, genres=True)) for each in plain]
    for name, wanted in (("all seeds", None), ("cold seeds", False)):
        rows = [
            [answers[warm == wanted] if wanted is not None else answers for answers, warm in pair]
            for pair in pairs
        ]
        before, after = (np.concatenate(column) for column in zip(*rows, strict=True))
        gain = after.astype(float) - before
        low, high = mean_interval(gain, rng=np.random.default_rng(0))
        print(
            f"association, {name}: n = {gain.size}, hit10 {before.mean():.3f} without genres, "
            f"{after.mean():.3f} with: {gain.mean():+.3f} ({low:+.3f} to {high:+.3f})",
            flush=True,
        )


if __name__ == "__main__":
    main()
