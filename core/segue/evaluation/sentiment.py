"""How well moods agree with people's ratings: a head beside TF-IDF and the VADER lexicon.

Every method is measured on the same held-out texts (`segue.lyrics.sentiment_data`). TF-IDF is
trained on the training texts of all sets jointly, as the head is, and once more on each set's own,
where it may adapt to how that set was rated; VADER is not trained.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from segue.errors import DataError
from segue.evaluation.tables import OURS, Row, Table
from segue.lyrics.sentiment import HeldOutScore, SentimentHead
from segue.lyrics.sentiment_data import NEUTRAL_BELOW, SPLIT_RULE, RatedTexts, split
from segue.metrics import Interval, auc, macro_f1, pearson_r, statistic_interval
from segue.progress import Fitting

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Encode = Callable[[Sequence[str]], NDArray[np.float32]]
"""Texts to unit vectors (n, dim) of the encoder that the head belongs to."""

Measure = Callable[[NDArray[np.int64]], float]
"""A statistic of the texts whose rows are given."""

VADER_NEUTRAL_BELOW = 0.05
"""The class limits that VADER's authors give for its compound score."""

RESAMPLES = 300
"""Draws for an interval; whole correlations and F1 scores of thousands of texts are drawn anew."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What a method says of some texts: valence (n,), and classes −1, 0, 1 (n,)."""

    valence: NDArray[np.float64]
    polarity: NDArray[np.int64]


def evaluate_sentiment(
    sets: Sequence[RatedTexts],
    head: SentimentHead,
    encode: Encode,
    how: Fitting,
    *,
    data: str,
    limit: int | None = None,
) -> Table:
    """One row a set and method: n, Pearson r with human ratings, macro F1 and macro recall of the
    three classes.

    Where a set has classes only, r is with the class as −1, 0, 1. Intervals are 95 % bootstrap
    percentiles over texts; `limit` measures on the first so many of each set. Raises DataError
    where no set has a held-out text.
    """
    dealt = split(sets)
    tests = [part.taken(rows[:limit]) for part, rows in zip(sets, dealt.test, strict=True)]
    trains = [part.taken(rows) for part, rows in zip(sets, dealt.train, strict=True)]
    if not any(len(test) for test in tests):
        raise DataError(f"{data}: none of the texts is held out; there is nothing to measure on")
    how.progress("TF-IDF on all sets", 0, None)
    joint = TfIdf(trains) if any(len(train) for train in trains) else None
    notes = [
        f"{SPLIT_RULE}.",
        f"Classes of rated sets: neutral where |valence| < {NEUTRAL_BELOW} (of −1..1).",
    ]
    rows: list[Row] = []
    for test in tests:
        if not len(test):
            continue
        how.progress(f"{test.name}: encoding {len(test)} texts", 0, None)
        valence, probabilities = head.predict(encode(test.texts), test.texts)
        answers = {OURS: Answers(valence.astype(np.float64), probabilities.argmax(axis=1) - 1)}
        if joint is not None:
            answers["tfidf joint"] = joint.answers(test.texts)
        own = [train for train in trains if train.source == test.source and len(train)]
        if own:
            how.progress(f"{test.name}: TF-IDF on its own training texts", 0, None)
            answers["tfidf per set"] = TfIdf(own).answers(test.texts)
        lexicon = vader(test.texts)
        if lexicon is not None:
            answers["vader"] = lexicon
            if len(np.unique(test.polarity[test.polarity != 0])) == 2:
                notes.append(_beside_vader(test, answers[OURS], lexicon, how.seed))
        rows += [_row(test, name, predicted, how.seed) for name, predicted in answers.items()]
    if not any(row.method == "vader" for row in rows):
        notes.append("vader is not here: it comes with the extra `evaluate`.")
    return Table(
        protocol="sentiment: agreement with people on texts that were never trained on",
        data=data,
        n=sum(row.size or 0 for row in rows if row.method == OURS),
        rows=tuple(rows),
        notes=(*notes, *_ahead_of_us(rows)),
    )


def _ahead_of_us(rows: Sequence[Row]) -> list[str]:
    """A sentence for each number in which another method is ahead of ours."""
    ours = {row.split: row for row in rows if row.method == OURS}
    return [
        f"{row.method} is ahead on {row.split}: {key} {value:.4f} against {mine:.4f}."
        for row in rows
        for key, value in row.metrics.items()
        if value > (mine := ours[row.split].metrics[key])
    ]


