"""What the picture of an order shows: curves, ways round the Camelot wheel and through space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from segue.music.features import octaves
from segue.music.keys import camelot, camelot_numbers
from segue.sequencing.arcs import arc_targets, arc_values
from segue.sequencing.problem import Settings
from segue.sequencing.songs import Songs
from segue.sequencing.transitions import key_fit, tempo_fit

ARC, PATH = "#808890", "#5b8e7d"
"""Colours that are readable on white and on near black."""
OUTER, INNER = 1.0, 0.72
"""Where major and minor keys stand on the wheel."""
TIME = ((0.0, "#4f7bd9"), (0.5, "#b0579a"), (1.0, "#e6a400"))
"""From the first track to the last."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """What is drawn, as plain columns in the order of the list.

    `energy` and `valence` are (n,) 0..1 and `tempo` (n,) BPM, NaN unknown; `arc` is (n,) the value
    the arc wants there, in BPM where `arc_is_tempo`, or None; `wheel` (n, 2) the places on the
    Camelot wheel, NaN unknown; `space` (n, 3) the first three principal components of the scaled
    features. `joins` say how each track goes with the one before it: "good" where key and tempo
    mix as far as they are known, "fair" where one of them does, "clash" where none, "unknown", and
    "" for the first.
    """

    labels: tuple[str, ...]
    keys: tuple[str, ...]
    tempo: NDArray[np.float64]
    energy: NDArray[np.float64]
    valence: NDArray[np.float64]
    arc: NDArray[np.float64] | None
    arc_is_tempo: bool
    wheel: NDArray[np.float64]
    space: NDArray[np.float64]
    joins: tuple[str, ...] = ()

    def by_groups(self, size: int) -> Picture:
        """The picture of every `size` tracks as one: their means, the key and join of the first."""
        starts = np.arange(0, len(self.labels), size)

        def means(values: NDArray[np.float64]) -> NDArray[np.float64]:
            known = ~np.isnan(values)
            sums = np.add.reduceat(np.where(known, values, 0.0), starts)
            counts = np.add.reduceat(known.astype(np.float64), starts)
            return np.where(counts > 0, sums / np.maximum(counts, 1.0), np.nan)

        rows = starts.tolist()
        return replace(
            self,
            labels=tuple(self.labels[row] for row in rows),
            keys=tuple(self.keys[row] for row in rows),
            joins=tuple(self.joins[row] for row in rows),
            tempo=means(self.tempo),
            energy=means(self.energy),
            valence=means(self.valence),
            arc=None if self.arc is None else means(self.arc),
            wheel=self.wheel[starts],
            space=self.space[starts],
        )


def picture_of(
    songs: Songs, order: NDArray[np.int64], settings: Settings, titles: Sequence[str]
) -> Picture:
    """Lay out what is drawn of an order; `titles` are by row."""
    placed = songs.take(order)
    beats = octaves(placed.tempo)
    labels = tuple(f"{place}. {titles[row]}" for place, row in enumerate(order.tolist(), 1))
    return Picture(
        labels=labels,
        keys=tuple(camelot(int(k), int(m)) for k, m in zip(placed.key, placed.mode, strict=True)),
        tempo=np.where(np.isnan(beats), np.nan, placed.tempo),
        energy=placed.energy,
        valence=placed.valence,
        arc=_wanted(placed, settings),
        arc_is_tempo=set(settings.arc.of) == {"tempo"},
        wheel=_wheel(placed),
        space=principal_components(placed.features),
        joins=joins_of(placed),
    )


def joins_of(placed: Songs) -> tuple[str, ...]:
    """How each track of a list goes with the one before it, see `Picture`."""
    if not len(placed):
        return ()
    keys = key_fit(placed.key[:-1], placed.mode[:-1], placed.key[1:], placed.mode[1:])
    tempi = tempo_fit(placed.tempo[:-1], placed.tempo[1:])
    found = [""]
    for fits in zip(keys.tolist(), tempi.tolist(), strict=True):
        known = [fit > 0 for fit in fits if fit != 0]
        if not known:
            found.append("unknown")
        else:
            found.append("good" if all(known) else "fair" if any(known) else "clash")
    return tuple(found)


def principal_components(features: NDArray[np.float32], count: int = 3) -> NDArray[np.float64]:
    """The first principal components of (n, d) features, NaN at the mean: (n, count) float64."""
    known = np.isfinite(features)
    totals = np.where(known, features, 0.0).sum(axis=0, dtype=np.float64)
    means = totals / np.maximum(known.sum(axis=0), 1)
    centred = np.where(known, features - means, 0.0).astype(np.float64)
    if not len(features):
        return np.zeros((0, count))
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    axes = axes[:count]
    largest = np.abs(axes).argmax(axis=1)
    signs = np.sign(axes[np.arange(len(axes)), largest])  # a component's sign means nothing
    found = centred @ (axes * np.where(signs == 0, 1.0, signs)[:, None]).T
    return np.pad(found, ((0, 0), (0, count - found.shape[1])))


def _between(values: NDArray[np.float64]) -> NDArray[np.float64]:
    known = values[~np.isnan(values)]
    spread = float(np.ptp(known)) if known.size else 0.0
    return (values - known.min()) / spread if spread > 0 else values * 0.0 + 0.5


def _wanted(placed: Songs, settings: Settings) -> NDArray[np.float64] | None:
    """What the arc wants at each place, in the list's own values: sorted as the curve is."""
    if settings.arc.flat:
        return None
    values = arc_values(placed, settings.arc)
    known = np.sort(values[~np.isnan(values)])
    if not known.size:
        return None
    if set(settings.arc.of) == {"tempo"}:
        known = np.exp2(known)
    elif len(settings.arc.of) > 1:
        known = _between(known)
    wanted = np.empty(len(values))
    places = np.argsort(arc_targets(settings.arc, len(values)), kind="stable")
    wanted[places] = np.interp(np.linspace(0, 1, len(values)), np.linspace(0, 1, known.size), known)
    return wanted


def _wheel(placed: Songs) -> NDArray[np.float64]:
    hours = camelot_numbers(placed.key, placed.mode)
    angle = np.pi / 2 - 2 * np.pi * hours / 12
    radius = np.where(placed.mode == 1, OUTER, INNER)
    places = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return np.asarray(np.where((hours > 0)[:, None], places, np.nan))


def hours() -> tuple[list[str], list[float], list[float]]:
    """The names of the 24 keys and where each stands on the wheel's rim: x, y."""
    names, x, y = [], [], []
    for hour in range(1, 13):
        for letter, radius in (("B", 1.2), ("A", 0.5)):
            angle = np.pi / 2 - 2 * np.pi * hour / 12
            names.append(f"{hour}{letter}")
            x.append(float(radius * np.cos(angle)))
            y.append(float(radius * np.sin(angle)))
    return names, x, y
