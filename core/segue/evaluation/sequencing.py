"""The sequencer beside other orders, on the first tracks of real playlists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from segue.errors import NotEnoughDataError
from segue.evaluation.tables import OURS, Row, Table
from segue.models.data import TrainingData
from segue.music.features import tempo_compatible
from segue.music.keys import camelot_compatible, camelot_numbers, fifths_positions
from segue.progress import Fitting
from segue.sequencing.learner import (
    TERMS,
    fitted_weights,
    judged,
    order_pairs,
    pairs_of,
    pairwise_accuracy,
)
from segue.sequencing.methods.exact import transition_bound, worst_bound
from segue.sequencing.options import arc_of
from segue.sequencing.problem import Problem, Settings, problem_of
from segue.sequencing.report import Ordering, gap_percent, measures, shuffles
from segue.sequencing.sequence import sequence
from segue.sequencing.songs import Songs, songs_of_table
from segue.tables.reading import read_frame, require

Order = NDArray[np.int64]

FLAT, RAMP = Settings(), Settings(arc=arc_of("ramp"))
_SHUFFLES = 20
_LEAST_LISTS = 20
_ABOUT_THE_RAMP = (
    "arc_rank_correlation is with a ramp of energy for every row; the flat order has no arc of "
    "its own."
)


def lists_of(
    path: Path,
    *,
    seed: int = 0,
    lists: int = 100,
    length: int = 40,
    columns: Mapping[str, str] | None = None,
) -> list[Songs]:
    """The first `length` tracks of `lists` playlists drawn at random from those long enough.

    Rows keep the order of the file. Raises NotEnoughDataError when no playlist is long enough.
    """
    frame = read_frame(path, columns)
    require(frame, ("playlist",), path)
    members: dict[str, list[int]] = {}
    for row, playlist in enumerate(frame["playlist"].to_list()):
        if playlist is not None:
            members.setdefault(playlist, []).append(row)
    long = [rows[:length] for rows in members.values() if len(rows) >= length]
    if not long:
        raise NotEnoughDataError(f"{path}: no playlist has {length} tracks or more")
    drawn = np.random.default_rng(seed).permutation(len(long))[:lists]
    whole = songs_of_table(frame)
    return [whole.take(long[index]) for index in drawn]


def evaluate_sequencing(
    lists: Sequence[Songs],
    data: str,
    how: Fitting,
    *,
    effort: float = 1.0,
) -> Table:
    """Measure our orders, flat and with a ramp of energy, beside six others on the same lists.

    Every value is a mean over the lists. `objective` and `objective_ramp` are our own, without and
    with the ramp and without the weight of the worst transition, which has a column and two rows of
    its own; `arc_rank_correlation` is always against the ramp, so that all rows can be
    compared, though a flat order asks for none.
    """
    found: dict[str, list[Mapping[str, float]]] = {}
    most: list[float] = []
    least: list[float] = []
    for done, songs in enumerate(lists):
        orders = _orders(songs, how.seed, effort)
        for method, values in _measured(songs, orders, how.seed).items():
            found.setdefault(method, []).append(values)
        most.append(most_compatible_percent(songs))
        least.append(worst_bound(problem_of(songs, FLAT).transitions))
        how.progress("lists ordered", done + 1, len(lists))
    rows = tuple(Row(method, _means(values)) for method, values in found.items())
    bound = float(np.mean(most)) if most else float("nan")
    best = rows[-2].metrics["camelot_plus_tempo_percent"] if rows else float("nan")
    return Table(
        protocol=(
            f"the first {len(lists[0]) if lists else 0} tracks of {len(lists)} playlists, drawn "
            f"with seed {how.seed}; shipped weights, effort {effort:g}, for every row of ours"
        ),
        data=data,
        n=len(lists),
        rows=rows,
        notes=(
            _ceiling(bound, best),
            (
                f"No order of these lists can have a worst transition below {np.mean(least):.3f} "
                "(bottleneck bound, mean over the lists)."
            ),
            _ABOUT_THE_RAMP,
            order_shown(lists, seed=how.seed),
        ),
    )


def order_shown(lists: Sequence[Songs], *, seed: int) -> str:
    """Whether the lists' own order, as given, follows the terms of a transition: a sentence."""
    rng = np.random.default_rng(seed)
    pairs = [some for songs in lists if (some := order_pairs(songs, rng)).any()]
    if len(pairs) < _LEAST_LISTS:
        return f"Whether these lists show an order takes {_LEAST_LISTS} of them to say."
    found = judged(pairs, seed)
    low, high = (100 * bound for bound in found.gain_ci)
    verdict = "they show an order" if found.beats_baseline else "they show no order of their own"
    return (
        f"The lists' own order is told from another in {100 * found.value:.1f} % of pairs by "
        f"weights learned on others of these lists, in {100 * found.baseline_value:.1f} % by "
        f"{found.baseline} (difference {low:.1f} to {high:.1f} %): {verdict}."
    )


