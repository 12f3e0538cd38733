"""An expert: a forest and a Gaussian process joined, and calibrated, on rows left out of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from segue.metrics import Interval, auc, statistic_interval
from segue.models.data import Floats, TrackTable
from segue.models.taste.context import Context, credits_of
from segue.models.taste.inputs import forest_numbers, imputed

FOLDS = 5
FEW_JUDGEMENTS = 400
"""Up to how many judged tracks an expert is held near what its parts say, and plain classifiers may
answer beside the experts."""
_BLOCK = 2048


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """Trees as arrays over all nodes; a leaf's `feature` is −1 and `value` its share of 1.

    A row goes `left` where its feature is at most `threshold`. `roots` (n_trees,).
    """

    feature: NDArray[np.int32]
    threshold: NDArray[np.float64]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: NDArray[np.float64]
    roots: NDArray[np.int32]

    def predict(self, numbers: Floats) -> NDArray[np.float64]:
        """The mean share of 1 over trees: (n, d) float32 to (n,)."""
        blocks = [self._of(numbers[s : s + _BLOCK]) for s in range(0, len(numbers), _BLOCK)]
        return np.concatenate(blocks) if blocks else np.zeros(0)

    def _of(self, numbers: Floats) -> NDArray[np.float64]:
        node = np.tile(self.roots, len(numbers))  # of each row in each tree
        row = np.repeat(np.arange(len(numbers)), self.roots.size)
        going = np.flatnonzero(self.feature[node] >= 0)  # those that have not come to a leaf
        while going.size:
            at = node[going]
            goes_left = numbers[row[going], self.feature[at]] <= self.threshold[at]
            step = np.where(goes_left, self.left[at], self.right[at])
            node[going] = step
            going = going[self.feature[step] >= 0]
        return np.asarray(self.value[node].reshape(len(numbers), -1).mean(axis=1))

    def tensors(self, prefix: str) -> dict[str, NDArray[np.generic]]:
        """Every array of it, under a prefix."""
        return {f"{prefix}_{name}": getattr(self, name) for name in self.__slots__}

    @classmethod
    def restored(cls, tensors: Mapping[str, NDArray[np.generic]], prefix: str) -> Forest:
        """The inverse of `tensors`."""
        arrays = {name: tensors[f"{prefix}_{name}"] for name in cls.__slots__}
        return cls(**arrays)  # type: ignore[arg-type]  # one array a field


def grow(
    numbers: Floats,
    labels: NDArray[np.integer],
    groups: NDArray[np.integer],
    *,
    trees: int,
    rng: np.random.Generator,
    min_leaf: int = 3,
) -> tuple[Forest, NDArray[np.float64]]:
    """A forest and its out-of-bag word on each training row: (n,).

    Each tree sees a bootstrap of whole groups. A row in every bag gets the share of 1 overall.
    """
    from sklearn import config_context
    from sklearn.tree import DecisionTreeRegressor

    numbers = np.ascontiguousarray(numbers, dtype=np.float32)
    _, member = np.unique(groups, return_inverse=True)
    n_groups = int(member.max()) + 1
    total, votes = np.zeros(labels.size), np.zeros(labels.size)
    ones = (labels == 1).astype(np.float64)
    parts: list[tuple[NDArray[np.generic], ...]] = []
    for _ in range(trees):
        weight = np.bincount(rng.integers(0, n_groups, n_groups), minlength=n_groups)[member]
        rows = np.flatnonzero(weight)
        # Of labels of 1 and 0 the variance p(1 − p) is half of Gini's impurity: the trees are those
        # of a classifier, which would look its labels through anew for each of them.
        tree = DecisionTreeRegressor(
            min_samples_leaf=min_leaf, max_features="sqrt", random_state=int(rng.integers(2**31))
        )
        # What every tree reads is the same array: to look it through each time takes longest.
        with config_context(skip_parameter_validation=True, assume_finite=True):
            tree.fit(
                numbers[rows],
                ones[rows],
                sample_weight=weight[rows].astype(np.float64),
                check_input=False,
            )
        share = tree.tree_.value[:, 0, 0]
        out = np.flatnonzero(weight == 0)
        if out.size:
            total[out] += share[tree.tree_.apply(numbers[out])]
            votes[out] += 1
        inner = tree.tree_.children_left >= 0
        parts.append(
            (
                np.where(inner, tree.tree_.feature, -1),
                tree.tree_.threshold,
                tree.tree_.children_left,
                tree.tree_.children_right,
                share,
            )
        )
    forest = joined_trees(parts)
    return forest, np.where(votes > 0, total / np.maximum(votes, 1), labels.mean())


def joined_trees(parts: Sequence[tuple[NDArray[np.generic], ...]]) -> Forest:
    """Trees, each as the first five arrays of a `Forest`, as one."""
    sizes = np.array([len(part[0]) for part in parts], dtype=np.int64)
    if not parts:
        whole, none = np.zeros(0, np.int32), np.zeros(0)
        return Forest(whole, none, whole, whole, none, whole)
    roots = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    shift = np.repeat(roots, sizes)
    feature, threshold, left, right, value = (
        np.concatenate([part[place] for part in parts]) for place in range(5)
    )
    return Forest(
        feature=feature.astype(np.int32),
        threshold=threshold.astype(np.float64),
        left=(left + shift).astype(np.int32),
        right=(right + shift).astype(np.int32),
        value=value.astype(np.float64),
        roots=roots.astype(np.int32),
    )


# An expert: a forest and a Gaussian process joined, and calibrated, on rows left out of both.
#
# The calibration is Kull, Silva Filho and Flach, "Beta calibration", AISTATS 2017: it may trust
# likes and dislikes to different degrees.


Probabilities = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Expert:
    """A forest, the weights (3,) of its logit, the process and 1, and a calibration (3,)."""

    forest: Forest
    weights: Probabilities
    calibration: Probabilities

    def predict(self, numbers: Floats, process: Probabilities) -> Probabilities:
        """P(like): (n,)."""
        predicted = joined(self.forest.predict(numbers), process) @ self.weights
        return np.asarray(expit(sides(predicted) @ self.calibration))

    @classmethod
    def joining(
        cls,
        forest: Forest,
        out_of_bag: Probabilities,
        process: Probabilities,
        labels: NDArray[np.integer],
    ) -> Expert:
        """An expert weighed and calibrated on what both predict for rows left out of them: (n,)."""
        parts = joined(out_of_bag, process)
        by_parts, by_sides = (ADDED_UP, AS_SAID) if labels.size <= FEW_JUDGEMENTS else (None, None)
        weights = logistic(parts, labels, by_parts)
        return cls(forest, weights, logistic(sides(parts @ weights), labels, by_sides))

    def tensors(self, prefix: str) -> dict[str, NDArray[np.generic]]:
        """Every array of it, under a prefix."""
        return {
            **self.forest.tensors(prefix),
            f"{prefix}_weights": self.weights,
            f"{prefix}_calibration": self.calibration,
        }

    @classmethod
    def restored(cls, tensors: Mapping[str, NDArray[np.generic]], prefix: str) -> Expert:
        """The inverse of `tensors`."""
        return cls(
            Forest.restored(tensors, prefix),
            tensors[f"{prefix}_weights"].astype(np.float64),
            tensors[f"{prefix}_calibration"].astype(np.float64),
        )


ADDED_UP = np.array([1.0, 2.0, 0.0])
"""Both parts at their word and added, as log-odds of independent evidence are: the process says the
mean label m of −1 and 1, whose log-odds are ln (1 + m) / (1 − m), about 2 m."""
AS_SAID = np.array([1.0, 1.0, 0.0])
"""The calibration that changes nothing."""


def logistic(
    columns: Probabilities, labels: NDArray[np.integer], around: Probabilities | None = None
) -> Probabilities:
    """Weights of a logistic regression by Newton's method: (d,).

    Those `around` which they are held, by a normal prior of width 1, are (d,): few labels, of which
    the artist of a handful is known, say next to nothing about what each part is worth, and would
    as soon turn it round. Without them all but the last are held a little to 0.
    """
    penalty = np.ones(columns.shape[1])
    if around is None:
        around = np.zeros(columns.shape[1])
        penalty[:-1], penalty[-1] = 0.1, 1e-6
    weights = around.copy()
    for _ in range(50):
        chance = expit(columns @ weights)
        slope = columns.T @ (chance - labels) + penalty * (weights - around)
        curve = (columns * (chance * (1 - chance))[:, None]).T @ columns + np.diag(penalty)
        step = np.linalg.solve(curve, slope)
        weights = weights - step / max(1.0, float(np.abs(step).max()))
        if np.abs(step).max() < 1e-9:
            break
    return weights


def joined(forest: Probabilities, process: Probabilities) -> Probabilities:
    """The logit of the forest's word (held within 0.01..0.99), the process and 1: (n, 3)."""
    odds = logit(np.clip(forest, 0.01, 0.99))
    return np.stack([odds, process, np.ones(odds.size)], axis=1)


