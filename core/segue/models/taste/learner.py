"""The taste learner: from a listener's likes and dislikes to P(like) of every track."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from segue import metrics
from segue.errors import NotEnoughDataError
from segue.metrics import statistic_interval
from segue.models.baselines import BaselineScorer, stands_in
from segue.models.data import KNOWN, Indices, TrackTable, TrainingData, Vocabulary
from segue.models.learners import LEARNERS
from segue.models.scorer import Evidence, HeldOut, Json, Pieces, Query, weighed
from segue.models.taste.context import Context, genre_context, learn_context
from segue.models.taste.forest import FEW_JUDGEMENTS, gain_on_new_artists
from segue.models.taste.model import (
    TREES,
    TasteModel,
    fit_model,
    recordings_of,
)
from segue.progress import Progress, silent

NAME = "taste"

FEWEST = 20
"""How many tracks of either kind, liked and not, there must be."""

PASSED = 0.5
"""What it counts, in skips, that a row was passed over: it may have been skipped early, jumped past
or been unplayable, which nobody knows. Against it counts every play, also where nobody says whether
it was skipped."""

FOLDS = 4

LEAST_EFFORT_TO_CHOOSE = 0.5
"""Below this effort the experts answer of few judgements too, and genres are not read: to choose
takes several times as long as to learn."""

LEAST_TREES = 50


@dataclass(frozen=True, slots=True, eq=False)
class TasteScorer:
    """P(like) of every track of a library; the same whatever the query. See `Scorer`.

    `tracks` is the library it learned from; models saved before it was kept lack it.
    """

    vocabulary: Vocabulary
    model: TasteModel
    probabilities: NDArray[np.float32]
    tracks: TrackTable | None = None

    @property
    def name(self) -> str:
        return NAME

    @property
    def notes(self) -> tuple[str, ...]:
        """What answers beside the experts, and whether genres foretell likes."""
        found = list[str]()
        if self.model.plain:
            said = zip(("its own", *(s.name for s in self.model.plain)), self.model.weights,
                       strict=True)  # fmt: skip
            parts = ", ".join(f"{name} {round(100 * weight)} %" for name, weight in said)
            found.append(f"with so few judgements, several models answer together: {parts}")
        if self.model.encoder.context is not None:
            found.append("it goes by genres too, which foretell likes of new artists")
        return tuple(f"{NAME}: {words}" for words in found)

    def score(self, query: Query) -> NDArray[np.float32]:  # noqa: ARG002 - taste asks for nothing
        """P(like): (n_tracks,) float32 in 0..1."""
        return self.probabilities.copy()

    def evidence(
        self,
        query: Query,  # noqa: ARG002 - taste asks for nothing
        tracks: Indices,
    ) -> tuple[Pieces, ...]:
        """What is known of each of `tracks` that makes it likelier to be liked."""
        if self.tracks is None:
            return ((),) * len(tracks)
        known = self.tracks.take(tracks)
        whole = self.model.predict(known)
        lost = [whole - self.model.predict(known.forgetting(name)) for name in KNOWN]
        return weighed([Evidence("feature", 0.0, name=name) for name in KNOWN], np.stack(lost))

    def predict(self, tracks: TrackTable) -> NDArray[np.float32]:
        """P(like) of tracks the library did not hold when this was learned: (n,) float32."""
        return self.model.predict(tracks).astype(np.float32)

    def tensors(self) -> dict[str, NDArray[np.generic]]:
        own = {} if self.tracks is None else self.tracks.tensors("tracks")
        return {**self.model.tensors(), **own, "probabilities": self.probabilities}

    def config(self) -> dict[str, Json]:
        return {
            "trees": int(self.model.seen_artists.forest.roots.size),
            "artists": len(self.model.encoder.names),
            "context_artists": (
                len(self.model.encoder.context.artists) if self.model.encoder.context else 0
            ),
        }

    @classmethod
    def restored(
        cls,
        vocabulary: Vocabulary,
        tensors: Mapping[str, NDArray[np.generic]],
        config: Mapping[str, Json],  # noqa: ARG003 - the arrays say everything
    ) -> Self:
        probabilities = tensors["probabilities"].astype(np.float32)
        tracks = TrackTable.restored(tensors, "tracks") if "tracks.tempo" in tensors else None
        return cls(vocabulary, TasteModel.restored(tensors), probabilities, tracks)


@dataclass(frozen=True, slots=True)
class TasteLearner:
    """Settings of the taste learner. See `Learner`.

    `context` holds other people's playlists, from which it learns who stands beside whom; none
    of its likes are used. Without one it has the listener's own tracks, and their artists' genres
    where those foretell artists left out better, or as `genres` says. `few`: see `fit_model`.
    """

    context: TrainingData | None = None
    trees: int = TREES
    few: int = FEW_JUDGEMENTS
    genres: bool | None = None

    @property
    def name(self) -> str:
        return NAME

    def fit(
        self,
        data: TrainingData,
        *,
        seed: int,
        device: str = "cpu",  # noqa: ARG002 - it is small enough for the CPU
        progress: Progress = silent,
    ) -> TasteScorer:
        """Learn from every judged track.

        Raises NotEnoughDataError with fewer than 20 liked or fewer than 20 disliked tracks.
        """
        rows, labels = judged(data)
        progress("learning taste", 0, 2)
        model = fit_model(
            data.tracks.take(rows),
            labels,
            context=self._chosen(self._context(data, seed), data.tracks.take(rows), labels, seed),
            seed=seed,
            trees=self.trees,
            few=self.few,
        )
        progress("learning taste", 1, 2)
        probabilities = model.predict(data.tracks).astype(np.float32)
        progress("learning taste", 2, 2)
        return TasteScorer(data.vocabulary, model, probabilities, data.tracks)

    def assess(
        self,
        data: TrainingData,
        *,
        seed: int,
        device: str = "cpu",  # noqa: ARG002 - it is small enough for the CPU
        progress: Progress = silent,
    ) -> HeldOut:
        """AUC over four folds of recordings, beside one half: what knows nothing of them has.

        Raises NotEnoughDataError as `fit` does.
        """
        rows, labels = judged(data)
        rng = np.random.default_rng(seed)
        fold = _folds(recordings_of(data.tracks.take(rows)), labels, rng)
        context = self._context(data, seed)
        predicted = np.empty(rows.size)
        for number in range(FOLDS):
            progress("checking taste", number, FOLDS)
            inside = fold != number
            known = data.tracks.take(rows[inside])
            model = fit_model(
                known, labels[inside], context=self._chosen(context, known, labels[inside], seed),
                seed=seed, trees=self.trees, few=self.few,
            )  # fmt: skip
            predicted[~inside] = model.predict(data.tracks.take(rows[~inside]))
        low, high = statistic_interval(
            lambda drawn: metrics.auc(labels[drawn], predicted[drawn]), rows.size, rng=rng
        )
        value = metrics.auc(labels, predicted)
        interval = (low - 0.5, high - 0.5)
        return HeldOut("auc", value, "chance", 0.5, value - 0.5, interval, rows.size)

    def stand_in(self, data: TrainingData, why: str) -> BaselineScorer:
        """How the artist's other tracks were judged: ln(1 + likes) − ln(1 + dislikes).

        Raises NotEnoughDataError where no artist was judged.
        """
        artist = data.tracks.artist
        n = int(artist.max(initial=-1)) + 2
        liked = np.unique(data.likes)
        disliked = np.setdiff1d(np.concatenate([data.dislikes, _mostly_skipped(data)]), liked)
        likes, dislikes = (np.bincount(artist[rows] + 1, minlength=n) for rows in (liked, disliked))
        judged_so_far = np.log1p(likes) - np.log1p(dislikes)
        judged_so_far[0] = 0.0
        label = LEARNERS[NAME].baseline
        return BaselineScorer(
            data.vocabulary,
            name=NAME,
            label=label,
            artist=artist,
            prior=judged_so_far[artist + 1].astype(np.float32),
            notes=(stands_in(label, NAME, why),),
        )

    def _context(self, data: TrainingData, seed: int) -> Context | None:
        """What may be read of artists beside their judged tracks."""
        if self.context is not None:
            return learn_context(self.context, seed=seed)
        return None if self.genres is False else genre_context(data.tracks, seed=seed)

    def _chosen(
        self, found: Context | None, tracks: TrackTable, labels: NDArray[np.int64], seed: int
    ) -> Context | None:
        """What is read of it: genres left to choice only where, on these judgements alone, the
        whole interval of their gain on new artists lies above 0."""
        if found is None or self.context is not None or self.genres:
            return found
        gain = gain_on_new_artists(tracks, labels, found, seed, LEAST_TREES)
        return found if gain[0] > 0 else None


def judged(data: TrainingData) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The rows the listener judged and their labels: liked 1, disliked 0; both (n,).

    Disliked are `dislikes` and what was skipped in at least two plays and in most of them; to have
    been passed over in a list heard in order is half a skip (`PASSED`). A liked track is never
    disliked. Raises NotEnoughDataError.
    """
    liked = np.unique(data.likes).astype(np.int64)
    disliked = np.setdiff1d(np.concatenate([data.dislikes, _mostly_skipped(data)]), liked)
    if min(liked.size, disliked.size) < FEWEST:
        missing = "Like more tracks"
        if disliked.size < FEWEST:
            missing = (
                "Skips tell what you dislike: import a listening history with "
                "`segue import history FILE`"
            )
        raise NotEnoughDataError(
            f"{NAME} needs at least {FEWEST} liked tracks and {FEWEST} that were skipped or "
            f"disliked; there are {liked.size} and {disliked.size}. {missing}"
        )
    rows = np.concatenate([liked, disliked.astype(np.int64)])
    labels = np.repeat([1, 0], [liked.size, disliked.size]).astype(np.int64)
    order = np.argsort(rows)
    return rows[order], labels[order]