def evaluate_order(data: TrainingData, source: str, how: Fitting) -> Table:
    """How often the own order of held-out lists is told from another, by the weights learned, by
    the shipped ones and by each term alone. Raises NotEnoughDataError."""
    how.progress("reading the lists", 0, 1)
    pairs = pairs_of(data, how.seed)
    found = judged(pairs, how.seed)
    weights = dict(zip(TERMS, np.round(fitted_weights(pairs), 2).tolist(), strict=True))
    how.progress("reading the lists", 1, 1)
    alone = {f"{name} alone": row for name, row in zip(TERMS, np.eye(len(TERMS)), strict=True)}
    ways = {"shipped weights": np.ones(len(TERMS)), **alone}
    accuracies = {
        name: np.mean([pairwise_accuracy(each, way) for each in pairs])
        for name, way in ways.items()
    }
    rows = [Row(name, {found.metric: float(value)}) for name, value in accuracies.items()]
    used = "they would be used" if found.beats_baseline else "the shipped weights would stand"
    return Table(
        f"{len(pairs)} lists beside random and neighbouring orders; a fifth held out at a time",
        source,
        len(pairs),
        (Row(OURS, {found.metric: found.value}), *rows),
        notes=(
            f"Beside {found.baseline} the difference is {found.gain_ci[0]:+.3f} to "
            f"{found.gain_ci[1]:+.3f} (95 % over lists): {used}. Learned on all lists, 1 as "
            "shipped: " + ", ".join(f"{name} {value:g}" for name, value in weights.items()),
        ),
    )


def _ceiling(bound: float, ours: float) -> str:
    return (
        f"No order of these lists can have more than {bound:.2f} as its Camelot and tempo "
        f"compatible percent added up (Held-Karp bound, mean over the lists); the flat order has "
        f"{ours:.2f}."
    )


def most_compatible_percent(songs: Songs) -> float:
    """What no order's Camelot and tempo compatible percent, added up, can exceed.

    The bound of a path on the number of compatible neighbours, rounded to a whole number of them.
    """
    key, mode, tempo = songs.key, songs.mode, songs.tempo
    mixes = np.zeros((len(songs), len(songs)))
    mixes += camelot_compatible(key[:, None], mode[:, None], key, mode)
    mixes += tempo_compatible(tempo[:, None], tempo)
    np.fill_diagonal(mixes, 0.0)
    if len(songs) < 2:
        return float("nan")
    whole = np.floor(-transition_bound(-mixes) + 1e-6)
    return float(100 * whole / (len(songs) - 1))


def _orders(songs: Songs, seed: int, effort: float) -> dict[str, NDArray[np.int64]]:
    greedy = sequence(songs, Settings(method="greedy"), seed=seed)
    return {
        "random": shuffles(len(songs), seed)[:_SHUFFLES],
        "tempo sort": by_tempo(songs)[None],
        "camelot sort": by_camelot(songs)[None],
        "seeds greedy": greedy.order[None],
        "key tempo energy greedy": key_tempo_energy_greedy(songs)[None],
        f"{OURS} worst=0": sequence(songs, evened(FLAT), seed=seed, effort=effort).order[None],
        f"{OURS} ramp worst=0": sequence(songs, evened(RAMP), seed=seed, effort=effort).order[None],
        OURS: sequence(songs, FLAT, seed=seed, effort=effort).order[None],
        f"{OURS} ramp": sequence(songs, RAMP, seed=seed, effort=effort).order[None],
    }


