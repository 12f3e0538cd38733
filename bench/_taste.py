"""What genres tell of artists one has not met: likes foretold with and without them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from segue import metrics
from segue.errors import NotEnoughDataError
from segue.evaluation.datasets import group_folds, others
from segue.evaluation.tables import OURS, Row, Table
from segue.metrics import Interval, mean_interval, statistic_interval
from segue.models.data import Floats, TrainingData
from segue.models.scorer import Query
from segue.models.taste.context import credits_of
from segue.models.taste.learner import TasteLearner, judged
from segue.models.taste.model import recordings_of
from segue.progress import Fitting, side_by_side

FOLDS = 4
RESAMPLES = 500
WITHOUT, WITH = "segue, without genres", "segue, with genres"
METHODS: Mapping[str, bool | None] = {WITHOUT: False, WITH: True, OURS: None}
"""What each row is asked to read: `genres` of the taste learner; ours decides by itself."""
SPLITS = ("new artists", "known artists")


@dataclass(frozen=True, slots=True, eq=False)
class _Listener:
    """What a listener judged, (n,) each, whose artist and recording, and the folds by either."""

    data: TrainingData
    rows: NDArray[np.int64]
    labels: NDArray[np.int64]
    artist: NDArray[np.int64]
    known: NDArray[np.bool_]
    folds: Mapping[str, list[NDArray[np.int64]]]

    @classmethod
    def of(cls, data: TrainingData, seed: int) -> _Listener:
        """The judged tracks dealt into folds of whole artists, and of recordings."""
        rows, labels = judged(data)
        tracks = data.tracks.take(rows)
        names = [row[0] if row else f"#{n}" for n, row in enumerate(credits_of(tracks))]
        artist = np.unique(names, return_inverse=True)[1].astype(np.int64)
        groups = dict(zip(SPLITS, (artist, recordings_of(tracks)), strict=True))
        folds = {
            split: group_folds(group, FOLDS, np.random.default_rng(seed))
            for split, group in groups.items()
        }
        genres = tracks.genres
        known = np.zeros(rows.size, bool) if genres is None else np.isfinite(genres[:, 0])
        return cls(data, rows, labels, artist, known, folds)

    def answered(self, learner: TasteLearner, test: NDArray[np.int64], seed: int) -> Floats:
        """P(like) of the judged tracks in `test`, learned from the others alone."""
        train = others(self.rows.size, test)
        rows, labels = self.rows[train], self.labels[train]
        likes, dislikes = (rows[labels == label].astype(np.int32) for label in (1, 0))
        nothing = np.zeros(0, dtype=np.int32)
        data = replace(
            self.data, likes=likes, liked_at=np.zeros(0), dislikes=dislikes, sessions=(),
            passed=nothing,
        )  # fmt: skip
        return learner.fit(data, seed=seed).score(Query())[self.rows[test]]


def evaluate_genres(
    listeners: Sequence[TrainingData],
    source: str,
    how: Fitting,
    *,
    learner: TasteLearner | None = None,
    splits: Sequence[str] = SPLITS,
) -> Table:
    """P(like) with genres of artists, without, and as the learner decides by what it learns from.

    Four folds, of whole artists for `new artists` and of recordings for `known artists`. Of one
    listener the intervals come from drawing artists, of several from drawing listeners. Raises
    NotEnoughDataError where a listener judged too little or no genre is known.
    """
    usual = learner or TasteLearner()
    given = [_Listener.of(data, how.seed) for data in listeners]
    if not any(each.known.any() for each in given):
        raise NotEnoughDataError(f"{source}: no genre of any artist that was judged is known")
    tasks = [
        (split, method, each, test)
        for split in splits
        for method in METHODS
        for each in given
        for test in each.folds[split]
    ]
    jobs = [
        partial(each.answered, replace(usual, genres=METHODS[method]), test, how.seed)
        for _, method, each, test in tasks
    ]
    answers: dict[tuple[str, str], list[Floats]] = {
        (split, method): [np.empty(each.rows.size, dtype=np.float32) for each in given]
        for split in splits
        for method in METHODS
    }
    found = side_by_side(jobs, how, "evaluating genres")
    for (split, method, each, test), predicted in zip(tasks, found, strict=True):
        answers[split, method][given.index(each)][test] = predicted
    rows = [_row(method, split, given, answers[split, method]) for split, method in answers]
    notes = []
    for split in splits:
        for method in (WITH, OURS):
            gain = _compared(given, answers[split, method], answers[split, WITHOUT])
            notes.append(f"{split}: {method} is ahead of {WITHOUT} by {gain} AUC")
    part = np.concatenate([each.known for each in given]).mean()
    notes.append(f"of {part:.0%} of the judged tracks a genre is known")
    n = sum(each.rows.size for each in given)
    whose = "" if len(given) == 1 else f", mean of {len(given)} listeners"
    protocol = f"genres: P(like) on tracks not learned from{whose}"
    return Table(protocol, source, n, tuple(rows), tuple(notes), headline=SPLITS[0])


Metric = Callable[[NDArray[np.int64], Floats], float]
Measured = Callable[[int, NDArray[np.int64]], float]
"""What some of a listener's judged tracks come to, by the listener's number."""


def _row(method: str, split: str, listeners: Sequence[_Listener], answers: Sequence[Floats]) -> Row:
    def by(metric: Metric, place: int, rows: NDArray[np.int64]) -> float:
        return metric(listeners[place].labels[rows], answers[place][rows])

    measured: dict[str, Metric] = {"auc": metrics.auc, "accuracy": metrics.accuracy}
    found = {name: _estimate(listeners, partial(by, metric)) for name, metric in measured.items()}
    values = {name: value for name, (value, _) in found.items()}
    return Row(method, values, {name: interval for name, (_, interval) in found.items()}, split)


def _compared(
    listeners: Sequence[_Listener], first: Sequence[Floats], second: Sequence[Floats]
) -> str:
    def gain(place: int, rows: NDArray[np.int64]) -> float:
        labels = listeners[place].labels[rows]
        ours, theirs = (metrics.auc(labels, each[place][rows]) for each in (first, second))
        return ours - theirs

    value, (low, high) = _estimate(listeners, gain)
    return f"{value:+.3f} ({low:+.3f} to {high:+.3f})"


def _estimate(listeners: Sequence[_Listener], measured: Measured) -> tuple[float, Interval]:
    rng = np.random.default_rng(0)
    whole = (np.arange(listener.rows.size) for listener in listeners)
    each = np.array([measured(place, rows) for place, rows in enumerate(whole)])
    if len(listeners) > 1:
        return float(each.mean()), mean_interval(each, rng=rng)
    artist = listeners[0].artist
    members = np.split(np.argsort(artist, kind="stable"), np.cumsum(np.bincount(artist))[:-1])

    def drawn(places: NDArray[np.int64]) -> float:
        return measured(0, np.concatenate([members[place] for place in places.tolist()]))

    return float(each[0]), statistic_interval(drawn, len(members), rng=rng, resamples=RESAMPLES)
