"""Continuation: how well each track continues a list, learned by hiding the ends of lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from segue.errors import NotEnoughDataError
from segue.models.baselines import BaselineScorer, artist_match, artists_together, compare
from segue.models.data import Floats, Indices, TrainingData
from segue.models.lists.catalogue import catalogue_of
from segue.models.lists.episodes import PRACTICE_LISTS, hide_ends, some_of, without_repeats
from segue.models.lists.model import (
    WHOLE_LIBRARY,
    EvidenceModel,
    EvidenceScorer,
    fit_rankers,
    lists_of,
)
from segue.models.lists.ranker import RankerSettings
from segue.models.scorer import HeldOut, Query
from segue.progress import Fitting, Progress, silent

NAME = "continuation"

SHORTEST = 6
"""A list shorter than this gives no episode."""

LEAST_EPISODES = 8
ASSESSED_SHARE = 1 / 3
ASSESSED_LISTS = 150


class ContinuationScorer(EvidenceScorer):
    """Scores every track as a continuation of the query's playlist, seeds first."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """`continuation`."""
        return NAME

    def score(self, query: Query) -> Floats:
        """(n_tracks,) float32. An empty query gets the lists' popularity."""
        return self.score_rows(np.concatenate([query.seeds, query.playlist]), WHOLE_LIBRARY)

    def score_rows(self, playlist: Indices, setting: str) -> Floats:
        """The same for a playlist in order, by the ranker `setting`; see `training_rounds`."""
        return self.score_rows_by(playlist, (setting,))[0]

    def score_rows_by(self, playlist: Indices, settings: Sequence[str]) -> list[Floats]:
        """The same by several rankers, for hardly more than one."""
        rows = without_repeats(playlist.astype(np.int32))
        if rows.size == 0:
            return [self.model.prior() for _ in settings]
        return self.model.scores(settings, rows)


@dataclass(frozen=True, slots=True)
class ContinuationLearner:
    """`hidden_shares`: a round of episodes for each, in which lists lose that share.

    At most `practice_lists` of the lists, drawn at random, are asked to find what they lost; the
    others stay known whole.
    `rankers` are those of `segue.models.lists.model` to be learned: recipes ask
    `WHOLE_LIBRARY`, evaluation others.
    """

    hidden_shares: tuple[float, ...] = (0.5, 0.33, 0.2)
    practice_lists: int = PRACTICE_LISTS
    rankers: tuple[str, ...] = (WHOLE_LIBRARY,)
    ranker: RankerSettings = field(default_factory=RankerSettings)

    @property
    def name(self) -> str:
        """`continuation`."""
        return NAME

    def fit(
        self, data: TrainingData, *, seed: int, device: str = "cpu", progress: Progress = silent
    ) -> ContinuationScorer:
        """Learn from playlists. Raises NotEnoughDataError."""
        lists = playlists_of(data)
        usable = sum(rows.size >= SHORTEST for rows in lists)
        if usable < LEAST_EPISODES:
            raise NotEnoughDataError(
                f"{NAME}: {usable} playlists of {SHORTEST} tracks or more, "
                f"{LEAST_EPISODES} are needed; add playlists or leave {NAME} out of the recipe"
            )
        catalogue = catalogue_of(data.tracks)
        able = np.array([rows.size >= SHORTEST for rows in lists])
        asking = some_of(able, self.practice_lists, np.random.default_rng(seed))
        rankers = fit_rankers(
            catalogue,
            [hide_ends(lists, share, SHORTEST, asking) for share in self.hidden_shares],
            self.rankers,
            Fitting(seed, device, progress),
            self.ranker,
        )
        return ContinuationScorer(
            data.vocabulary, EvidenceModel(lists_of(catalogue, lists), rankers)
        )

    def assess(
        self, data: TrainingData, *, seed: int, device: str = "cpu", progress: Progress = silent
    ) -> HeldOut:
        """R-precision on the hidden last third of lists, beside the simple rule that would stand
        in."""
        round_ = hide_ends(playlists_of(data), ASSESSED_SHARE, SHORTEST)
        known = replace(data, playlists=round_.known, playlist_ids=(), sessions=())
        fitted = self.fit(known, seed=seed, device=device, progress=progress)
        rng = np.random.default_rng(seed)
        chosen = rng.permutation(len(round_.episodes))[:ASSESSED_LISTS]
        episodes = [round_.episodes[place] for place in np.sort(chosen)]
        baseline = self.stand_in(known, "")
        return compare(
            [fitted.score_rows(episode.query, WHOLE_LIBRARY) for episode in episodes],
            [baseline.score(Query(playlist=episode.query)) for episode in episodes],
            episodes,
            baseline=baseline.label,
            rng=rng,
        )

    def stand_in(self, data: TrainingData, why: str) -> BaselineScorer:
        """Artist match plus popularity, or artists that share lists, times popularity, where that
        finds more of the last thirds of the lists. Raises NotEnoughDataError without any playlist.
        """
        lists = playlists_of(data)
        other = artists_together(data, NAME, lists, why) if lists else None
        better = other is not None and _together_is_better(data, lists)
        return other if other is not None and better else _baseline(data, lists, why)


def playlists_of(data: TrainingData) -> list[Indices]:
    """The playlists, each track where it first stands, empty ones left out."""
    return [without_repeats(rows) for rows in data.playlists if len(rows)]


def _baseline(data: TrainingData, lists: Sequence[Indices], why: str = "") -> BaselineScorer:
    if not lists:
        raise NotEnoughDataError(f"{NAME}: there is no playlist to learn from")
    counts = np.bincount(np.concatenate(lists), minlength=len(data.vocabulary))
    return artist_match(data, NAME, "list", counts.astype(np.float32), why)


def _together_is_better(data: TrainingData, lists: Sequence[Indices]) -> bool:
    round_ = hide_ends(lists, ASSESSED_SHARE, SHORTEST)
    together = artists_together(data, NAME, round_.known)
    if together is None or not round_.episodes:
        return False
    rng = np.random.default_rng(0)
    chosen = rng.permutation(len(round_.episodes))[:ASSESSED_LISTS]
    episodes = [round_.episodes[place] for place in np.sort(chosen)]
    queries = [Query(playlist=episode.query) for episode in episodes]
    simple = _baseline(data, round_.known)
    found = compare(
        [together.score(query) for query in queries],
        [simple.score(query) for query in queries],
        episodes,
        baseline=simple.label,
        rng=rng,
    )
    return found.gain > 0


SCORER = ContinuationScorer


def learner(effort: float) -> ContinuationLearner:
    """A learner whose training an effort below 1 shortens."""
    usual = ContinuationLearner()
    shares = usual.hidden_shares
    return ContinuationLearner(
        hidden_shares=shares[: max(1, round(len(shares) * effort))],
        ranker=usual.ranker.shortened(effort),
    )
