"""Held-out comparison of two rankings of the same hidden tracks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from segue.metrics import r_precision
from segue.models.data import Indices, Reals
from segue.models.lists.episodes import Episode
from segue.models.scorer import HeldOut
from segue.statistics import mean_interval


def best_first(
    scores: Reals, query: Indices, candidates: NDArray[np.bool_], tie: Reals, depth: int
) -> NDArray[np.int64]:
    """The best `depth` candidates outside the query; ties fall by `tie`, never by row."""
    rows = np.flatnonzero(candidates)
    rows = rows[~np.isin(rows, query)]
    values = np.asarray(scores, dtype=np.float64)[rows]
    if rows.size > depth:
        least = np.partition(values, rows.size - depth)[rows.size - depth]
        kept = values >= least
        rows, values = rows[kept], values[kept]
    return rows[np.lexsort((tie[rows], -values))][:depth]


def compare(
    ours: Sequence[Reals],
    theirs: Sequence[Reals],
    episodes: Sequence[Episode],
    *,
    baseline: str,
    rng: np.random.Generator,
) -> HeldOut:
    """R-precision of both over the episodes, and the paired gain with its interval."""
    tie = rng.random(ours[0].size)
    everything = np.ones(tie.size, dtype=np.bool_)

    def values(scores: Sequence[Reals]) -> Reals:
        return np.array(
            [
                r_precision(best_first(s, e.query, everything, tie, e.hidden.size), e.hidden)
                for s, e in zip(scores, episodes, strict=True)
            ]
        )

    mine, other = values(ours), values(theirs)
    gains = mine - other
    return HeldOut(
        metric="r_precision",
        value=float(mine.mean()),
        baseline=baseline,
        baseline_value=float(other.mean()),
        gain=float(gains.mean()),
        gain_ci=mean_interval(gains, rng=rng),
        n=gains.size,
    )
