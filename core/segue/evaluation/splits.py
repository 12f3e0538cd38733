"""Splits that keep together what belongs together, dealt by a seeded generator."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Rows = NDArray[np.int64]


def group_folds(groups: ArrayLike, k: int, rng: np.random.Generator) -> list[Rows]:
    """The test rows of each of k folds; all rows of a group stand in one fold.

    Groups come in random order, each goes to the fold that is smallest so far: folds are as
    even as whole groups allow. Raises ValueError where there are fewer groups than folds.
    """
    names, member = np.unique(np.asarray(groups), return_inverse=True)
    if names.size < k:
        raise ValueError(f"{names.size} groups cannot be dealt into {k} folds")
    sizes = np.bincount(member)
    fold_of = np.empty(names.size, dtype=np.int64)
    filled = np.zeros(k, dtype=np.int64)
    for group in rng.permutation(names.size):
        fold = int(np.argmin(filled))
        fold_of[group] = fold
        filled[fold] += sizes[group]
    return [np.flatnonzero(fold_of[member] == fold) for fold in range(k)]


def group_split(groups: ArrayLike, test_share: float, rng: np.random.Generator) -> Rows:
    """The test rows of one random split: whole groups until `test_share` of rows is reached."""
    names, member = np.unique(np.asarray(groups), return_inverse=True)
    sizes = np.bincount(member)
    order = rng.permutation(names.size)
    before = np.cumsum(sizes[order]) - sizes[order]
    chosen = order[before < test_share * member.size]
    return np.flatnonzero(np.isin(member, chosen))


def others(n: int, rows: Rows) -> Rows:
    """All of 0..n−1 that are not in `rows`, in order."""
    kept = np.ones(n, dtype=bool)
    kept[rows] = False
    return np.flatnonzero(kept)
