"""The report of an order: what can be measured of it, beside random orders and a bound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segue.music.features import folded_distance, octaves, tempo_compatible
from segue.music.keys import camelot_compatible, fifths_positions
from segue.sequencing.methods.exact import MOST_TRACKS, exact_order, lower_bound
from segue.sequencing.problem import (
    Problem,
    Settings,
    arc_targets,
    arc_values,
    problem_of,
    standard_ranks,
)
from segue.sequencing.songs import Songs
from segue.sequencing.transitions import passage_words

Value = float | int | str | None
Report = dict[str, Value | Mapping[str, Value]]
Measures = dict[str, NDArray[np.float64]]

_MOST_SHUFFLES = 200
_SHUFFLED_ROWS = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class Ordering:
    """Songs that are ordered, the settings they are ordered by, and the problem both make."""

    songs: Songs
    settings: Settings
    problem: Problem

    @classmethod
    def of(cls, songs: Songs, settings: Settings) -> Ordering:
        """Raises UsageError, see `problem_of`."""
        return cls(songs, settings, problem_of(songs, settings))


def measures(of: Ordering, orders: ArrayLike) -> Measures:
    """Measure orders, (s, n): each name to a value an order, (s,) float64, NaN where undefined.

    `objective` is the joint cost, lower is better. `camelot_percent` and `tempo_percent` are the
    compatible ones of 100 transitions of which both sides are known. `median_tempo_step_percent`
    folds half and double time. `mean_energy_step` is the mean of |Δenergy|, lower is smoother.
    `arc_rank_correlation` is Spearman's, of what the arc is of with the curve; undefined for a
    flat arc. `worst_transition` is the highest cost of one transition. `artist_adjacency` and
    `album_adjacency` count neighbours by one artist or from one album, `forbidden_neighbours` those
    that were forbidden.
    """
    songs, problem = of.songs, of.problem
    rows = np.atleast_2d(np.asarray(orders, dtype=np.int64))
    a, b = rows[:, :-1], rows[:, 1:]
    key, mode, tempo, energy = songs.key, songs.mode, songs.tempo, songs.energy
    keyed, timed = fifths_positions(key, mode) >= 0, np.isfinite(octaves(tempo))
    steps = 100 * (2 ** folded_distance(tempo[a], tempo[b]) - 1)
    energies = np.abs(energy[b] - energy[a])
    return {
        "objective": problem.costs(rows),
        "camelot_percent": 100
        * _share(camelot_compatible(key[a], mode[a], key[b], mode[b]), keyed[a] & keyed[b]),
        "tempo_percent": 100 * _share(tempo_compatible(tempo[a], tempo[b]), timed[a] & timed[b]),
        "median_tempo_step_percent": _medians(steps),
        "mean_energy_step": _share(energies, np.isfinite(energies)),
        "worst_transition": _worst(problem, rows),
        "arc_rank_correlation": _arc_correlation(songs, of.settings, rows),
        "artist_adjacency": _neighbours(songs.artist, a, b),
        "album_adjacency": _neighbours(songs.album, a, b),
        "forbidden_neighbours": np.array([float(problem.broken(order)) for order in rows]),
    }


@dataclass(frozen=True, slots=True)
class Reference:
    """What an objective is held against: the exact optimum of a short list, else a lower bound."""

    kind: str
    cost: float


def reference_of(problem: Problem, steps: int = 300) -> Reference:
    """The exact optimum to 13 tracks, else the lower bound of `segue.sequencing.methods.exact`."""
    if len(problem) <= MOST_TRACKS:
        return Reference("exact", problem.cost(exact_order(problem)))
    return Reference("lower_bound", lower_bound(problem, steps))


def gap_percent(cost: float, reference: float, random_mean: float) -> float | None:
    """100 · (cost − reference) / (mean random cost − reference); None where random is no worse.

    Costs are signed, so that a share of the reference itself would mean nothing.
    """
    room = random_mean - reference
    return 100 * (cost - reference) / room if room > 1e-9 else None


def report(
    of: Ordering,
    order: ArrayLike,
    *,
    seed: int,
    before: ArrayLike | None = None,
    reference: Reference | None = None,
) -> Report:
    """Report on an order: its measures, those of `before`, and the mean and sd of random orders.

    `before` is an order of the same songs. With a `reference`, `gap` says how far above it the
    objective is. `worst_place` is the place, from 1, of the track before the worst transition, and
    `worst_joint` says that in words. Values that are not defined are None. What is unknown is
    counted.
    """
    songs, problem, count = of.songs, of.problem, len(of.songs)
    rows = np.asarray(order, dtype=np.int64)
    found: Report = {
        "tracks": count,
        "duration_ms": int(songs.duration_ms.sum()),
        **_row(measures(of, rows)),
        "unknown": dict(songs.unknown()),
    }
    if before is not None:
        found["before"] = _row(measures(of, before))
    if count < 2:
        return found
    place = int(problem.transitions[rows[:-1], rows[1:]].argmax())
    found["worst_place"] = place + 1
    found["worst_joint"] = passage_words(songs, int(rows[place]), int(rows[place + 1]))
    shuffled = measures(of, shuffles(count, seed))
    found["random"] = {
        "mean": _plain(shuffled["objective"].mean()),
        "sd": _plain(shuffled["objective"].std(ddof=1)),
        "shuffles": len(shuffled["objective"]),
        **_spread({name: v for name, v in shuffled.items() if name != "objective"}),
    }
    if reference is not None:
        mean = float(shuffled["objective"].mean())
        gap = gap_percent(of.problem.cost(rows), reference.cost, mean)
        found["gap"] = {
            "to": reference.kind,
            "reference": _plain(reference.cost),
            "percent": None if gap is None else round(gap, 4),
        }
    return found


def measures_of(of: Ordering, order: ArrayLike) -> dict[str, Value]:
    """The measures of one order as plain values, None where undefined."""
    return _row(measures(of, order))


def shuffles(count: int, seed: int) -> NDArray[np.int64]:
    """Random orders to compare with: (s, count), s from 5 to 200 by the length."""
    number = int(np.clip(_SHUFFLED_ROWS // max(count, 1), 5, _MOST_SHUFFLES))
    rng = np.random.default_rng(seed)
    return rng.permuted(np.tile(np.arange(count, dtype=np.int64), (number, 1)), axis=1)


def _arc_correlation(
    songs: Songs, settings: Settings, rows: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Over the tracks of which the arc's value is known, against the curve at their positions."""
    nothing = np.full(len(rows), np.nan)
    if settings.arc.flat or rows.shape[1] < 2:
        return nothing
    values = arc_values(songs, settings.arc)
    targets = arc_targets(settings.arc, rows.shape[1])
    if not np.isnan(values).any():
        levels = standard_ranks(values)
        return (levels[rows] * targets).mean(axis=1) if levels.any() else nothing
    for index, order in enumerate(rows):
        known = ~np.isnan(values[order])
        a, b = standard_ranks(values[order][known]), standard_ranks(targets[known])
        if a.any() and b.any():
            nothing[index] = float((a * b).mean())
    return nothing


