"""The metrics, each defined once, and bootstrap intervals: over items or whole groups, or paired.

Ranking metrics take `ranked`, the candidates best first, and `relevant`, what was hidden; both
hold track indices and `relevant` is never empty. Metrics of probabilities take `labels` in
{0, 1} and `probabilities` in 0..1, both (n,).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

DEPTH = 500
"""How far down a ranking NDCG and clicks look (as the RecSys Challenge 2018 did)."""

PAGE = 10
"""How many tracks one click shows."""

CLICKS_WITHOUT_HIT = DEPTH // PAGE + 1
"""Clicks where nothing relevant stands within `DEPTH`."""

CALIBRATION_BINS = 10


def hits(ranked: ArrayLike, relevant: ArrayLike) -> NDArray[np.bool_]:
    """Which places of the ranking hold something relevant: (n_ranked,) bool."""
    return np.isin(np.asarray(ranked), np.asarray(relevant))


def _relevant_count(relevant: ArrayLike) -> int:
    count = int(np.unique(np.asarray(relevant)).size)
    if count == 0:
        raise ValueError("a ranking metric needs at least one relevant track")
    return count


def r_precision(ranked: ArrayLike, relevant: ArrayLike) -> float:
    """Share of the relevant found in the first |relevant| places; an artist earns no credit."""
    count = _relevant_count(relevant)
    return float(hits(ranked, relevant)[:count].sum()) / count


def r_precision_with_artists(ranked: ArrayLike, relevant: ArrayLike, artist: ArrayLike) -> float:
    """R-precision as the RecSys Challenge 2018 counted it: an artist met is worth a quarter.

    (|S_T ∩ G_T| + ¼ |S_A ∩ G_A|) / |G_T|, where G_T are the relevant tracks, G_A their artists,
    S_T the first |G_T| of `ranked` and S_A their artists, each a set; so it may exceed 1. `artist`
    (n_tracks,) is the artist of each track. Source: Chen, Lamere, Schedl and Zamani, “RecSys
    Challenge 2018: automatic music playlist continuation” (RecSys 2018, 10.1145/3240323.3240342).
    """
    count = _relevant_count(relevant)
    performer = np.asarray(artist)
    first = np.asarray(ranked)[:count]
    wanted = np.unique(np.asarray(relevant))
    met = np.intersect1d(performer[first], performer[wanted]).size
    return (np.intersect1d(first, wanted).size + 0.25 * met) / count


def hit_rate(ranked: ArrayLike, relevant: ArrayLike, k: int) -> float:
    """1 where any of the first k places is relevant, else 0 (HR@k)."""
    return float(hits(ranked, relevant)[:k].any())


def ndcg(ranked: ArrayLike, relevant: ArrayLike, depth: int = DEPTH) -> float:
    """Normalised discounted cumulative gain: gain 1, discount 1 / log₂(rank + 1)."""
    found = hits(ranked, relevant)[:depth]
    discounts = 1.0 / np.log2(np.arange(2, max(depth, 1) + 2))
    ideal = discounts[: _relevant_count(relevant)].sum()
    return float(discounts[: found.size][found].sum() / ideal)


def clicks(ranked: ArrayLike, relevant: ArrayLike) -> int:
    """Pages of ten to turn before the first relevant track: 0..49, or 51 where none is found."""
    places = np.flatnonzero(hits(ranked, relevant)[:DEPTH])
    return int(places[0]) // PAGE if places.size else CLICKS_WITHOUT_HIT


def reciprocal_rank(ranked: ArrayLike, relevant: ArrayLike) -> float:
    """1 / rank of the first relevant track, 0 where there is none (its mean is MRR)."""
    places = np.flatnonzero(hits(ranked, relevant))
    return 1.0 / (int(places[0]) + 1) if places.size else 0.0


def coverage(rankings: Sequence[ArrayLike], n_candidates: int, k: int) -> float:
    """Share of all candidates that stand in the first k places of at least one ranking."""
    shown = {int(track) for ranked in rankings for track in np.asarray(ranked)[:k]}
    return len(shown) / n_candidates


def distinct(first_answers: ArrayLike) -> float:
    """Unique first answers over the number of questions: 1 / n where all get the same answer."""
    answers = np.asarray(first_answers)
    return float(np.unique(answers).size) / answers.size


def overlap(a: ArrayLike, b: ArrayLike) -> float:
    """Share of the neighbours in `a` that also stand in `b`; rows (n, k), mean over rows."""
    left, right = np.atleast_2d(np.asarray(a)), np.atleast_2d(np.asarray(b))
    shared = [np.isin(x, y).mean() for x, y in zip(left, right, strict=True)]
    return float(np.mean(shared))


def accuracy(labels: ArrayLike, probabilities: ArrayLike, threshold: float = 0.5) -> float:
    """Share of labels met when a probability of at least `threshold` says 1."""
    predicted = np.asarray(probabilities, dtype=np.float64) >= threshold
    return float((predicted == np.asarray(labels).astype(bool)).mean())


def confusion(
    labels: ArrayLike, probabilities: ArrayLike, threshold: float = 0.5
) -> NDArray[np.int64]:
    """Confusion matrix [[tn, fp], [fn, tp]]."""
    truth = np.asarray(labels).astype(np.int64)
    predicted = (np.asarray(probabilities, dtype=np.float64) >= threshold).astype(np.int64)
    return np.bincount(truth * 2 + predicted, minlength=4).reshape(2, 2)


def auc(labels: ArrayLike, scores: ArrayLike) -> float:
    """Area under the ROC curve: the chance that a 1 outscores a 0, a tie counting one half.

    NaN where only one of the two labels is present.
    """
    truth = np.asarray(labels).astype(bool)
    values = np.asarray(scores, dtype=np.float64)
    positives, negatives = int(truth.sum()), int((~truth).sum())
    if positives == 0 or negatives == 0:
        return float("nan")
    rank_sum = float(mean_ranks(values)[truth].sum())
    return (rank_sum - positives * (positives + 1) / 2) / (positives * negatives)


def expected_calibration_error(
    labels: ArrayLike, probabilities: ArrayLike, bins: int = CALIBRATION_BINS
) -> float:
    """ECE over equal-width bins of P(1): Σ (n_b / n) · |share of 1 in b − mean P in b|."""
    truth = np.asarray(labels, dtype=np.float64)
    values = np.asarray(probabilities, dtype=np.float64)
    place = np.minimum((values * bins).astype(np.int64), bins - 1)
    gaps = np.bincount(place, weights=truth - values, minlength=bins)
    return float(np.abs(gaps).sum() / values.size)


def pearson_r(a: ArrayLike, b: ArrayLike) -> float:
    """Pearson's correlation; NaN where either side is constant, since none is defined there."""
    x, y = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    x, y = x - x.mean(), y - y.mean()
    scale = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / scale if scale > 0 else float("nan")


