"""Held-out comparison of two rankings of the same hidden tracks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from segue.metrics import r_precision
from segue.models.data import Indices, Reals
from segue.models.lists.episodes import Episode
from segue.models.scorer import HeldOut
from segue.statistics import mean_interval


def ranked(scores: Reals, query: Indices, depth: int, tie: Reals) -> Indices:
    """The best `depth` tracks that are not in the query; ties fall by `tie`, never by row."""
    order = np.lexsort((tie, -scores))
    return order[~np.isin(order, query)][:depth].astype(np.int32)


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

    def values(scores: Sequence[Reals]) -> Reals:
        return np.array(
            [
                r_precision(ranked(s, e.query, e.hidden.size, tie), e.hidden)
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
