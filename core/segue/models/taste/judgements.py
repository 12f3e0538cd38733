"""What the listener said of an artist so far, without telling a track its own label."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SHRINKAGE = 2.0
"""An artist's share of likes counts this many tracks of the overall share beside its own."""

FOLDS = 5

Probabilities = NDArray[np.float64]


def judgements(
    artist: NDArray[np.int64], labels: NDArray[np.integer], n: int
) -> tuple[Probabilities, Probabilities]:
    """Each artist's share of likes, shrunk to the overall one, and number of labels: (n,) each."""
    kept = artist >= 0
    counts = np.bincount(artist[kept], minlength=n).astype(np.float64)
    likes = np.bincount(artist[kept], weights=labels[kept], minlength=n)
    return (likes + SHRINKAGE * labels.mean()) / (counts + SHRINKAGE), counts


def left_out_judgements(
    artist: NDArray[np.int64],
    labels: NDArray[np.integer],
    recording: NDArray[np.int64],
    n: int,
    rng: np.random.Generator,
) -> Probabilities:
    """Share and count of each row's artist from the other folds of recordings: (n_rows, 2)."""
    fold = rng.integers(0, FOLDS, int(recording.max()) + 1)[recording]
    out = np.empty((labels.size, 2))
    for number in range(FOLDS):
        here = fold == number
        if here.all() or not here.any():
            out[here] = (labels.mean(), 0)
            continue
        shares, counts = judgements(artist[~here], labels[~here], n)
        known = artist[here] >= 0
        rows = np.maximum(artist[here], 0)
        out[here, 0] = np.where(known, shares[rows], labels[~here].mean())
        out[here, 1] = np.where(known, counts[rows], 0)
    return out


def folds_of(groups: NDArray[np.int64], rng: np.random.Generator) -> list[NDArray[np.int64]]:
    """The rows of each of five folds of whole groups, none of them empty."""
    _, member = np.unique(groups, return_inverse=True)
    fold = (rng.permutation(int(member.max()) + 1) % FOLDS)[member]
    return [rows for k in range(FOLDS) if (rows := np.flatnonzero(fold == k)).size]
