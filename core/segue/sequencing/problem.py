"""The problem: one joint objective over a whole list, in the form every method works on.

    objective(order) = Σ transitions[order[i], order[i + 1]]
                       + arc · Σ (levels[order[i]] − targets[i])² / 2
                       + worst · max transitions[order[i], order[i + 1]]

Each term but the last depends only on which tracks are placed, the last, the next and the position:
that is what exact dynamic programming, bounds and fast exact deltas need. The last one is met by
ruling out the worst transition, again and again.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segue.errors import UsageError
from segue.metrics import mean_ranks
from segue.music.features import octaves
from segue.sequencing.options import FLAT, METHODS, Arc, Method, Weights
from segue.sequencing.songs import Songs
from segue.sequencing.transitions import transition_costs

LAST = -1
"""The position of a pin that stands at the end."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to order a list.

    `pins` maps a track's row to its position, 0 the first and `LAST` the last. `forbidden` holds
    pairs of rows that must not be neighbours, in either order; `together` groups of rows that
    follow each other as they are given, none in two of them.
    """

    method: Method = "search"
    weights: Weights = field(default_factory=Weights)
    arc: Arc = FLAT
    pins: Mapping[int, int] = field(default_factory=dict)
    forbidden: tuple[tuple[int, int], ...] = ()
    together: tuple[tuple[int, ...], ...] = ()

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise UsageError(f"{self.method!r} is not a method; choose {', '.join(METHODS)}")


def fixed_positions(settings: Settings, count: int) -> dict[int, int]:
    """The pins of a list of `count` tracks as position to row, positions counted from 0.

    Raises UsageError when a pin leaves the list, or two want one position.
    """
    fixed: dict[int, int] = {}
    for row, wanted in settings.pins.items():
        position = count - 1 if wanted == LAST else wanted
        if not 0 <= row < count:
            raise UsageError(f"a pin names track {row}, but the list has tracks 0 to {count - 1}")
        if not 0 <= position < count:
            raise UsageError(
                f"track {row} is pinned to position {wanted}, but the list has positions "
                f"0 to {count - 1}"
            )
        if position in fixed:
            raise UsageError(
                f"tracks {fixed[position]} and {row} are both pinned to position {position}; "
                "take one of the pins away"
            )
        fixed[position] = row
    return fixed


def forbidden_pairs(settings: Settings, count: int) -> tuple[tuple[int, int], ...]:
    """The forbidden neighbours of a list of `count` tracks.

    Raises UsageError when a pair leaves the list, names one track twice, or when pins put the
    two side by side.
    """
    fixed = fixed_positions(settings, count)
    place = {row: position for position, row in fixed.items()}
    for first, second in settings.forbidden:
        if first == second or not (0 <= first < count and 0 <= second < count):
            raise UsageError(
                f"the forbidden neighbours {first} and {second} must be two tracks of the list, "
                f"0 to {count - 1}"
            )
        if first in place and second in place and abs(place[first] - place[second]) == 1:
            raise UsageError(
                f"tracks {first} and {second} are pinned side by side and forbidden as "
                "neighbours; take away a pin or the ban"
            )
    return settings.forbidden


ARC = 1.95
"""What an arc weight of 1 stands for, in the unit of the key term: the weight at which a ramp is
followed closely while most of what key and tempo can give is kept."""

WORST = 24.0
"""What a weight of 1 of the worst transition stands for, in the unit of the key term: the worst is
a quarter less bad, with an arc more than half, and the mean stays within one per cent
(`segue evaluate sequencing`)."""

FORBIDDEN = 1e4
"""The cost of forbidden neighbours: more than anything a list could gain by them."""

TOGETHER = 1e3
"""What neighbours gain that are to stay together: more than anything a list could lose by them."""

MOST_TRACKS = 2000
"""The longest list that is ordered: pairs are held in memory, and time grows with their number."""


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """An objective over the orders of n tracks.

    `transitions` is (n, n) float64, symmetric; `levels` (n,) and `targets` (n,) are float64 and
    `arc` weighs their misfit. `fixed` maps positions to the rows pinned there. `forbidden` pairs
    are already part of `transitions`, and so is what `together` gains, in either direction; an
    objective says what an order costs that keeps them all. `worst` weighs the one transition that
    costs most.
    """

    transitions: NDArray[np.float64]
    levels: NDArray[np.float64]
    targets: NDArray[np.float64]
    arc: float = 0.0
    fixed: Mapping[int, int] = field(default_factory=dict)
    forbidden: tuple[tuple[int, int], ...] = ()
    together: tuple[tuple[int, ...], ...] = ()
    worst: float = 0.0

    def __len__(self) -> int:
        return len(self.levels)

    def costs(self, orders: ArrayLike) -> NDArray[np.float64]:
        """The objective of orders, (..., n) rows to (...), computed in full."""
        rows = np.asarray(orders, dtype=np.int64)
        steps = self.transitions[rows[..., :-1], rows[..., 1:]]
        misfit = ((self.levels[rows] - self.targets) ** 2).sum(axis=-1) / 2
        gained = TOGETHER * sum(len(group) - 1 for group in self.together)
        tail = self.worst * steps.max(axis=-1) if self.worst and steps.shape[-1] else 0.0
        return np.asarray(steps.sum(axis=-1) + gained + self.arc * misfit + tail)

    def cost(self, order: ArrayLike) -> float:
        """The objective of one order, computed in full."""
        return float(self.costs(order))

    def position_costs(self) -> NDArray[np.float64]:
        """What each track costs at each position: (n, n) float64, row track, column position."""
        return self.arc * (self.levels[:, None] - self.targets) ** 2 / 2

    def broken(self, order: ArrayLike) -> int:
        """How many forbidden neighbours an order has."""
        rows = np.asarray(order, dtype=np.int64).tolist()
        banned = {frozenset(pair) for pair in self.forbidden}
        return sum(frozenset(pair) in banned for pair in itertools.pairwise(rows))


def standard_ranks(values: ArrayLike) -> NDArray[np.float64]:
    """Ranks with ties averaged, scaled to mean 0 and variance 1; (n,) to (n,) float64.

    NaN becomes 0, the middle; where all known values are equal, all are 0.
    """
    given = np.asarray(values, dtype=np.float64)
    known = ~np.isnan(given)
    ranks = np.zeros(len(given))
    if not known.any():
        return ranks
    placed = mean_ranks(given[known])
    spread = placed - placed.mean()
    deviation = float(np.sqrt((spread**2).mean()))
    ranks[known] = spread / deviation if deviation > 0 else 0.0
    return ranks


def arc_targets(arc: Arc, count: int) -> NDArray[np.float64]:
    """Where along the standard ranks each place of the list should be: (count,) float64."""
    return standard_ranks(np.round(arc.heights(count), 9))


def arc_values(songs: Songs, arc: Arc) -> NDArray[np.float64]:
    """What the arc is of, for each track: (n,) float64, higher is more; NaN where all is unknown.

    One measure is taken as it is; a blend is the weighted mean of the standard ranks of those
    that are known.
    """
    columns = {"energy": songs.energy, "valence": songs.valence, "tempo": octaves(songs.tempo)}
    if len(arc.of) == 1:
        return np.array(columns[next(iter(arc.of))], dtype=np.float64)
    total, weights = np.zeros(len(songs)), np.zeros(len(songs))
    for measure, weight in arc.of.items():
        known = ~np.isnan(columns[measure])
        total += weight * standard_ranks(columns[measure])
        weights += weight * known
    return np.where(weights > 0, total / np.where(weights > 0, weights, 1.0), np.nan)


def problem_of(songs: Songs, settings: Settings) -> Problem:
    """The problem of ordering songs as the settings say.

    Raises UsageError when pins or forbidden neighbours contradict each other or leave the list,
    and for more than `MOST_TRACKS` tracks.
    """
    count = len(songs)
    if count > MOST_TRACKS:
        raise UsageError(
            f"{count} tracks are too many to order as one list (at most {MOST_TRACKS}); "
            "choose fewer, or order it in parts"
        )
    fixed = fixed_positions(settings, count)
    forbidden = forbidden_pairs(settings, count)
    transitions = transition_costs(songs, settings.weights)
    for first, second in {(min(pair), max(pair)) for pair in forbidden}:
        transitions[first, second] += FORBIDDEN
        transitions[second, first] += FORBIDDEN
    for first, second in _kept_pairs(settings, count):
        transitions[first, second] -= TOGETHER
        transitions[second, first] -= TOGETHER
    flat = settings.arc.flat or settings.weights.arc == 0
    return Problem(
        transitions=transitions,
        levels=np.zeros(count) if flat else standard_ranks(arc_values(songs, settings.arc)),
        targets=np.zeros(count) if flat else arc_targets(settings.arc, count),
        arc=0.0 if flat else ARC * settings.weights.arc,
        fixed=fixed,
        forbidden=forbidden,
        together=settings.together,
        worst=WORST * settings.weights.worst,
    )


def _kept_pairs(settings: Settings, count: int) -> list[tuple[int, int]]:
    """The neighbours that are to stay together. Raises UsageError where groups contradict."""
    rows = [row for group in settings.together for row in group]
    if len(set(rows)) < len(rows) or not all(0 <= row < count for row in rows):
        raise UsageError(
            f"a group to keep together names a track twice, or none of 0 to {count - 1}"
        )
    pairs = [pair for group in settings.together for pair in itertools.pairwise(group)]
    banned = {frozenset(pair) for pair in settings.forbidden}
    for first, second in pairs:
        if frozenset((first, second)) in banned:
            raise UsageError(f"tracks {first} and {second} are to stay together and forbidden")
    return pairs
