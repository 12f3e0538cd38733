"""The next track's features: our nets beside simple ones, over lists not learned from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from segue.errors import NotEnoughDataError
from segue.evaluation.baselines import classifiers as baselines
from segue.evaluation.baselines.classifiers import Predict, chosen, shuffled_lists
from segue.evaluation.datasets import Rows, group_folds, others
from segue.evaluation.tables import OURS, Row, Table
from segue.metrics import Interval, mean_interval
from segue.models.data import Floats, Indices, TrainingData
from segue.models.nextstep.training import (
    LONGEST,
    NETS,
    SHORTEST,
    ArtistMeans,
    TrainingConfig,
    best_config,
    fit_steps,
    list_rows,
    permuted_inputs,
    rows_of,
    songs_of,
    step_errors,
)
from segue.music.features import DISCO
from segue.progress import Fitting, side_by_side

FOLDS = 5
FEWEST = 20
"""How many lists there must be."""

FEATURES_ONLY = "features only"
WITH_ARTIST = "with artist"
MEDIAN = "prefix median"
PERMUTED = f"{OURS} permuted"

Errors = NDArray[np.float64]


@dataclass(slots=True)
class _Tally:
    """Errors of one method, step by step: on lists as they are, shuffled, prefix permuted."""

    real: list[Errors] = field(default_factory=list)
    shuffled: list[Errors] = field(default_factory=list)
    permuted: list[Errors] = field(default_factory=list)

    def add(self, other: _Tally) -> None:
        """Append another's errors."""
        self.real += other.real
        self.shuffled += other.shuffled
        self.permuted += other.permuted


@dataclass(frozen=True, slots=True, eq=False)
class _Lists:
    lists: Sequence[Indices]
    scaled: Floats
    artist: Indices
    titles: Sequence[str]


def evaluate_nextstep(
    data: TrainingData,
    source: str,
    how: Fitting,
    *,
    nets: int = NETS,
    folds: int = FOLDS,
) -> Table:
    """MAE in DISCO's scaled features over lists of 8 or more, the first 50 tracks of each.

    Folds of whole lists, five by default; how ours learns is chosen within each fold's
    training lists. `mae_shuffled` is over the same lists in random order;
    `gain` is the prefix median's error less a method's, step by step, its interval drawn over
    lists. Our row's details say what order is worth: `order_prefix`, what permuting each prefix
    costs, and `order_whole`, what shuffling whole lists costs beyond what it costs the median.
    Raises NotEnoughDataError.
    """
    scaled = DISCO.transform(data.tracks.abstract)
    known = np.asarray(np.isfinite(scaled).any(axis=1))
    lists = [rows[known[rows]] for rows in data.playlists]
    read = _Lists(
        [rows for rows in lists if len(rows) >= SHORTEST],
        scaled,
        data.tracks.artist,
        data.tracks.titles,
    )
    if len(read.lists) < FEWEST:
        raise NotEnoughDataError(
            f"nextstep needs at least {FEWEST} lists of {SHORTEST} or more tracks with audio "
            f"features to measure on; {source} has {len(read.lists)}"
        )
    tallies: dict[str, _Tally] = {}
    groups: list[NDArray[np.int64]] = []
    configs: Counter[TrainingConfig] = Counter()
    tests = group_folds(np.arange(len(read.lists)), folds, np.random.default_rng(how.seed))
    parts = [
        partial(_fold, read, test, (how.seed, number), nets) for number, test in enumerate(tests)
    ]
    for config, found in side_by_side(parts, how, "evaluating nextstep"):
        configs[config] += 1
        for name, tally in found.items():
            tallies.setdefault(name, _Tally()).add(tally)
    for test in tests:
        groups += [np.full(len(read.lists[row][:LONGEST]) - 1, row) for row in test]
    group = np.concatenate(groups)
    order, notes = _order(tallies, group)
    rows = [
        _row(name, tally, tallies[MEDIAN], group, order if name == OURS else {})
        for name, tally in tallies.items()
    ]
    return Table(
        protocol="nextstep: MAE of the next track's eight scaled features, lists not learned from",
        data=source,
        n=group.size,
        rows=tuple(rows),
        notes=(*notes, f"learned in {folds} folds: {_configs(configs)}"),
    )


def _fold(
    read: _Lists, test: Rows, seed: tuple[int, int], nets: int
) -> tuple[TrainingConfig, dict[str, _Tally]]:
    """How ours learns without the lists `test`, and every method's errors on them."""
    config, methods = _methods(read, others(len(read.lists), test), seed[0], nets)
    return config, _tallied(read, test, methods, np.random.default_rng(seed))