def held_out_scores(
    tests: Sequence[RatedTexts], vectors: Sequence[NDArray[np.float32]], head: SentimentHead
) -> dict[str, HeldOutScore]:
    """A head's own results on held-out texts and their vectors, by set, for its card."""
    scores = {}
    for test, made in zip(tests, vectors, strict=True):
        if len(test):
            valence, probabilities = head.predict(made, test.texts)
            r = pearson_r(valence, test.target())
            scores[test.name] = HeldOutScore(
                n=len(test),
                pearson_r=round(r, 4) if np.isfinite(r) else None,
                macro_f1=round(macro_f1(test.polarity, probabilities.argmax(axis=1) - 1), 4),
            )
    return scores


class TfIdf:
    """The baseline: TF-IDF of words and pairs, ridge regression for valence, logistic for class."""

    def __init__(self, trains: Sequence[RatedTexts]) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression, Ridge

        texts = [text for train in trains for text in train.texts]
        self._vectoriser = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)
        matrix: csr_matrix = self._vectoriser.fit_transform(texts)
        target = np.concatenate([train.target() for train in trains])
        polarity = np.concatenate([train.polarity for train in trains])
        self._valence = Ridge(1.0).fit(matrix, target)
        self._classes = LogisticRegression(C=4.0, max_iter=300).fit(matrix, polarity)

    def answers(self, texts: Sequence[str]) -> Answers:
        """What it says of these texts."""
        matrix = self._vectoriser.transform(texts)
        return Answers(
            np.asarray(self._valence.predict(matrix), dtype=np.float64),
            np.asarray(self._classes.predict(matrix), dtype=np.int64),
        )


def vader(texts: Sequence[str]) -> Answers | None:
    """What the VADER lexicon says, or None where it is not installed (extra `evaluate`)."""
    try:
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer
    except ImportError:
        return None
    analyser = SentimentIntensityAnalyzer()
    compound = np.array([analyser.polarity_scores(text)["compound"] for text in texts])
    classes = np.sign(compound) * (np.abs(compound) >= VADER_NEUTRAL_BELOW)
    return Answers(compound, classes.astype(np.int64))


def macro_recall(truth: NDArray[np.int64], guess: NDArray[np.int64]) -> float:
    """The mean over the classes in `truth` of the share of each that is found."""
    return float(np.mean([(guess[truth == each] == each).mean() for each in np.unique(truth)]))


def _row(test: RatedTexts, method: str, predicted: Answers, seed: int) -> Row:
    target, n = test.target().astype(np.float64), len(test)
    measures: dict[str, Measure] = {
        "pearson_r": lambda rows: pearson_r(predicted.valence[rows], target[rows]),
        "macro_f1": lambda rows: macro_f1(test.polarity[rows], predicted.polarity[rows]),
        "macro_recall": lambda rows: macro_recall(test.polarity[rows], predicted.polarity[rows]),
    }
    every = np.arange(n)
    return Row(
        method,
        {name: measure(every) for name, measure in measures.items()},
        # The same draws for every method: their intervals differ by the method alone.
        {name: _interval(measure, n, seed) for name, measure in measures.items()},
        split=test.name,
        size=n,
    )


def _beside_vader(test: RatedTexts, ours: Answers, other: Answers, seed: int) -> str:
    """How far ahead of VADER ours is, with 95 % intervals of the paired difference over texts."""
    polar = np.flatnonzero(test.polarity)
    sides = test.polarity[polar]
    kinds: dict[str, tuple[int, Callable[[Answers, NDArray[np.int64]], float]]] = {
        "macro recall": (
            len(test),
            lambda said, rows: macro_recall(test.polarity[rows], said.polarity[rows]),
        ),
        "macro recall by the sign of valence": (
            len(polar),
            lambda said, rows: macro_recall(
                sides[rows], np.sign(said.valence[polar[rows]]).astype(np.int64)
            ),
        ),
        "AUC of positive against negative": (
            len(polar),
            lambda said, rows: auc(sides[rows] > 0, said.valence[polar[rows]]),
        ),
    }
    parts = []
    for words, (n, measure) in kinds.items():
        difference = partial(_difference, measure, ours, other)
        low, high = _interval(difference, n, seed)
        parts.append(f"{words} {difference(np.arange(n)):+.3f} ({low:+.3f} to {high:+.3f})")
    return f"{test.name}, ahead of vader by: {', '.join(parts)}."


def _difference(
    measure: Callable[[Answers, NDArray[np.int64]], float],
    ours: Answers,
    other: Answers,
    rows: NDArray[np.int64],
) -> float:
    return measure(ours, rows) - measure(other, rows)


def _interval(measure: Measure, n: int, seed: int) -> Interval:
    return statistic_interval(measure, n, rng=np.random.default_rng(seed), resamples=RESAMPLES)
