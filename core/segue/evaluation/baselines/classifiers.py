"""What nextstep and taste are compared with: the original nets, the majority, and scikit-learn's
classifiers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from segue.evaluation.datasets import Rows, group_folds, others
from segue.models.data import Floats, Indices, TrackTable
from segue.models.nextstep.model import FEATURES
from segue.models.nextstep.training import LONGEST, list_rows
from segue.models.taste.simple import CLASSIFIERS as PLAIN
from segue.models.taste.simple import Simple
from segue.progress import fit_network, shuffled_batches

Predict = Callable[[Indices], Floats]
"""The rows of one list (n,) to what is predicted of its 2nd to last track: (n − 1, 8)."""

UNITS = 64
EPOCHS = 10
BATCH = 16
BOOSTING_ROUNDS = 120


def published_net(
    lists: Sequence[Indices], scaled: Floats, titles: Sequence[str], *, seed: int
) -> Predict:
    """DISCO's net as published: a many-to-many LSTM of 64 units, a dense layer, MAE, Adam.

    Its lists are read in alphabetical order of their titles, as the original's were.
    """
    import torch
    from torch import nn

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        recurrent = nn.LSTM(FEATURES, UNITS, batch_first=True)
        dense = nn.Linear(UNITS, FEATURES)
    generator = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.Adam([*recurrent.parameters(), *dense.parameters()], 1e-3)
    known = np.nan_to_num(scaled)
    sorted_lists = [
        np.array(sorted(rows[:LONGEST], key=lambda row: titles[row].casefold())) for rows in lists
    ]
    whole = np.zeros((len(lists), LONGEST, FEATURES), dtype=np.float32)
    length = np.array([len(rows) for rows in sorted_lists])
    for number, rows in enumerate(sorted_lists):
        whole[number, : len(rows)] = known[rows]
    x = torch.from_numpy(whole)
    inside = torch.from_numpy(np.arange(1, LONGEST)[None, :] < length[:, None])[:, :, None]

    def loss(batch: torch.Tensor) -> torch.Tensor:
        predicted = dense(recurrent(x[batch, :-1])[0])
        gaps = (predicted - x[batch, 1:]).abs() * inside[batch]
        mean: torch.Tensor = gaps.sum() / (inside[batch].sum() * FEATURES)
        return mean

    fit_network(shuffled_batches(len(x), BATCH, EPOCHS, generator), loss, optimiser)

    def predict(rows: Indices) -> Floats:
        with torch.no_grad():
            answer = dense(recurrent(torch.from_numpy(known[rows[:-1]])[None])[0])[0]
        return np.asarray(answer.numpy(), dtype=np.float32)

    return predict


def boosting(lists: Sequence[Indices], scaled: Floats, *, seed: int) -> Predict:
    """Gradient boosting for absolute error, one a feature, on the statistics our net reads."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    parts = [list_rows(rows[:LONGEST], scaled) for rows in lists]
    inputs = np.concatenate([part[0] for part in parts])
    targets = np.concatenate([part[1] for part in parts])
    models = []
    for feature in range(FEATURES):
        known = np.isfinite(targets[:, feature])
        model = HistGradientBoostingRegressor(
            loss="absolute_error", max_iter=BOOSTING_ROUNDS, learning_rate=0.05,
            max_leaf_nodes=8, min_samples_leaf=50, random_state=seed,
        )  # fmt: skip
        gap = targets[known, feature] - inputs[known, feature]
        models.append(model.fit(inputs[known], gap))

    def predict(rows: Indices) -> Floats:
        asked, _ = list_rows(rows, scaled)
        gaps = np.stack([model.predict(asked) for model in models], axis=1)
        return np.asarray(asked[:, :FEATURES] + gaps, dtype=np.float32)

    return predict


def zero(rows: Indices, scaled: Floats) -> Floats:
    """The mean of all music in this scale."""
    return np.zeros_like(scaled[rows[1:]])


def last(rows: Indices, scaled: Floats) -> Floats:
    """The track before."""
    return np.asarray(np.nan_to_num(scaled[rows[:-1]]))


def mean(rows: Indices, scaled: Floats) -> Floats:
    """The mean of the list so far."""
    before = np.nan_to_num(scaled[rows[:-1]])
    length = np.arange(1, len(before) + 1)[:, None]
    return np.asarray(np.cumsum(before, axis=0) / length, dtype=np.float32)


def median(rows: Indices, scaled: Floats) -> Floats:
    """The median of the list so far."""
    return list_rows(rows, scaled)[0][:, :FEATURES]


def shuffled_lists(lists: Sequence[Indices], rng: np.random.Generator) -> list[Indices]:
    """Each list's read tracks in random order."""
    return [rng.permutation(rows[:LONGEST]) for rows in lists]


