"""P(like): two experts, for artists the user has judged and for new ones, each calibrated.

An expert joins a forest and a Gaussian process by a logistic regression over what each says of
training tracks that were left out of it: all tracks of the artist for the expert on new artists,
all copies of the recording for the expert on known ones. So nothing is weighed or calibrated
on a track its parts have seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from segue.models.data import Floats, TrackTable
from segue.models.taste.context import Context
from segue.models.taste.forest import FEW_JUDGEMENTS, FOLDS, Expert, folds_of, grow
from segue.models.taste.inputs import Encoder, TasteInputs
from segue.models.taste.kernel import MOST_ROWS, TUNING_ROWS, Process, fit_process, left_out, tuned
from segue.models.taste.simple import CLASSIFIERS, Simple, forest
from segue.music.track import normalised_artist, normalised_title

SHRINKAGE = 2.0
"""An artist's share of likes counts this many tracks of the overall share beside its own."""


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


TREES = 200


@dataclass(frozen=True, slots=True, eq=False)
class TasteModel:
    """A fitted model of likes. `shares` and `counts` (n_names + 1,) are of the training labels,
    the last those of an artist without any.

    Where there are `plain` classifiers, P joins what the experts and each of them say, by `weights`
    (1 + n_plain,) that sum to 1: see `fit_model` and `pooled`.
    """

    encoder: Encoder
    process: Process
    unseen_artists: Expert
    seen_artists: Expert
    shares: Probabilities
    counts: Probabilities
    plain: tuple[Simple, ...] = ()
    weights: tuple[float, ...] = (1.0,)

    def predict(self, tracks: TrackTable) -> Probabilities:
        """P(like) of any tracks, known to training or not: (n,) in 0..1."""
        inputs = self.encoder.encode(tracks)
        by_experts = self._of_experts(inputs)
        if not self.plain:
            return by_experts
        columns = self._columns(inputs)
        said = [by_experts, *(simple.predict(columns) for simple in self.plain)]
        return pooled(said, self.weights)

    def _of_experts(self, inputs: TasteInputs) -> Probabilities:
        predicted = self.process.predict(inputs)
        met = (inputs.artist >= 0) & (self.counts[np.maximum(inputs.artist, 0)] > 0)
        out = self.unseen_artists.predict(inputs.numbers, predicted)
        if met.any():
            artists = inputs.artist[met]
            judged = np.stack([self.shares[artists], self.counts[artists]], axis=1)
            out[met] = self.seen_artists.predict(
                _beside(inputs.numbers[met], judged), predicted[met]
            )
        return out

    def _columns(self, inputs: TasteInputs) -> Floats:
        """The numbers of each track and how its artist was judged: (n, d)."""
        artists = np.where(inputs.artist >= 0, inputs.artist, -1)  # the last has no labels
        judged = np.stack([self.shares[artists], self.counts[artists]], axis=1)
        return _beside(inputs.numbers, judged)

    def tensors(self) -> dict[str, NDArray[np.generic]]:
        """Every array of it, by name."""
        return {
            **{
                name: array
                for place, simple in enumerate(self.plain)
                for name, array in simple.tensors(f"plain{place}").items()
            },
            "weights_of_answers": np.array(self.weights),
            **self.encoder.tensors(),
            **self.process.tensors(),
            **self.unseen_artists.tensors("strangers"),
            **self.seen_artists.tensors("known"),
            "shares": self.shares,
            "counts": self.counts,
        }

    @classmethod
    def restored(cls, tensors: Mapping[str, NDArray[np.generic]]) -> TasteModel:
        """The inverse of `tensors`."""
        encoder = Encoder.restored(tensors)
        # Models saved before answers were joined have one classifier, or none, that answers alone.
        alone = (0.0, 1.0) if "simple_name" in tensors else (1.0,)
        weights = tensors.get("weights_of_answers", np.array(alone)).astype(np.float64)
        prefixes = [f"plain{place}" for place in range(weights.size - 1)]
        prefixes = ["simple"] if "simple_name" in tensors else prefixes
        return cls(
            encoder=encoder,
            process=Process.restored(tensors, encoder),
            unseen_artists=Expert.restored(tensors, "strangers"),
            seen_artists=Expert.restored(tensors, "known"),
            shares=tensors["shares"].astype(np.float64),
            counts=tensors["counts"].astype(np.float64),
            plain=tuple(Simple.restored(tensors, prefix) for prefix in prefixes),
            weights=tuple(weights.tolist()),
        )


