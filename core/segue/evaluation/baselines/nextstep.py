"""What nextstep is compared with: DISCO's net as published and gradient boosting."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from segue.evaluation.datasets import Rows
from segue.models.data import Floats, Indices
from segue.models.nextstep.prefixes import FEATURES
from segue.models.nextstep.training import LONGEST, list_rows

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

    from segue.training import fit_network, shuffled_batches

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