def chosen(lists: Sequence[Indices], rows: Rows) -> list[Indices]:
    """Some of the lists."""
    return [lists[row] for row in rows]


Labels = NDArray[np.int64]
Probabilities = NDArray[np.float64]
Classifier = Callable[[Floats, Labels, Floats, int], Probabilities]
"""(training columns, their labels, test columns, seed) to P(like) of the test rows."""

SHRINKAGE = 2.0
FOLDS = 5

PUBLISHED_EPOCHS = 20
PUBLISHED_BATCH = 32


def known_columns(tracks: TrackTable) -> Floats:
    """What ours reads of a track as plain numbers, without gaps: (n, 12) to (n, 14).

    The abstract features, key, mode, tempo and duration, 0 where unknown; popularity and year of
    release where the table knows any, their medians where unknown.
    """
    more: list[NDArray[np.generic]] = [tracks.key, tracks.mode, tracks.tempo, tracks.duration_ms]
    columns = [*tracks.abstract.T, *(column.astype(np.float32) for column in more)]
    for column in (tracks.popularity, tracks.released):
        known = np.isfinite(column)
        if known.any():
            columns.append(np.where(known, column, np.median(column[known])))
    return np.asarray(np.nan_to_num(np.stack(columns, axis=1)), dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """The judged tracks of one listener; what must not be parted has one number."""

    table: TrackTable
    labels: Labels
    recording: NDArray[np.int64]
    artist: NDArray[np.int64]


def with_artist(
    columns: Floats, tracks: Judged, train: Rows, test: Rows, seed: int
) -> tuple[Floats, Floats]:
    """Columns of training and test rows with the artist's share of likes and number of labels.

    Out of fold inside training; from all training rows for the test rows.
    """
    encoded = np.zeros((train.size, 2))
    for fold in group_folds(tracks.recording[train], FOLDS, np.random.default_rng(seed)):
        rest = train[others(train.size, fold)]
        encoded[fold] = _encoded(tracks, rest, train[fold])
    predicted = _encoded(tracks, train, test)
    return (
        np.concatenate([columns[train], encoded], axis=1).astype(np.float32),
        np.concatenate([columns[test], predicted], axis=1).astype(np.float32),
    )


def _encoded(tracks: Judged, known: Rows, asked: Rows) -> NDArray[np.float64]:
    artist, labels = tracks.artist, tracks.labels
    n = int(artist.max()) + 2
    counts = np.bincount(artist[known] + 1, minlength=n)
    likes = np.bincount(artist[known] + 1, weights=labels[known], minlength=n)
    counts[0], likes[0] = 0, 0
    share = (likes + SHRINKAGE * labels[known].mean()) / (counts + SHRINKAGE)
    rows = artist[asked] + 1
    return np.stack([share[rows], counts[rows]], axis=1)


def majority(train: Floats, labels: Labels, test: Floats, seed: int) -> Probabilities:  # noqa: ARG001 - one form for all
    """The share of likes, whatever the track."""
    return np.full(len(test), labels.mean())


def published_taste_net(train: Floats, labels: Labels, test: Floats, seed: int) -> Probabilities:
    """ESP's net as published: dense layers of 64 and 32 with ReLU, a sigmoid, Adam at 0.001.

    Inputs are scaled to 0..1; 20 epochs in batches of 32 by binary cross-entropy.
    """
    import torch
    from torch import nn

    low, high = train.min(axis=0), train.max(axis=0)
    scale = np.where(high > low, high - low, 1)
    x = torch.from_numpy(((train - low) / scale).astype(np.float32))
    y = torch.from_numpy(labels.astype(np.float32))
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = nn.Sequential(
            nn.Linear(x.shape[1], 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 1)
        )
    optimiser = torch.optim.Adam(net.parameters(), 1e-3, fused=True)
    crossed = nn.BCEWithLogitsLoss()
    fit_network(
        shuffled_batches(len(x), PUBLISHED_BATCH, PUBLISHED_EPOCHS, generator),
        lambda rows: crossed(net(x[rows])[:, 0], y[rows]),
        optimiser,
    )
    with torch.no_grad():
        predicted = net(torch.from_numpy(((test - low) / scale).astype(np.float32)))[:, 0]
    return np.asarray(torch.sigmoid(predicted).numpy(), dtype=np.float64)


def _asked(
    fit: Callable[[Floats, Labels, int], Simple], train: Floats, labels: Labels, test: Floats,
    seed: int,
) -> Probabilities:  # fmt: skip
    return fit(train, labels, seed).predict(test)


CLASSIFIERS: Mapping[str, Classifier] = {name: partial(_asked, fit) for name, fit in PLAIN.items()}
