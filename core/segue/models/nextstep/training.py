"""Training rows from lists, what is known of their artists, and which training predicts held-out
lists best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segue.metrics import mean_interval
from segue.models.data import Floats, Indices
from segue.models.nextstep.model import (
    FEATURES,
    StepModel,
    fit_line,
    prefix_statistics,
    steps_for,
    train_nets,
)

Errors = NDArray[np.float64]
"""The error of each step of a list: (n − 1,)."""

LONGEST = 50
"""How many tracks of a list are read."""

SHORTEST = 8
"""Lists with fewer tracks are not learned from."""

PERMUTED_COPIES = 4
"""How many shuffled copies of each list an order-free training adds."""

NETS = 3

PARTS = 5
ENOUGH_ASKED = 15
"""With fewer lists held out, which training is better would be a matter of luck."""

FEWEST_ROWS_FOR_NETS = 1500
"""Nets are not tried on fewer steps: what they learn there does not hold for other lists."""


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """How the steps of lists are learned.

    Unless `ordered`, shuffled copies of each list are added: most lists hold little order, and
    the copies teach what does not depend on it. `nets` correct the straight part; few lists are
    too few for them.
    """

    ordered: bool
    nets: bool


CONFIGS = tuple(
    TrainingConfig(ordered, nets) for nets in (False, True) for ordered in (True, False)
)


def list_rows(
    rows: Indices, scaled: Floats, means: ArtistMeans | None = None
) -> tuple[Floats, Floats]:
    """Inputs (n − 1, d) and targets (n − 1, 8) of one list: each prefix and what follows it."""
    inputs = prefix_statistics(scaled[rows])[:-1]
    if means is not None:
        beside = means.beside(inputs[:, :FEATURES], rows[1:])
        inputs = np.concatenate([inputs, beside], axis=1)
    return inputs, scaled[rows[1:]]


@dataclass(frozen=True, slots=True, eq=False)
class ListRows:
    """All that is learned from one list: inputs (n − 1, d) and targets (n − 1, 8) as it stands,
    and of its shuffled copies, one below the other."""

    inputs: Floats
    targets: Floats
    mixed_inputs: Floats
    mixed_targets: Floats


def rows_of(
    lists: Sequence[Indices], scaled: Floats, *, seed: int, means: ArtistMeans | None = None
) -> list[ListRows]:
    """What is learned from each list of track rows; of `means` over them the next artist is known.

    An artist's mean is taken without the list that is read, as it would be for a new list.
    """
    found = []
    for number, rows in enumerate(lists):
        rng = np.random.default_rng((seed, number))
        others = None if means is None else means.without(rows)
        copies = [rng.permutation(rows)[:LONGEST] for _ in range(PERMUTED_COPIES)]
        mixed = [list_rows(copy, scaled, others) for copy in copies]
        mixed_inputs, mixed_targets = (np.concatenate(side) for side in zip(*mixed, strict=True))
        inputs, targets = list_rows(rows[:LONGEST], scaled, others)
        found.append(ListRows(inputs, targets, mixed_inputs, mixed_targets))
    return found


def fit_steps(
    lists: Sequence[ListRows],
    config: TrainingConfig,
    *,
    seed: int,
    nets: int = NETS,
    device: str = "cpu",
) -> StepModel:
    """Learn from lists, see `rows_of`."""
    straight = _straight(lists, config.ordered)
    return (
        _corrected(straight, lists, config.ordered, nets, seed, device) if config.nets else straight
    )


def _together(lists: Sequence[ListRows], ordered: bool) -> tuple[Floats, Floats]:
    inputs = [list_.inputs for list_ in lists]
    targets = [list_.targets for list_ in lists]
    if not ordered:
        inputs += [list_.mixed_inputs for list_ in lists]
        targets += [list_.mixed_targets for list_ in lists]
    return np.concatenate(inputs), np.concatenate(targets)


def _straight(lists: Sequence[ListRows], ordered: bool) -> StepModel:
    return StepModel(fit_line(*_together(lists, ordered)), None)


def _corrected(
    straight: StepModel,
    lists: Sequence[ListRows],
    ordered: bool,
    nets: int,
    seed: int,
    device: str,
) -> StepModel:
    inputs, targets = _together(lists, ordered)
    gaps = targets - straight.predict(inputs)
    steps = steps_for(sum(len(list_.inputs) for list_ in lists))
    trained = train_nets(inputs, gaps, steps=steps, nets=nets, seed=seed, device=device)
    return StepModel(straight.line, trained)


def best_config(lists: Sequence[ListRows], *, seed: int, device: str = "cpu") -> TrainingConfig:
    """The training that predicts held-out lists best: a fifth at a time, 15 lists or all.

    Of equals the simpler. Nets are tried one at a time, which costs less than it changes, and not
    at all on fewer than 1,500 steps.
    """
    bent_too = sum(len(list_.inputs) for list_ in lists) >= FEWEST_ROWS_FOR_NETS
    configs = [config for config in CONFIGS if bent_too or not config.nets]
    parts = np.array_split(np.random.default_rng(seed).permutation(len(lists)), PARTS)
    errors: dict[TrainingConfig, list[NDArray[np.float64]]] = {config: [] for config in configs}
    asked = 0
    for part in parts:
        if asked >= ENOUGH_ASKED:
            break
        asked += part.size
        held = set(part.tolist())
        inside = [list_ for number, list_ in enumerate(lists) if number not in held]
        for ordered in (True, False):
            models = {TrainingConfig(ordered, nets=False): _straight(inside, ordered)}
            if bent_too:
                straight = models[TrainingConfig(ordered, nets=False)]
                bent = _corrected(straight, inside, ordered, 1, seed, device)
                models[TrainingConfig(ordered, nets=True)] = bent
            for config, model in models.items():
                errors[config] += [errors_of(model, lists[number]) for number in part]
    means = [float(np.nanmean(np.concatenate(errors[config]))) for config in configs]
    return configs[int(np.argmin(means))]


def errors_of(model: StepModel | None, list_: ListRows) -> NDArray[np.float64]:
    """The mean absolute error of each step of a list: (n − 1,); of the median without model."""
    predicted = list_.inputs[:, :FEATURES] if model is None else model.predict(list_.inputs)
    return step_errors(predicted, list_.targets)


def step_errors(predicted: Floats, targets: Floats) -> NDArray[np.float64]:
    """The mean of |predicted − target| over each row's known features: (n,), NaN without any."""
    gaps = np.abs(predicted.astype(np.float64) - targets)
    known = np.isfinite(targets)
    count = known.sum(axis=1)
    total = np.where(known, gaps, 0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def paired(worse: Sequence[Errors], better: Sequence[Errors]) -> tuple[float, tuple[float, float]]:
    """The mean of worse − better over steps, and its 95 % interval by bootstrap over lists."""
    gaps = np.concatenate(worse) - np.concatenate(better)
    of_list = np.repeat(np.arange(len(worse)), [len(steps) for steps in worse])
    known = np.isfinite(gaps)
    interval = mean_interval(gaps[known], rng=np.random.default_rng(0), groups=of_list[known])
    return float(gaps[known].mean()), interval


def permuted_inputs(rows: Indices, scaled: Floats, rng: np.random.Generator) -> Floats:
    """The inputs of one list, each prefix read in random order: (n − 1, 66)."""
    return np.concatenate(
        [
            prefix_statistics(scaled[rng.permutation(rows[:t])], slice(-1, None))
            for t in range(1, len(rows))
        ]
    )


SHRINKAGE = 2.0
"""An artist's mean is shrunk to the prefix median as if this many more songs stood there."""


def songs_of(artist: Indices, titles: Sequence[str]) -> Indices:
    """The first row with the same artist and title, for each row (n,): versions are one song."""
    first: dict[tuple[int, str], int] = {}
    known = [
        first.setdefault((number, title.casefold()), row) if number >= 0 and title else row
        for row, (number, title) in enumerate(zip(artist.tolist(), titles, strict=True))
    ]
    return np.array(known, dtype=np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class ArtistMeans:
    """Sums over the different songs of some lists, an artist a row.

    `scaled` (n, 8) are the tracks' features and `artist` (n,) their artists, −1 unknown; `song`
    (n,) is `songs_of` them. `sums` (n_artists, 8), `counts` (n_artists,); `lists_of` (n,) says in
    how many of the lists a song stands.
    """

    scaled: Floats
    artist: Indices
    song: Indices
    sums: NDArray[np.float64]
    counts: NDArray[np.float64]
    lists_of: NDArray[np.int64]

    @classmethod
    def over(
        cls, lists: Sequence[Indices], scaled: Floats, artist: Indices, song: Indices
    ) -> ArtistMeans:
        """Sums over the songs of some lists whose artist and features are all known."""
        lists_of = np.zeros(len(scaled), dtype=np.int64)
        for rows in lists:
            lists_of[np.unique(song[rows])] += 1
        lists_of[(artist < 0) | ~np.isfinite(scaled).all(axis=1)] = 0
        own = np.flatnonzero(lists_of)
        n_artists = max(int(artist.max(initial=-1)) + 1, 1)
        sums = np.zeros((n_artists, FEATURES))
        np.add.at(sums, artist[own], scaled[own])
        counts = np.bincount(artist[own], minlength=n_artists).astype(np.float64)
        return cls(scaled, artist, song, sums, counts, lists_of)

    def without(self, rows: Indices) -> ArtistMeans:
        """The same, had one of the lists not been there."""
        lists_of, sums, counts = self.lists_of.copy(), self.sums.copy(), self.counts.copy()
        here = np.unique(self.song[rows])
        here = here[lists_of[here] > 0]
        lists_of[here] -= 1
        gone = here[lists_of[here] == 0]
        np.subtract.at(sums, self.artist[gone], self.scaled[gone])
        np.subtract.at(counts, self.artist[gone], 1)
        return ArtistMeans(self.scaled, self.artist, self.song, sums, counts, lists_of)

    def beside(self, medians: Floats, following: Indices) -> Floats:
        """The artist's mean without the song itself, shrunk to the prefix median, less that
        median; then log(1 + count): medians (n, 8) and next tracks (n,) to (n, 9).
        """
        songs = self.song[following]
        artists = np.maximum(self.artist[songs], 0)
        known = (self.artist[songs] >= 0)[:, None]
        itself = (self.lists_of[songs] > 0)[:, None]
        count = np.where(known, self.counts[artists][:, None], 0.0) - itself
        total = self.sums[artists] - np.where(itself, np.nan_to_num(self.scaled[songs]), 0.0)
        shift = (total - count * medians) / (count + SHRINKAGE)
        shift = np.where(known & (count > 0), shift, 0.0)
        return np.concatenate([shift, np.log1p(count)], axis=1).astype(np.float32)