def _mostly_skipped(data: TrainingData) -> NDArray[np.int64]:
    n = len(data.vocabulary)
    skips, plays, unsaid = np.zeros(n), np.zeros(n), np.zeros(n)
    for session in data.sessions:
        known = session.skipped >= 0
        np.add.at(unsaid, session.tracks[~known], 1)
        np.add.at(plays, session.tracks[known], 1)
        np.add.at(skips, session.tracks[known], session.skipped[known])
    passed = PASSED * np.bincount(data.passed, minlength=n)
    told = (skips >= 2) & (skips > plays / 2)
    likely = (skips + passed >= 2) & (skips + passed > (plays + unsaid + passed) / 2)
    return np.flatnonzero(told | ((passed > 0) & likely))


def _folds(
    recordings: NDArray[np.int64], labels: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """A fold for each row, whole recordings together, both labels spread evenly: (n,)."""
    _, first, member = np.unique(recordings, return_index=True, return_inverse=True)
    order = np.lexsort((rng.random(first.size), labels[first]))
    fold = np.empty(first.size, dtype=np.int64)
    fold[order] = np.arange(first.size) % FOLDS
    return fold[member]


SCORER = TasteScorer


def learner(effort: float) -> TasteLearner:
    """A learner whose training an effort below 1 shortens."""
    usual = TasteLearner()
    few, genres = (usual.few, None) if effort >= LEAST_EFFORT_TO_CHOOSE else (0, False)
    trees = max(LEAST_TREES, round(usual.trees * effort))
    return replace(usual, trees=trees, few=few, genres=genres)