def _methods(
    read: _Lists, train: Rows, seed: int, nets: int
) -> tuple[TrainingConfig, Mapping[str, Predict]]:
    lists = chosen(read.lists, train)
    rows = rows_of(lists, read.scaled, seed=seed)
    config = best_config(rows, seed=seed)
    plain = fit_steps(rows, config, seed=seed, nets=nets)
    means = ArtistMeans.over(lists, read.scaled, read.artist, songs_of(read.artist, read.titles))
    rows_with_artist = rows_of(lists, read.scaled, seed=seed, means=means)
    with_artist = fit_steps(rows_with_artist, config, seed=seed, nets=nets)
    return config, {
        "zero": partial(baselines.zero, scaled=read.scaled),
        "last": partial(baselines.last, scaled=read.scaled),
        "prefix mean": partial(baselines.mean, scaled=read.scaled),
        MEDIAN: partial(baselines.median, scaled=read.scaled),
        "DISCO's net as published": baselines.published_net(
            lists, read.scaled, read.titles, seed=seed
        ),
        "gradient boosting": baselines.boosting(lists, read.scaled, seed=seed),
        OURS: lambda rows: plain.predict(list_rows(rows, read.scaled)[0]),
        f"{OURS} {WITH_ARTIST}": lambda rows: with_artist.predict(
            list_rows(rows, read.scaled, means)[0]
        ),
        PERMUTED: lambda rows: plain.predict(
            permuted_inputs(
                rows, read.scaled, np.random.default_rng((seed, int(rows[0]), len(rows)))
            )
        ),
    }


def _configs(configs: Mapping[TrainingConfig, int]) -> str:
    """How often each training was the best, the commonest first."""
    predicted = [
        f"{count} times {'with' if config.ordered else 'without'} order, "
        f"{'nets' if config.nets else 'the straight part alone'}"
        for config, count in sorted(configs.items(), key=lambda item: -item[1])
    ]
    return "; ".join(predicted)


def _tallied(
    read: _Lists, test: Rows, methods: Mapping[str, Predict], rng: np.random.Generator
) -> dict[str, _Tally]:
    tallies: dict[str, _Tally] = {}
    lists = [rows[:LONGEST] for rows in chosen(read.lists, test)]
    mixed = shuffled_lists(lists, rng)
    for name, predict in methods.items():
        if name == PERMUTED:
            tallies[OURS].permuted += [_errors(predict, rows, read.scaled) for rows in lists]
            continue
        tally = tallies.setdefault(name, _Tally())
        tally.real += [_errors(predict, rows, read.scaled) for rows in lists]
        tally.shuffled += [_errors(predict, rows, read.scaled) for rows in mixed]
    return tallies


def _errors(predict: Predict, rows: Indices, scaled: Floats) -> Errors:
    return step_errors(predict(rows), scaled[rows[1:]])


def _row(
    name: str,
    tally: _Tally,
    median: _Tally,
    group: NDArray[np.int64],
    details: Mapping[str, object],
) -> Row:
    real, shuffled = np.concatenate(tally.real), np.concatenate(tally.shuffled)
    gain = np.concatenate(median.real) - real
    known = np.isfinite(real)
    split = WITH_ARTIST if name.endswith(WITH_ARTIST) else FEATURES_ONLY
    values = {"mae": real, "mae_shuffled": shuffled, "gain": gain}
    return Row(
        OURS if name.startswith(OURS) else name,
        {key: float(np.nanmean(value)) for key, value in values.items()},
        {
            "mae": _interval(real[known], group[known]),
            "gain": _interval(gain[known], group[known]),
        },
        split,
        details=details,
    )


def _order(
    tallies: Mapping[str, _Tally], group: NDArray[np.int64]
) -> tuple[dict[str, object], tuple[str, ...]]:
    """What order is worth, two ways: as details of our row and in words."""
    ours, median = tallies[OURS], tallies[MEDIAN]
    real = np.concatenate(ours.real)
    permuted = _effect(np.concatenate(ours.permuted) - real, group)
    full = _by_list(np.concatenate(ours.shuffled) - real, group)
    chance = _by_list(np.concatenate(median.shuffled) - np.concatenate(median.real), group)
    whole = _effect(full - chance, np.arange(full.size))
    details: dict[str, object] = {
        "order_prefix": permuted[0],
        "order_prefix_ci": list(permuted[1]),
        "order_whole": whole[0],
        "order_whole_ci": list(whole[1]),
    }
    return details, (
        "permuting each prefix costs " + _effect_text(permuted),
        f"shuffling whole lists costs {np.nanmean(full):.4f}, and the median "
        f"{np.nanmean(chance):.4f}: a difference of " + _effect_text(whole),
    )


def _by_list(values: Errors, group: NDArray[np.int64]) -> Errors:
    return np.array([np.nanmean(values[group == name]) for name in np.unique(group)])


def _effect(values: Errors, group: NDArray[np.int64]) -> tuple[float, Interval]:
    known = np.isfinite(values)
    return float(values[known].mean()), _interval(values[known], group[known])


def _effect_text(effect: tuple[float, Interval]) -> str:
    value, (low, high) = effect
    return f"{value:.4f} [{low:.4f}, {high:.4f}]"


def _interval(values: Errors, group: NDArray[np.int64]) -> Interval:
    return mean_interval(values, rng=np.random.default_rng(0), groups=group)
