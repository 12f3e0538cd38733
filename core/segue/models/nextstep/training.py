"""Training rows from lists, and which way of learning from them foretells lists held out best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segue.models.data import Floats, Indices
from segue.models.nextstep.artists import ArtistMeans
from segue.models.nextstep.line import fit_line
from segue.models.nextstep.model import StepModel
from segue.models.nextstep.net import steps_for, train_nets
from segue.models.nextstep.prefixes import FEATURES, prefix_statistics

LONGEST = 50
"""How many tracks of a list are read."""

SHORTEST = 8
"""Lists with fewer tracks are not learned from."""

PERMUTED_COPIES = 4
"""How many shuffled copies of each list an order-free training adds."""

NETS = 3


@dataclass(frozen=True, slots=True)
class Way:
    """A way of learning.

    Unless `ordered`, shuffled copies of each list are added: most lists hold little order, and
    the copies teach what does not depend on it. `nets` correct the straight part; few lists are
    too few for them.
    """

    ordered: bool
    nets: bool


WAYS = tuple(Way(ordered, nets) for nets in (False, True) for ordered in (True, False))


def list_rows(
    rows: Indices, scaled: Floats, means: ArtistMeans | None = None
) -> tuple[Floats, Floats]:
    """Inputs (n − 1, d) and targets (n − 1, 8) of one list: each prefix and what follows it."""
    inputs = prefix_statistics(scaled[rows])[:-1]
    if means is not None:
        beside = means.beside(inputs[:, :FEATURES], rows[1:])
        inputs = np.concatenate([inputs, beside], axis=1)
    return inputs, scaled[rows[1:]]


def fit_steps(
    lists: Sequence[Indices],
    scaled: Floats,
    way: Way,
    *,
    seed: int,
    means: ArtistMeans | None = None,
    nets: int = NETS,
    device: str = "cpu",
) -> StepModel:
    """Learn one way from lists of track rows; with `means` over them, the next artist is known.

    An artist's mean is taken without the list that is read, as it would be for a new list.
    """
    rows = _training_rows(lists, scaled, way.ordered, seed, means)
    straight = StepModel(fit_line(rows.inputs, rows.targets), None)
    return _corrected(straight, rows, nets, seed, device) if way.nets else straight


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    inputs: Floats
    targets: Floats
    different: int


def _training_rows(
    lists: Sequence[Indices],
    scaled: Floats,
    ordered: bool,
    seed: int,
    means: ArtistMeans | None = None,
) -> _Rows:
    rng = np.random.default_rng(seed)
    parts, different = [], 0
    for rows in lists:
        versions = [rows[:LONGEST]]
        if not ordered:
            versions += [rng.permutation(rows)[:LONGEST] for _ in range(PERMUTED_COPIES)]
        others = None if means is None else means.without(rows)
        parts += [list_rows(version, scaled, others) for version in versions]
        different += len(versions[0]) - 1
    inputs, targets = (np.concatenate(side) for side in zip(*parts, strict=True))
    return _Rows(inputs, targets, different)


def _corrected(
    straight: StepModel, rows: _Rows, nets: int, seed: int, device: str = "cpu"
) -> StepModel:
    gaps = rows.targets - straight.predict(rows.inputs)
    steps = steps_for(rows.different)
    trained = train_nets(rows.inputs, gaps, steps=steps, nets=nets, seed=seed, device=device)
    return StepModel(straight.line, trained)


def list_errors(
    model: StepModel | None,
    rows: Indices,
    scaled: Floats,
    means: ArtistMeans | None = None,
) -> NDArray[np.float64]:
    """The mean absolute error of each step of one list: (n − 1,); of the median without model."""
    inputs, targets = list_rows(rows[:LONGEST], scaled, means)
    said = inputs[:, :FEATURES] if model is None else model.predict(inputs)
    return step_errors(said, targets)


def step_errors(said: Floats, targets: Floats) -> NDArray[np.float64]:
    """The mean over known features of |said − target| of each row: (n,), NaN with none known."""
    gaps = np.abs(said.astype(np.float64) - targets)
    known = np.isfinite(targets)
    count = known.sum(axis=1)
    total = np.where(known, gaps, 0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def permuted_inputs(rows: Indices, scaled: Floats, rng: np.random.Generator) -> Floats:
    """The inputs of one list, each prefix read in an order of chance: (n − 1, 66)."""
    return np.concatenate(
        [prefix_statistics(scaled[rng.permutation(rows[:t])])[-1:] for t in range(1, len(rows))]
    )


def best_way(lists: Sequence[Indices], scaled: Floats, *, seed: int, device: str = "cpu") -> Way:
    """The way that foretells best a fifth of the lists held out, learned from the others.

    Of equals the simpler. Nets are tried one at a time, which costs less than it changes.
    """
    rng = np.random.default_rng(seed)
    held = rng.permutation(len(lists))[: max(len(lists) // 5, 2)]
    inside = [rows for number, rows in enumerate(lists) if number not in set(held.tolist())]
    found: dict[Way, StepModel] = {}
    for ordered in (True, False):
        rows = _training_rows(inside, scaled, ordered, seed)
        straight = StepModel(fit_line(rows.inputs, rows.targets), None)
        found[Way(ordered, nets=False)] = straight
        found[Way(ordered, nets=True)] = _corrected(straight, rows, 1, seed, device)
    errors = [
        np.concatenate([list_errors(found[way], lists[number], scaled) for number in held])
        for way in WAYS
    ]
    return WAYS[int(np.argmin([np.nanmean(steps) for steps in errors]))]
