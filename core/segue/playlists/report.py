"""Reporting: how well an order flows, beside random order and the order before."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from segue.music.features import FEATURE_NAMES
from segue.music.keys import camelot_compatible, fifths_positions
from segue.music.tempo import folded_distance, octaves, tempo_compatible
from segue.playlists.order import Columns, costs_of
from segue.playlists.plan import ReportValue
from segue.playlists.recipe import SequenceSettings

Measures = dict[str, NDArray[np.float64]]
Report = dict[str, ReportValue | Mapping[str, ReportValue]]

_MOST_SHUFFLES = 100
_SHUFFLED_ROWS = 20_000


def measures(columns: Columns, orders: NDArray[np.int64], settings: SequenceSettings) -> Measures:
    """Measure orders, (s, n), each as a value an order, (s,); NaN where nothing is known.

    `objective` is the sum of the sequencer's costs, lower is better, and `cost_per_transition`
    its mean over the transitions. `camelot_percent` and `tempo_percent` are the compatible ones
    of 100 transitions of which both sides are known. `median_tempo_step_percent` folds half and
    double time. `artist_adjacency` counts neighbours by one artist.
    """
    before, after = orders[:, :-1], orders[:, 1:]
    costs = costs_of(columns, orders, settings)
    position = fifths_positions(columns.key, columns.mode)
    keys_known = (position[before] >= 0) & (position[after] >= 0)
    camelot = camelot_compatible(
        columns.key[before], columns.mode[before], columns.key[after], columns.mode[after]
    )
    tempo_before, tempo_after = columns.tempo[before], columns.tempo[after]
    tempi_known = np.isfinite(octaves(tempo_before)) & np.isfinite(octaves(tempo_after))
    steps = 100 * (2 ** folded_distance(tempo_before, tempo_after) - 1)
    return {
        "objective": costs.sum(axis=1),
        "cost_per_transition": _share(costs[:, 1:], np.ones_like(before, dtype=bool)),
        "camelot_percent": 100 * _share(camelot, keys_known),
        "tempo_percent": 100 * _share(tempo_compatible(tempo_before, tempo_after), tempi_known),
        "median_tempo_step_percent": _medians(steps),
        "artist_adjacency": (columns.artist[before] == columns.artist[after]).sum(axis=1) * 1.0,
    }


def report(
    columns: Columns,
    order: list[int],
    before: Columns,
    settings: SequenceSettings,
    seed: int,
) -> Report:
    """Report on an order of `columns`.

    `before` is the list as it stands on the account, in its order; `random` the mean and the
    standard deviation over seeded shuffles of the new list. What cannot be known is None.
    """
    found: Report = {
        "tracks": len(order),
        "duration_ms": sum(track.duration_ms for track in columns.tracks),
        **_row(columns, np.array([order], dtype=np.int64), settings),
        "missing": missing(columns),
    }
    count = len(order)
    if count > 1:
        shuffles = int(np.clip(_SHUFFLED_ROWS // count, 5, _MOST_SHUFFLES))
        rng = np.random.default_rng(seed)
        shuffled = rng.permuted(np.tile(np.arange(count), (shuffles, 1)), axis=1)
        spread: dict[str, ReportValue] = {"shuffles": shuffles}
        for name, values in measures(columns, shuffled, settings).items():
            spread[f"{name}_mean"] = _plain(values.mean())
            spread[f"{name}_sd"] = _plain(values.std(ddof=1))
        found["random"] = spread
    if len(before) > 1:
        found["before"] = _row(before, np.arange(len(before))[None, :], settings)
    return found


def missing(columns: Columns) -> dict[str, ReportValue]:
    """How many tracks lack each feature, by its name; "all" counts those of which none is known."""
    lacking = [row.missing() for row in columns.features]
    counts: dict[str, ReportValue] = {}
    for name in FEATURE_NAMES:
        number = sum(name in names for names in lacking)
        if number:
            counts[name] = number
    everything = len(FEATURE_NAMES) - 1
    if none_known := sum(len(names) == everything for names in lacking):
        counts["all"] = none_known
    return counts


def _row(
    columns: Columns, order: NDArray[np.int64], settings: SequenceSettings
) -> dict[str, ReportValue]:
    if not order.size:
        return {}
    return {name: _plain(v[0]) for name, v in measures(columns, order, settings).items()}


def _plain(value: np.floating) -> float | None:
    return None if np.isnan(value) else round(float(value), 4)


def _share(values: NDArray[np.generic], known: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The mean of each row over what is known, (s, m) to (s,); NaN where nothing is."""
    counts = known.sum(axis=1)
    sums = np.where(known, values, 0).sum(axis=1)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def _medians(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The median of each row over what is known, (s, m) to (s,); NaN where nothing is."""
    known = [row[~np.isnan(row)] for row in values]
    return np.array([np.median(row) if row.size else np.nan for row in known])