def _neighbours(
    numbers: NDArray[np.int64], a: NDArray[np.int64], b: NDArray[np.int64]
) -> NDArray[np.float64]:
    same = (numbers[a] == numbers[b]) & (numbers[a] >= 0)
    return np.asarray(same.sum(axis=1), dtype=np.float64)


def _row(found: Measures) -> dict[str, Value]:
    return {name: _plain(values[0]) for name, values in found.items()}


def _spread(found: Measures) -> dict[str, Value]:
    """The mean and the standard deviation of each measure over orders."""
    spread: dict[str, Value] = {}
    for name, values in found.items():
        spread[f"{name}_mean"] = _plain(values.mean())
        spread[f"{name}_sd"] = _plain(values.std(ddof=1))
    return spread


def _plain(value: np.floating | float) -> float | None:
    return None if np.isnan(value) else round(float(value), 6)


def _share(values: NDArray[np.generic], known: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The mean of each row over what is known, (s, m) to (s,); NaN where nothing is."""
    counts = known.sum(axis=1)
    sums = np.where(known, values, 0).sum(axis=1)
    return np.asarray(np.where(counts > 0, sums / np.maximum(counts, 1), np.nan))


def _medians(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The median of each row over what is known, (s, m) to (s,); NaN where nothing is."""
    if not values.shape[1]:
        return np.full(len(values), np.nan)
    ordered, known = np.sort(values, axis=1), (~np.isnan(values)).sum(axis=1)  # NaN comes last
    rows = np.arange(len(values))
    return np.asarray((ordered[rows, (known - 1) // 2] + ordered[rows, known // 2]) / 2)


def _worst(problem: Problem, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    if rows.shape[1] < 2:
        return np.full(len(rows), np.nan)
    return np.asarray(problem.transitions[rows[:, :-1], rows[:, 1:]].max(axis=1))
