"""Like or not: our learner beside the original net and plain classifiers, on rows not seen; and
which of the songs that engines named are liked later."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from segue import metrics
from segue.errors import NotEnoughDataError
from segue.evaluation.baselines.classifiers import (
    CLASSIFIERS,
    Classifier,
    Judged,
    known_columns,
    majority,
    published_taste_net,
    with_artist,
)
from segue.evaluation.datasets import Case, Rows, group_folds, group_split, others
from segue.evaluation.tables import OURS, Row, Table
from segue.metrics import mean_interval, statistic_interval
from segue.models.data import Floats, TrainingData
from segue.models.scorer import Query
from segue.models.taste.context import Context, genre_context, learn_context
from segue.models.taste.learner import TasteLearner, judged
from segue.models.taste.learner import learner as learner_of
from segue.models.taste.model import TasteModel, fit_model, recordings_of
from segue.music.track import normalised_artist
from segue.progress import Fitting, blocks_of, side_by_side

TEST_SHARE = 0.25
FOLDS = 4
SPLITS = 10
RESAMPLES = 500

WITH_GENRES = f"{OURS}, with genres"

Probabilities = NDArray[np.float64]
Method = Callable[[Rows, Rows], Probabilities]
"""(training rows, test rows) to P(like) of the test rows."""

Metric = Callable[[NDArray[np.int64], Probabilities], float]

METRICS: Mapping[str, Metric] = {
    "accuracy": metrics.accuracy,
    "auc": metrics.auc,
    "ece": metrics.expected_calibration_error,
}


def judged_tracks(data: TrainingData) -> Judged:
    """The tracks that a listener judged, and what of them must not be parted."""
    rows, labels = judged(data)
    tracks = data.tracks.take(rows)
    names = [normalised_artist(name) for name in tracks.artist_names]
    keys = [names[a] if a >= 0 else f"#{row}" for row, a in enumerate(tracks.artist)]
    artist = np.unique(keys, return_inverse=True)[1].astype(np.int64)
    return Judged(tracks, labels, recordings_of(tracks), artist)


def evaluate_taste(
    data: TrainingData,
    source: str,
    how: Fitting,
    *,
    learner: TasteLearner | None = None,
    splits: int = SPLITS,
    only: Collection[str] | None = None,
) -> Table:
    """All methods under three protocols, without and (where given) with other people's playlists.

    `random` is one split of 75/25 and `random, mean of n` the mean over n of them; `4-fold` deals
    recordings, `4-fold, new artists` whole artists, so that none is known to training. Copies of
    a recording always stand on one side. `only` leaves out the methods it does not name. Genres of
    artists, where any are known, have a row of their own. Raises NotEnoughDataError.
    """
    tracks, ours = judged_tracks(data), learner or TasteLearner()
    context = None if ours.context is None else learn_context(ours.context, seed=how.seed)
    every = _methods(tracks, context, how.seed, ours)
    methods = {name: method for name, method in every.items() if only is None or name in only}
    rng = np.random.default_rng(how.seed)
    parts = [group_split(tracks.recording, TEST_SHARE, rng) for _ in range(splits)]
    by_recording = group_folds(tracks.recording, FOLDS, np.random.default_rng(how.seed))
    by_artist = group_folds(tracks.artist, FOLDS, np.random.default_rng(how.seed))
    tests = [*parts, *by_recording, *by_artist]
    n = tracks.labels.size
    # What takes longest and most memory comes first: a process whose memory grows is exchanged.
    last_first = [methods[name] for name in reversed(methods)]
    jobs = [partial(method, others(n, test), test) for method in last_first for test in tests]
    answered = side_by_side(jobs, how, "evaluating taste")
    rows: list[Row] = []
    for name, predicted in zip(methods, reversed(blocks_of(answered, len(tests))), strict=True):
        rows += _random_rows(name, predicted[:splits], tracks.labels, parts)
        dealt = predicted[splits:]
        for split, folds in (("4-fold", by_recording), ("4-fold, new artists", by_artist)):
            rows.append(_fold_row(_placed(name, split), dealt, tracks.labels, folds))
            dealt = dealt[FOLDS:]
    order = list(dict.fromkeys(row.split for row in rows))
    rows.sort(key=lambda row: order.index(row.split))
    return Table(
        protocol="taste: P(like) on rows not learned from; copies of a recording on one side",
        data=source,
        n=tracks.labels.size,
        rows=tuple(rows),
        notes=_confusions(rows),
        headline="4-fold" if context is None else "4-fold, with context",
    )


def _methods(
    tracks: Judged, context: Context | None, seed: int, learner: TasteLearner
) -> dict[str, Method]:
    columns = known_columns(tracks.table)
    methods: dict[str, Method] = {
        "majority": partial(_plain, majority, columns, tracks, seed),
        "ESP's net as published": partial(_plain, published_taste_net, columns, tracks, seed),
    }
    for name, classifier in CLASSIFIERS.items():
        methods[name] = partial(_plain, classifier, columns, tracks, seed)
        methods[f"{name} + artist"] = partial(_artist, classifier, columns, tracks, seed)
    fit = partial(fit_model, seed=seed, trees=learner.trees, few=learner.few)
    methods[OURS] = partial(_ours, partial(fit, context=None), tracks)
    if (known := genre_context(tracks.table, seed=seed)) is not None:
        methods[WITH_GENRES] = partial(_ours, partial(fit, context=known), tracks)
    if context is not None:
        vectors, numbers = context.of(tracks.table)
        wide = np.concatenate([columns, numbers, vectors], axis=1)
        for name in ("random forest", "gradient boosting"):
            methods[f"{name} + artist + context"] = partial(
                _artist, CLASSIFIERS[name], wide, tracks, seed
            )
        methods[f"{OURS} + context"] = partial(_ours, partial(fit, context=context), tracks)
    return methods


def _plain(
    classifier: Classifier, columns: Floats, tracks: Judged, seed: int, train: Rows, test: Rows
) -> Probabilities:
    return classifier(columns[train], tracks.labels[train], columns[test], seed)


def _artist(
    classifier: Classifier, columns: Floats, tracks: Judged, seed: int, train: Rows, test: Rows
) -> Probabilities:
    inside, outside = with_artist(columns, tracks, train, test, seed)
    return classifier(inside, tracks.labels[train], outside, seed)


def _ours(fit: Callable[..., TasteModel], tracks: Judged, train: Rows, test: Rows) -> Probabilities:
    return fit(tracks.table.take(train), tracks.labels[train]).predict(tracks.table.take(test))


def _measured(labels: NDArray[np.int64], predicted: Probabilities) -> dict[str, float]:
    return {key: metric(labels, predicted) for key, metric in METRICS.items()}


def _of_rows(
    metric: Metric, labels: NDArray[np.int64], predicted: Probabilities, rows: Rows
) -> float:
    return metric(labels[rows], predicted[rows])


def _with_intervals(
    method: str, split: str, labels: NDArray[np.int64], predicted: Probabilities
) -> Row:
    intervals = {
        key: statistic_interval(
            partial(_of_rows, metric, labels, predicted),
            labels.size,
            rng=np.random.default_rng(0),
            resamples=RESAMPLES,
        )
        for key, metric in METRICS.items()
    }
    table = metrics.confusion(labels, predicted).tolist()
    return Row(method, _measured(labels, predicted), intervals, split, details={"confusion": table})


def _fold_row(
    place: tuple[str, str],
    predicted: Sequence[Probabilities],
    labels: NDArray[np.int64],
    folds: list[Rows],
) -> Row:
    whole = np.empty(labels.size)
    for test, of_test in zip(folds, predicted, strict=False):
        whole[test] = of_test
    return _with_intervals(*place, labels, whole)


def _random_rows(
    name: str, predicted: Sequence[Probabilities], labels: NDArray[np.int64], parts: list[Rows]
) -> list[Row]:
    first = _with_intervals(*_placed(name, "random"), labels[parts[0]], predicted[0])
    each = [
        _measured(labels[test], probabilities)
        for test, probabilities in zip(parts, predicted, strict=True)
    ]
    values = {key: np.array([scores[key] for scores in each]) for key in METRICS}
    rng = np.random.default_rng(0)
    method_name, split = _placed(name, f"random, mean of {len(parts)}")
    mean = Row(
        method_name,
        {key: float(values[key].mean()) for key in METRICS},
        {key: mean_interval(values[key], rng=rng) for key in METRICS},
        split,
    )
    return [first, mean]


def _placed(name: str, split: str) -> tuple[str, str]:
    """Our row is called `segue` in every split; with context the split says so."""
    if name.endswith(" + context"):
        return name.removesuffix(" + context"), f"{split}, with context"
    return name, split


def _confusions(rows: list[Row]) -> tuple[str, ...]:
    out = []
    for row in rows:
        table = row.details.get("confusion")
        if row.method == OURS and isinstance(table, list):
            (right_no, wrong_yes), (wrong_no, right_yes) = table
            out.append(
                f"confusion, {row.split}: disliked {right_no} right, {wrong_yes} taken for liked; "
                f"liked {right_yes} right, {wrong_no} taken for disliked"
            )
    return tuple(out)


DEPTH = 20


def evaluate_discovery(
    cases: Sequence[Case], source: str, how: Fitting, *, effort: float = 1.0
) -> Table:
    """The first twenty of what engines named, by the user's own taste as it was learned by a date,
    beside other rankings and each engine alone: the share liked later, and nDCG.

    Raises NotEnoughDataError where no case has later likes among what was named.
    """
    able = [case for case in cases if np.isin(case.candidates, case.later).any()]
    if not able:
        raise NotEnoughDataError(
            f"{source}: nothing that an engine named was liked later, so that no ranking can be "
            "measured; --made-up measures on listeners made up"
        )
    jobs = [partial(_found_by, case, how.seed, effort) for case in able]
    found = side_by_side(jobs, how, "dates")
    rng = np.random.default_rng(how.seed)
    rows = []
    for method in dict.fromkeys(name for each in found for name in each):
        values = np.array([each[method] for each in found if method in each])
        columns = {"hit20": values[:, 0], "ndcg20": values[:, 1]}
        rows.append(
            Row(
                method,
                {key: float(column.mean()) for key, column in columns.items()},
                {key: mean_interval(column, rng=rng) for key, column in columns.items()},
            )
        )
    gain = np.array([each[OURS][0] - each["engines by turns"][0] for each in found])
    low, high = mean_interval(gain, rng=rng)
    return Table(
        "discovery: which of the songs that engines named are liked later",
        source,
        len(able),
        tuple(rows),
        (f"taste is ahead of engines by turns by {gain.mean():+.3f} ({low:+.3f} to {high:+.3f})",),
    )


def _found_by(case: Case, seed: int, effort: float) -> dict[str, tuple[float, float]]:
    """The share liked later of the first twenty, and their nDCG, by method."""
    data, rows = case.data, case.candidates
    relevant = np.intersect1d(case.later, rows)
    popularity = np.nan_to_num(data.tracks.popularity, nan=-1.0)
    artists = data.tracks.artist
    liked_by = np.bincount(artists[data.likes] + 1, minlength=int(artists.max(initial=-1)) + 2)
    own = np.where(artists >= 0, liked_by[artists + 1], 0)
    learner = learner_of(effort)
    try:
        taste = learner.fit(data, seed=seed).score(Query())
    except NotEnoughDataError as why:
        taste = learner.stand_in(data, str(why)).score(Query())
    rankings = {
        OURS: rows[np.argsort(-taste[rows], kind="stable")],
        "engines by turns": rows,
        "popularity": rows[np.argsort(-popularity[rows], kind="stable")],
        "same artist": rows[np.lexsort((-popularity[rows], -own[rows]))],
        **{f"{name} alone": named[np.isin(named, rows)] for name, named in case.engines.items()},
    }
    return {
        name: (np.isin(row[:DEPTH], relevant).sum() / DEPTH, metrics.ndcg(row, relevant, DEPTH))
        for name, row in rankings.items()
    }
