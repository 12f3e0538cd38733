"""How well lists not learned from are held_out_errors, and what their order is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segue.models.data import Floats, Indices
from segue.models.nextstep.training import (
    LONGEST,
    best_config,
    errors_of,
    fit_steps,
    permuted_inputs,
    rows_of,
    step_errors,
)
from segue.statistics import mean_interval

FOLDS = 5

Errors = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class HeldOutErrors:
    """Errors step by step, an array (n − 1,) a list: of ours, of ours where each prefix is read
    in random order, and of the prefix median."""

    ours: Sequence[Errors]
    permuted: Sequence[Errors]
    median: Sequence[Errors]

    @property
    def order_effect(self) -> tuple[float, tuple[float, float]]:
        """What permuting the prefix costs, with its 95 % interval."""
        return paired(self.permuted, self.ours)


def held_out_errors(
    lists: Sequence[Indices], scaled: Floats, *, seed: int, device: str = "cpu"
) -> HeldOutErrors:
    """Every list held_out_errors by what was learned from the four fifths of lists it is not among.

    How it is learned is chosen anew within those, so that no list has a say in its own.
    """
    rng = np.random.default_rng(seed)
    read = rows_of(lists, scaled, seed=seed)
    ours: dict[int, Errors] = {}
    permuted: dict[int, Errors] = {}
    for fold in np.array_split(rng.permutation(len(lists)), FOLDS):
        held = set(fold.tolist())
        others = [list_ for number, list_ in enumerate(read) if number not in held]
        config = best_config(others, seed=seed, device=device)
        model = fit_steps(others, config, seed=seed, nets=1, device=device)
        for number in sorted(held):
            rows = lists[number][:LONGEST]
            ours[number] = errors_of(model, read[number])
            predicted = model.predict(permuted_inputs(rows, scaled, rng))
            permuted[number] = step_errors(predicted, scaled[rows[1:]])
    everyone = range(len(lists))
    return HeldOutErrors(
        [ours[number] for number in everyone],
        [permuted[number] for number in everyone],
        [errors_of(None, list_) for list_ in read],
    )


def paired(worse: Sequence[Errors], better: Sequence[Errors]) -> tuple[float, tuple[float, float]]:
    """The mean of worse − better over steps, and its 95 % interval by bootstrap over lists."""
    gaps = np.concatenate(worse) - np.concatenate(better)
    of_list = np.repeat(np.arange(len(worse)), [len(steps) for steps in worse])
    known = np.isfinite(gaps)
    interval = mean_interval(gaps[known], rng=np.random.default_rng(0), groups=of_list[known])
    return float(gaps[known].mean()), interval