def macro_f1(truth: ArrayLike, predicted: ArrayLike) -> float:
    """Unweighted mean of F1 over the classes that occur in `truth` or `predicted`."""
    actual, guessed = np.asarray(truth), np.asarray(predicted)
    scores = []
    for label in np.unique(np.concatenate([actual, guessed])):
        both = int(((actual == label) & (guessed == label)).sum())
        total = int((actual == label).sum() + (guessed == label).sum())
        scores.append(2 * both / total)
    return float(np.mean(scores))


RESAMPLES = 1000
LEVEL = 0.95

Interval = tuple[float, float]


def _percentiles(values: NDArray[np.float64], level: float) -> Interval:
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def mean_interval(
    values: ArrayLike,
    *,
    rng: np.random.Generator,
    groups: ArrayLike | None = None,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
) -> Interval:
    """The interval of the mean of `values` (n,).

    With `groups` (n,), whole groups are drawn (all rows of a playlist share its fate) and the
    mean stays over rows. For a paired comparison give the differences.
    """
    rows = np.asarray(values, dtype=np.float64)
    named = np.arange(rows.size) if groups is None else np.asarray(groups)
    _, member = np.unique(named, return_inverse=True)
    sums = np.bincount(member, weights=rows)
    counts = np.bincount(member)
    means = np.empty(resamples)
    for draw in range(resamples):
        chosen = rng.integers(0, sums.size, sums.size)
        means[draw] = sums[chosen].sum() / counts[chosen].sum()
    return _percentiles(means, level)