def recordings_of(tracks: TrackTable) -> NDArray[np.int64]:
    """One number a recording (same title and artist): (n,); an untitled row stands alone."""
    keys = [
        f"{normalised_artist(tracks.artist_names[artist])}|{normalised_title(title)}"
        if title and artist >= 0
        else f"#{row}"
        for row, (artist, title) in enumerate(zip(tracks.artist, tracks.titles, strict=True))
    ]
    return np.unique(keys, return_inverse=True)[1].astype(np.int64)


def fit_model(
    tracks: TrackTable,
    labels: NDArray[np.integer],
    *,
    context: Context | None,
    seed: int,
    trees: int = TREES,
    few: int = FEW_JUDGEMENTS,
) -> TasteModel:
    """Learn P(like) from tracks (n) and their labels (n,) of 1 and 0, both of which must occur.

    Of few judgements plain classifiers may make more: up to `few`, experts and classifiers answer
    together, and what each weighs is decided by tracks held out; see `answer_weights`.
    """
    model, columns = _experts(tracks, labels, context, seed, trees)
    rarer = min(int(labels.sum()), int(labels.size - labels.sum()))
    if labels.size > few or rarer < PLAIN_FOLDS:
        return model
    plain = dict(CLASSIFIERS) | {FOREST: partial(forest, trees=trees * 3 // 2)}
    answers = {name: np.full(labels.size, labels.mean()) for name in (EXPERTS, *plain)}
    rng = np.random.default_rng([seed, PLAIN_FOLDS])
    for test in folds_of(recordings_of(tracks), rng, PLAIN_FOLDS):
        train = np.setdiff1d(np.arange(labels.size), test)
        if np.unique(labels[train]).size < 2:
            continue
        # Not by what the experts say of rows left out: they were set on just that.
        inner, known = _experts(tracks.take(train), labels[train], context, seed, trees)
        asked = tracks.take(test)
        answers[EXPERTS][test] = inner.predict(asked)
        for name, fit in plain.items():
            simple = fit(known, labels[train], seed)
            alone = replace(inner, plain=(simple,), weights=(0.0, 1.0))
            answers[name][test] = alone.predict(asked)
    weights = answer_weights(labels, answers, seed)
    asked_too = [name for name in plain if weights[name] > 0]
    return replace(
        model,
        plain=tuple(plain[name](columns, labels, seed) for name in asked_too),
        weights=(weights[EXPERTS], *(weights[name] for name in asked_too)),
    )


PLAIN_FOLDS = 3
EXPERTS, FOREST = "experts", "random forest"
RESAMPLES = 200
USUAL_SHARE = 1 / 2
SUREST = 1e-9
"""Answers are held this far from 0 and 1, whose log-odds are infinite."""


def answer_weights(
    labels: NDArray[np.integer], answers: Mapping[str, Probabilities], seed: int
) -> dict[str, float]:
    """What each answer weighs in the mean of all, by what they say of tracks held out: (n,) each.

    With few judgements it is chance as often as not which of them leads, so none is chosen: each
    weighs as often as it leads when the tracks are drawn anew with replacement (Buckland, Burnham
    and Augustin, "Model selection: an integral part of inference", Biometrics 1997). It leads by
    log loss: in a mean of log-odds who is too sure speaks too loud, which AUC does not see.
    Experts and forest, who err in different ways, take part as one, `pooled`, and have
    `USUAL_SHARE` whatever is drawn.
    """
    usual = [name for name in (EXPERTS, FOREST) if name in answers]
    alone = [name for name in answers if name not in usual]
    together = pooled([answers[name] for name in usual], [1 / len(usual)] * len(usual))
    columns = np.stack([together, *(answers[name] for name in alone)])
    lost = -np.log(np.clip(np.where(labels > 0, columns, 1 - columns), SUREST, 1))
    drawn = np.random.default_rng(seed).integers(0, labels.size, (RESAMPLES, labels.size))
    leading = lost[:, drawn].mean(axis=2).argmin(axis=0)
    shares = (1 - USUAL_SHARE) * np.bincount(leading, minlength=len(columns)) / RESAMPLES
    shares[0] += USUAL_SHARE
    weights = dict(zip(alone, shares[1:].tolist(), strict=True))
    return weights | {name: float(shares[0]) / len(usual) for name in usual}


def pooled(answers: Sequence[Probabilities], weights: Sequence[float]) -> Probabilities:
    """One P of several, each (n,), by weights that sum to 1: the mean of their log-odds.

    In a mean of probabilities, tracks of which all but one are sure are ranked by that one alone;
    the logarithmic pool keeps how sure each is (Genest and Zidek, "Combining probability
    distributions", Statistical Science 1986).
    """
    odds = logit(np.clip(np.stack(answers), SUREST, 1 - SUREST))
    return np.asarray(expit(np.array(weights) @ odds), dtype=np.float64)


def _experts(
    tracks: TrackTable, labels: NDArray[np.integer], context: Context | None, seed: int, trees: int
) -> tuple[TasteModel, Floats]:
    """Both experts, and the numbers of the training tracks with how others judged their artists."""
    rng = np.random.default_rng(seed)
    encoder = Encoder.fitted(tracks, context)
    inputs = encoder.encode(tracks)
    signs = np.where(labels > 0, 1.0, -1.0)
    recording = recordings_of(tracks)
    artist = np.where(inputs.artist >= 0, inputs.artist, len(encoder.names) + recording)
    n_names = len(encoder.names) + 1
    kept = _some_artists(artist, MOST_ROWS, rng)
    few = _some_artists(artist, TUNING_ROWS, rng)
    numbers = tuned(inputs.take(few), signs[few], folds_of(recording[few], rng))
    process, inverse = fit_process(inputs.take(kept), signs[kept], numbers)

    shares, counts = judgements(inputs.artist, labels, n_names)
    judged = left_out_judgements(inputs.artist, labels, recording, n_names, rng)
    with_artists = _beside(inputs.numbers, judged)
    experts = []
    for groups, columns in ((artist, inputs.numbers), (recording, with_artists)):
        trees_, out_of_bag = grow(columns, labels, groups, trees=trees, rng=rng)
        predicted = left_out(process, inverse, signs[kept], groups[kept])
        met = judged[kept, 1] > 0 if groups is recording else np.ones(kept.size, dtype=bool)
        met = met if met.sum() >= FOLDS else np.ones(kept.size, dtype=bool)
        experts.append(
            Expert.joining(trees_, out_of_bag[kept][met], predicted[met], labels[kept][met])
        )
    return TasteModel(encoder, process, experts[0], experts[1], shares, counts), with_artists


def _beside(numbers: Floats, judged: Probabilities) -> Floats:
    return np.concatenate([numbers, judged.astype(np.float32)], axis=1)


def _some_artists(
    artist: NDArray[np.int64], most: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Rows of whole artists, drawn until `most` rows are reached, in order; all where they fit."""
    if artist.size <= most:
        return np.arange(artist.size)
    _, member = np.unique(artist, return_inverse=True)
    place = rng.permutation(int(member.max()) + 1)[member]
    order = np.argsort(place, kind="stable")
    return np.sort(order[:most])
