"""Association: which tracks go with a seed. Companions are tracks of the same list or session."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from segue.errors import NotEnoughDataError
from segue.fitting import Fitting
from segue.models.baselines import BaselineScorer, seeds_of, stands_in
from segue.models.comparison import compare
from segue.models.data import Floats, TrainingData
from segue.models.learners import LEARNERS
from segue.models.lists.catalogue import catalogue_of
from segue.models.lists.companions import (
    SHORTEST,
    Companions,
    companions,
    folds_of,
    take_lists_away,
)
from segue.models.lists.episodes import Episode
from segue.models.lists.model import EvidenceModel, EvidenceScorer, lists_of
from segue.models.lists.ranker import RankerSettings
from segue.models.lists.training_rounds import WHOLE_LIBRARY, fit_rankers
from segue.models.scorer import HeldOut, Query
from segue.progress import Progress, silent

NAME = "association"

LEAST_LISTS = 8
FOLDS = 4
ASSESSED_LISTS = 200


class AssociationScorer(EvidenceScorer):
    """Everything known of tracks and lists, asked one seed at a time."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """`association`."""
        return NAME

    def score(self, query: Query) -> Floats:
        """(n_tracks,) float32: the mean over seeds. Without seeds, the lists' popularity."""
        seeds = seeds_of(query)
        if seeds.size == 0:
            return self.model.prior()
        rows = [self.score_seed(int(seed), WHOLE_LIBRARY) for seed in seeds]
        return np.asarray(np.mean(rows, axis=0), dtype=np.float32)

    def score_seed(self, seed: int, setting: str) -> Floats:
        """(n_tracks,) for one seed under a setting of `segue.models.lists.training_rounds`."""
        return self.model.score(setting, np.array([seed], dtype=np.int32))


@dataclass(frozen=True, slots=True)
class AssociationLearner:
    """Learns by taking lists away: `seeds_per_list` of each must find the others.

    Every playlist is asked for, of the sessions as many as give `session_episodes`, at random:
    all of them stay known, but the time it takes hardly grows with a history. `rankers` are those
    of `segue.models.lists.training_rounds` to be learned: recipes ask `WHOLE_LIBRARY`,
    evaluation others.
    """

    seeds_per_list: int = 3
    session_episodes: int = 300
    rankers: tuple[str, ...] = (WHOLE_LIBRARY,)
    ranker: RankerSettings = field(default_factory=RankerSettings)

    @property
    def name(self) -> str:
        """`association`."""
        return NAME

    def fit(
        self, data: TrainingData, *, seed: int, device: str = "cpu", progress: Progress = silent
    ) -> AssociationScorer:
        """Learn from playlists and sessions. Raises NotEnoughDataError."""
        return self._fitted(data, companions(data), seed, device, progress)

    def assess(
        self, data: TrainingData, *, seed: int, device: str = "cpu", progress: Progress = silent
    ) -> HeldOut:
        """R-precision for one seed of each held-out list, beside its artist and popularity.

        Playlists are held out together with the sessions played from them.
        """
        lists = companions(data)
        rng = np.random.default_rng(seed)
        away = folds_of(lists, FOLDS, rng) == 0
        fitted = self._fitted(data, lists.without(away), seed, device, progress)
        places = np.flatnonzero(away)
        chosen = np.sort(rng.permutation(places)[:ASSESSED_LISTS])
        episodes = []
        for rows in (lists.lists[place] for place in chosen.tolist()):
            query = rng.choice(rows, 1)
            episodes.append(Episode(query, rows[rows != query[0]]))
        baseline = _baseline(data, lists.without(away))
        return compare(
            [fitted.score_seed(int(episode.query[0]), WHOLE_LIBRARY) for episode in episodes],
            [baseline.score(Query(seeds=episode.query)) for episode in episodes],
            episodes,
            baseline=baseline.label,
            rng=rng,
        )

    def stand_in(self, data: TrainingData, why: str) -> BaselineScorer:
        """Same artist plus popularity. Raises NotEnoughDataError without any list."""
        return _baseline(data, companions(data), why)

    def _fitted(
        self, data: TrainingData, lists: Companions, seed: int, device: str, progress: Progress
    ) -> AssociationScorer:
        check_lists(lists)
        catalogue = catalogue_of(data.tracks)
        rng = np.random.default_rng(seed)
        rankers = fit_rankers(
            catalogue,
            take_lists_away(lists, FOLDS, self.seeds_per_list, self.session_episodes, rng),
            self.rankers,
            Fitting(seed, device, progress),
            self.ranker,
        )
        evidence = EvidenceModel(lists_of(catalogue, lists.lists), rankers)
        return AssociationScorer(data.vocabulary, evidence)


def _baseline(data: TrainingData, lists: Companions, why: str = "") -> BaselineScorer:
    if not lists.lists:
        raise NotEnoughDataError(f"{NAME}: there is no playlist of {SHORTEST} tracks or more")
    counts = np.bincount(np.concatenate(lists.lists), minlength=len(data.vocabulary))
    popularity = np.log1p(counts.astype(np.float32))
    label = LEARNERS[NAME].baseline
    return BaselineScorer(
        data.vocabulary,
        name=NAME,
        label=label,
        artist=data.tracks.artist,
        prior=popularity / (1 + popularity.max()),
        asked="seeds",
        notes=(stands_in(label, NAME, why),) if why else (),
    )


def check_lists(lists: Companions) -> None:
    """Raise NotEnoughDataError where there are too few lists to learn companions from."""
    if len(lists) < LEAST_LISTS:
        raise NotEnoughDataError(
            f"{NAME}: {len(lists)} playlists and sessions of {SHORTEST} tracks or more, "
            f"{LEAST_LISTS} are needed; add playlists or leave {NAME} out of the recipe"
        )


SCORER = AssociationScorer


def learner(effort: float) -> AssociationLearner:
    """A learner whose training an effort below 1 shortens."""
    usual = AssociationLearner()
    return AssociationLearner(
        seeds_per_list=max(1, round(usual.seeds_per_list * effort)),
        session_episodes=round(usual.session_episodes * effort),
        ranker=usual.ranker.shortened(effort),
    )