def sides(odds: Probabilities) -> Probabilities:
    """ln P, −ln(1 − P) and 1, whose logistic regression is beta calibration: (n, 3)."""
    return np.stack([-np.logaddexp(0, -odds), np.logaddexp(0, odds), np.ones(odds.size)], axis=1)


def folds_of(
    groups: NDArray[np.int64], rng: np.random.Generator, folds: int = FOLDS
) -> list[NDArray[np.int64]]:
    """The rows of each of some folds of whole groups, none of them empty."""
    _, member = np.unique(groups, return_inverse=True)
    fold = (rng.permutation(int(member.max()) + 1) % folds)[member]
    return [rows for k in range(folds) if (rows := np.flatnonzero(fold == k)).size]


NEW_ARTIST_FOLDS = 3
RESAMPLES = 200


def gain_on_new_artists(
    tracks: TrackTable, labels: NDArray[np.integer], context: Context, seed: int, trees: int
) -> Interval:
    """How much AUC a context brings for artists left out of the training: a paired 95 % interval.

    A forest alone answers, which takes a tenth of the time of both experts. Whole artists are
    drawn, since their tracks are liked together.
    """
    names = [row[0] if row else f"#{place}" for place, row in enumerate(credits_of(tracks))]
    artist = np.unique(names, return_inverse=True)[1].astype(np.int64)
    rng = np.random.default_rng([seed, NEW_ARTIST_FOLDS])
    answers = np.full((2, labels.size), labels.mean())
    read = [forest_numbers(tracks, given) for given in (None, context)]
    for test in folds_of(artist, rng, NEW_ARTIST_FOLDS):
        train = np.setdiff1d(np.arange(labels.size), test)
        if np.unique(labels[train]).size < 2:
            continue
        for answer, numbers in zip(answers, read, strict=True):
            columns, drawn = imputed(numbers, train), np.random.default_rng(seed)
            found, _ = grow(columns[train], labels[train], artist[train], trees=trees, rng=drawn)
            answer[test] = found.predict(columns[test])
    members = np.split(np.argsort(artist, kind="stable"), np.cumsum(np.bincount(artist))[:-1])

    def gain(drawn: NDArray[np.integer]) -> float:
        rows = np.concatenate([members[place] for place in drawn.tolist()])
        return auc(labels[rows], answers[1][rows]) - auc(labels[rows], answers[0][rows])

    return statistic_interval(gain, len(members), rng=rng, resamples=RESAMPLES)