def _measured(
    songs: Songs, orders: Mapping[str, NDArray[np.int64]], seed: int
) -> dict[str, dict[str, float]]:
    flat, ramp = problem_of(songs, evened(FLAT)), Ordering.of(songs, evened(RAMP))
    chance = float(flat.costs(shuffles(len(songs), seed)).mean())
    bound = transition_bound(flat.transitions)
    found = {}
    for method, rows in orders.items():
        values = {k: float(v.mean()) for k, v in measures(ramp, rows).items()}
        objective = float(flat.costs(rows).mean())
        gap = gap_percent(objective, bound, chance)
        found[method] = {
            "objective": objective,
            "objective_ramp": values["objective"],
            "camelot_percent": values["camelot_percent"],
            "tempo_percent": values["tempo_percent"],
            "camelot_plus_tempo_percent": values["camelot_percent"] + values["tempo_percent"],
            "mean_transition": float(_steps_of(flat, rows).mean()),
            "worst_transition": values["worst_transition"],
            "median_tempo_step_percent": values["median_tempo_step_percent"],
            "mean_energy_step": values["mean_energy_step"],
            "arc_rank_correlation": values["arc_rank_correlation"],
            "artist_adjacency": values["artist_adjacency"],
            "gap_to_bound_percent": float("nan") if gap is None else gap,
        }
    return found


def evened(settings: Settings) -> Settings:
    """The same settings, where the worst transition counts as any other."""
    return replace(settings, weights=replace(settings.weights, worst=0.0))


def _steps_of(problem: Problem, orders: NDArray[np.int64]) -> NDArray[np.float64]:
    return problem.transitions[orders[:, :-1], orders[:, 1:]]


def _means(values: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The mean of each metric over the lists where it is defined."""
    means = {}
    for key in values[0]:
        column = np.array([row[key] for row in values])
        known = column[~np.isnan(column)]
        means[key] = float(known.mean()) if known.size else float("nan")
    return means


def by_tempo(songs: Songs) -> Order:
    """Slowest first; unknown tempi last."""
    known = np.isfinite(songs.tempo) & (songs.tempo > 0)
    return np.argsort(np.where(known, songs.tempo, np.inf), kind="stable")


def by_camelot(songs: Songs) -> Order:
    """Around the Camelot wheel, 1A, 1B, 2A and so on; unknown keys last."""
    hours = camelot_numbers(songs.key, songs.mode)
    return np.lexsort((songs.mode, np.where(hours > 0, hours, 13)))


def key_tempo_energy_greedy(songs: Songs) -> Order:
    """Always the nearest next track by key, tempo and energy, none of them folded.

    Starts at the track nearest the 25th percentile of energy; a step costs
    0.35·min(|ΔBPM|/80, 1) + 0.35·min(|Δenergy|/0.14, 1) + 0.30·fifths/6, with fifths the distance
    on the circle of fifths. What is unknown costs half of its share.
    """
    count = len(songs)
    if count == 0:
        return np.zeros(0, dtype=np.int64)
    tempo = np.where(songs.tempo > 0, songs.tempo, np.nan)
    cost = 0.35 * _step(tempo, 80.0) + 0.35 * _step(songs.energy, 0.14)
    position = fifths_positions(songs.key, songs.mode)
    apart = np.abs(position[:, None] - position)
    known = (position[:, None] >= 0) & (position >= 0)
    cost += 0.30 * np.where(known, np.minimum(apart, 12 - apart) / 6, 0.5)
    energy = np.nan_to_num(songs.energy, nan=0.5)
    order = [int(np.abs(energy - np.percentile(energy, 25)).argmin())]
    left = np.ones(count, dtype=bool)
    left[order[0]] = False
    while left.any():
        order.append(int(np.where(left, cost[order[-1]], np.inf).argmin()))
        left[order[-1]] = False
    return np.array(order, dtype=np.int64)


def _step(values: NDArray[np.float64], full: float) -> NDArray[np.float64]:
    return np.nan_to_num(np.minimum(np.abs(values[:, None] - values) / full, 1.0), nan=0.5)