def share_interval(hits: int, n: int) -> Interval:
    """The 95 % interval of a share by `hits` of n (Wilson, “Probable inference”, JASA 1927); 0 to 1
    where nothing was tried."""
    if n == 0:
        return 0.0, 1.0
    z, share = 1.959964, hits / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def statistic_interval(
    statistic: Callable[[NDArray[np.int64]], float],
    n: int,
    *,
    rng: np.random.Generator,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
) -> Interval:
    """The interval of any statistic of n items, given as a function of the drawn rows.

    Draws on which the statistic is not defined (NaN) are left out.
    """
    drawn = np.array([statistic(rng.integers(0, n, n)) for _ in range(resamples)])
    return _percentiles(drawn[np.isfinite(drawn)], level)


def mean_ranks(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Ranks from 1 for the lowest, ties sharing their mean: (n,) to (n,); NaN is not allowed."""
    _, member, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[member])


def ranks(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Ranks of known values scaled to 0..1, ties sharing their mean: (n,) to (n,); NaN is 0.5."""
    known = ~np.isnan(values)
    scaled = np.full(len(values), 0.5)
    n = int(known.sum())
    if n > 1:
        scaled[known] = (mean_ranks(values[known]) - 1) / (n - 1)
    return scaled


STAKES = np.concatenate(
    [side * np.array([0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9]) for side in (1, -1)]
)
"""The bets of a confidence sequence, as shares of the largest one that cannot ruin."""
_MEANS = (np.arange(-20, 21) / 20).tolist()
_HALVINGS = 5


def log_capital(values: ArrayLike, bounds: ArrayLike, mean: float) -> NDArray[np.float64]:
    """The logarithm, after each value, of what betting against `mean` has made of a stake of 1.

    `values` (n,) lie within ± `bounds` (n,), each bound known before its value, and `mean` in
    −1..1. If every value has this mean given those before it, the capital is a martingale that
    starts at 1 and is never negative: it ever reaches 1 / α with a chance of at most α (Ville).
    The capital is the mean over the bets `STAKES`, each Π (1 + λᵢ (zᵢ − mean)): Waudby-Smith and
    Ramdas, “Estimating means of bounded random variables by betting” (JRSS B, 2024).
    """
    z, bound = np.asarray(values, dtype=np.float64), np.asarray(bounds, dtype=np.float64)
    gains = np.log1p(STAKES[:, None] * ((z - mean) / (bound + abs(mean))))
    grown = np.logaddexp.reduce(np.cumsum(gains, axis=1), axis=0)
    return np.asarray(grown - np.log(STAKES.size))


def confidence_sequence(values: ArrayLike, bounds: ArrayLike, alpha: float) -> Interval:
    """The means, of −1..1, that no bet has refuted at any time so far: all between two ends, which
    are refuted themselves unless they are −1 and 1.

    However often one looks, and whatever one does upon it, the true mean is ever left out with a
    chance of at most `alpha`. Arguments as of `log_capital`; without values it is all of −1..1.
    """
    z, bound = np.asarray(values, dtype=np.float64), np.asarray(bounds, dtype=np.float64)

    def refuted(mean: float) -> bool:
        return bool(z.size) and float(log_capital(z, bound, mean).max()) >= -np.log(alpha)

    kept = [place for place, mean in enumerate(_MEANS) if not refuted(mean)]
    if not kept:  # they lie between two steps of the grid, around what was seen
        mean = float(np.clip(z.mean(), -1, 1))
        place = min(int((mean + 1) * 20), len(_MEANS) - 2)
        return _MEANS[place], _MEANS[place + 1]
    ends = []
    for inner, outer in ((kept[0], kept[0] - 1), (kept[-1], kept[-1] + 1)):
        if not 0 <= outer < len(_MEANS):
            ends.append(_MEANS[inner])
            continue
        inside, outside = _MEANS[inner], _MEANS[outer]
        for _ in range(_HALVINGS):
            middle = (inside + outside) / 2
            inside, outside = (inside, middle) if refuted(middle) else (middle, outside)
        ends.append(outside)
    return ends[0], ends[1]
