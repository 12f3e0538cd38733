"""Evidence: what pulled a track in, and with which share.

Each piece is measured, not told: it is taken away, and what the track's standing loses is its
share. A standing is a score beside all others: how many standard deviations it lies above their
mean, so that answers to different queries compare.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from segue.models.data import Floats, Indices
from segue.models.scorer import Query

MOST_ASKED = 12
"""Of a longer query, seeds first, only the latest tracks are taken away in turn."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece of evidence for a track; the shares of all pieces add up to 1.

    A `track` is a row of the vocabulary that the query named, a `feature` something known of the
    track itself, by name.
    """

    kind: Literal["track", "feature"]
    share: float
    row: int = -1
    name: str = ""


Pieces = tuple[Evidence, ...]
"""All evidence for one track, the heaviest first; empty where nothing pulled it in."""


def from_query(
    score: Callable[[Query], Floats], query: Query, tracks: Indices
) -> tuple[Pieces, ...]:
    """The query's tracks as evidence for each of `tracks`: each is left out in turn."""
    latest = query.playlist[::-1][: max(MOST_ASKED - query.seeds.size, 0)]
    asked = list(dict.fromkeys([*query.seeds.tolist(), *latest.tolist()]))[:MOST_ASKED]
    if not asked:
        return ((),) * len(tracks)
    whole = standings(score(query))[tracks]
    lost = np.stack([whole - standings(score(query.without(row)))[tracks] for row in asked])
    lost[np.array(asked)[:, None] == tracks] = 0.0
    return weighed([Evidence("track", 0.0, row=row) for row in asked], lost)


def standings(scores: Floats) -> NDArray[np.float64]:
    """Each score beside all others, in standard deviations from their mean: (n,)."""
    gaps = scores.astype(np.float64) - scores.mean()
    return np.asarray(gaps / max(float(gaps.std()), 1e-9))


def weighed(pieces: Sequence[Evidence], lost: NDArray[np.floating]) -> tuple[Pieces, ...]:
    """Pieces with their shares of what each track loses without them: (n_pieces, n_tracks)."""
    kept = np.maximum(lost, 0.0)
    shares = kept / np.maximum(kept.sum(axis=0), 1e-12)
    return tuple(
        tuple(
            replace(pieces[place], share=float(column[place]))
            for place in np.argsort(-column, kind="stable").tolist()
            if column[place] > 0
        )
        for column in shares.T
    )
