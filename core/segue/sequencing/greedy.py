"""The greedy order: always the cheapest next track, by the cost the seed projects used.

    cost(c | prefix p) = flow · ‖spicyness · ŷ(p) − z_c‖₂ − sweetness · K(last, c)
                                                          − smoothness · T(last, c)

ŷ(p) is what the next track's scaled features should be after p, z_c what the candidate's are,
K the circle of fifths (`segue.music.keys`) and T the folded tempo (`segue.music.tempo`).

What is unknown is neutral: an unknown key or tempo costs 0; a flow over m known features is the
norm times √(d/m), d the number of features, so that it is comparable with a full one; a candidate
of which no feature is known has the mean flow of the other candidates (0 would be the best
possible value), or 0 where no candidate's is known. ŷ of the empty prefix is 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segue.errors import UsageError
from segue.music.keys import fifths_match, fifths_positions
from segue.music.tempo import octaves

NextFeatures = Callable[[NDArray[np.float32]], NDArray[np.floating]]
"""From a prefix, (p, d) float32 scaled with NaN unknown and p ≥ 1, to the features (d,) that the
next track should have."""

_SAME_COST_DECIMALS = 9
"""Costs are compared to this many decimals, so that equal tracks tie whatever the rounding."""


@dataclass(frozen=True, slots=True)
class SeedWeights:
    """The four words of the seeds' recipe. `spicyness` above 1 exaggerates the direction."""

    flow: float = 1.0
    sweetness: float = 1.0
    smoothness: float = 1.0
    spicyness: float = 1.2


def prefix_mean(prefix: NDArray[np.float32]) -> NDArray[np.float64]:
    """The mean of what is known in a prefix, (p, d) to (d,); 0 where nothing is."""
    known = np.isfinite(prefix)
    counts = known.sum(axis=0)
    sums = np.where(known, prefix, 0.0).sum(axis=0, dtype=np.float64)
    return np.asarray(sums / np.maximum(counts, 1))


class SeedCost:
    """The cost of every candidate after a growing prefix, in O(n·d) a step.

    `features` is (n, d) scaled, NaN unknown; `key`, `mode` and `tempo` are (n,). Nothing given
    is ever changed. Without `next_features` ŷ is the prefix mean, kept as a running sum.
    """

    def __init__(
        self,
        features: ArrayLike,
        key: ArrayLike,
        mode: ArrayLike,
        tempo: ArrayLike,
        weights: SeedWeights,
        next_features: NextFeatures | None = None,
    ) -> None:
        raw = np.asarray(features, dtype=np.float32)
        raw = raw.reshape(0, 0) if raw.size == 0 else raw
        known = np.isfinite(raw)
        self._raw = raw
        self._known = known.astype(np.float64)
        self._filled = np.where(known, raw, 0.0).astype(np.float64)
        self._squares = (self._filled**2).sum(axis=1)
        counts = known.sum(axis=1)
        width = raw.shape[1]
        self._stretch = np.where(counts > 0, np.sqrt(width / np.maximum(counts, 1)), np.nan)
        position = fifths_positions(key, mode)
        self._position = position
        self._key_table = fifths_match(np.arange(-1, 12)[:, None], position[None, :])
        angle = 2 * np.pi * octaves(tempo)
        # cos(a − b) = cos a · cos b + sin a · sin b, with 0 for both where the tempo is unknown.
        self._cos = np.where(np.isnan(angle), 0.0, np.cos(angle))
        self._sin = np.where(np.isnan(angle), 0.0, np.sin(angle))
        self._weights = weights
        self._next_features = next_features
        self._prefix: list[int] = []
        self._sum = np.zeros(width)
        self._count = np.zeros(width)

    def expected(self) -> NDArray[np.float64]:
        """ŷ of the prefix so far: (d,) float64, 0 where nothing is known or foretold."""
        if not self._prefix:
            return np.zeros_like(self._sum)
        if self._next_features is None:
            return np.asarray(self._sum / np.maximum(self._count, 1))
        answer = np.asarray(self._next_features(self._raw[self._prefix]), dtype=np.float64)
        return np.where(np.isfinite(answer), answer, 0.0)

    def any_feature_known(self, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether at least one feature is known, for each of (m,) indices."""
        return np.isfinite(self._stretch[rows])

    def costs(self, candidates: NDArray[np.int64]) -> NDArray[np.float64]:
        """The cost of each candidate as the next track: (m,) indices to (m,) float64."""
        target = self._weights.spicyness * self.expected()
        filled, known = self._filled[candidates], self._known[candidates]
        squared = self._squares[candidates] - 2 * (filled @ target) + known @ target**2
        flow = np.sqrt(np.maximum(squared, 0.0)) * self._stretch[candidates]
        unknown = np.isnan(flow)
        if unknown.any():
            flow[unknown] = 0.0 if unknown.all() else float(flow[~unknown].mean())
        cost = self._weights.flow * flow
        if self._prefix:
            last = self._prefix[-1]
            key = self._key_table[self._position[last] + 1, candidates]
            tempo = (
                self._cos[last] * self._cos[candidates] + self._sin[last] * self._sin[candidates]
            )
            cost = cost - self._weights.sweetness * key - self._weights.smoothness * tempo
        return np.asarray(cost)

    def place(self, index: int) -> None:
        """Append a track to the prefix."""
        self._prefix.append(index)
        self._sum += self._filled[index]
        self._count += self._known[index]


def greedy_order(
    features: ArrayLike,
    key: ArrayLike,
    mode: ArrayLike,
    tempo: ArrayLike,
    weights: SeedWeights | None = None,
    *,
    first: Sequence[int] = (),
    next_features: NextFeatures | None = None,
) -> NDArray[np.int64]:
    """Order tracks greedily: every index 0..n−1 once, (n,) int64.

    `first` are indices that open the list in the order given. Of equal costs the lower index
    wins. Raises UsageError when `first` repeats an index or leaves the list.
    """
    cost = SeedCost(features, key, mode, tempo, weights or SeedWeights(), next_features)
    count = len(np.asarray(features))
    if len(set(first)) < len(first) or any(not 0 <= index < count for index in first):
        raise UsageError(
            f"the opening tracks {list(first)} must be different and within 0..{count - 1}"
        )
    order = list(first)
    for index in order:
        cost.place(index)
    left = np.setdiff1d(np.arange(count, dtype=np.int64), np.array(order, dtype=np.int64))
    while left.size:
        best = int(np.argmin(np.round(cost.costs(left), _SAME_COST_DECIMALS)))
        chosen = int(left[best])
        cost.place(chosen)
        order.append(chosen)
        left = np.delete(left, best)
    return np.array(order, dtype=np.int64)


def order_costs(
    features: ArrayLike,
    key: ArrayLike,
    mode: ArrayLike,
    tempo: ArrayLike,
    order: Sequence[int] | NDArray[np.int64],
    weights: SeedWeights | None = None,
    *,
    next_features: NextFeatures | None = None,
) -> NDArray[np.float64]:
    """What each step of a given order costs: (len(order),) float64; their sum is its objective.

    The candidates of a step, of which an unknown track takes the mean flow, are the tracks from
    that step on, as they were when the order was made.
    """
    cost = SeedCost(features, key, mode, tempo, weights or SeedWeights(), next_features)
    rows = np.asarray(order, dtype=np.int64)
    known = cost.any_feature_known(rows)
    steps = np.zeros(len(rows))
    for step, index in enumerate(rows):
        candidates = rows[step : step + 1] if known[step] else rows[step:]
        steps[step] = cost.costs(candidates)[0]
        cost.place(int(index))
    return steps
