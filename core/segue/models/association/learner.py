"""Learning what goes with a seed: companions are tracks of the same list or session."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from segue.errors import NotEnoughDataError
from segue.models.lists.companions import (
    SHORTEST,
    Companions,
    companions,
    folds_of,
    take_lists_away,
)
from segue.evaluation.originals import NetSettings, fit_net, z_scores
from segue.models.lists.association import NAME, AssociationScorer, SevenFeatureScorer
from segue.models.data import TrainingData
from segue.models.comparison import compare
from segue.models.lists.catalogue import catalogue_of
from segue.models.lists.episodes import Episode
from segue.models.lists.model import EvidenceModel, lists_of
from segue.models.lists.training_rounds import LIBRARY, fit_rankers
from segue.models.lists.ranker import RankerSettings
from segue.models.scorer import HeldOut, Progress, silent

LEAST_LISTS = 8
FOLDS = 4
ASSESSED_LISTS = 200


@dataclass(frozen=True, slots=True)
class AssociationLearner:
    """Learns by taking lists away: `seeds_per_list` of each must find the others.

    Every playlist is asked for, of the sessions as many as give `session_episodes`, at random:
    all of them stay known, but the time it takes hardly grows with a history. `rankers` are those
    of `segue.models.lists.training_rounds` to be learned: recipes ask `LIBRARY`, evaluation others.
    """

    seeds_per_list: int = 3
    session_episodes: int = 300
    rankers: tuple[str, ...] = (LIBRARY,)
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
        known = fitted.model.lists
        artist, fame = known.catalogue.artist, np.log1p(known.track_count)
        fame = fame / (1 + fame.max())
        return compare(
            [fitted.score_seed(int(episode.query[0]), LIBRARY) for episode in episodes],
            [(artist == artist[episode.query[0]]) + fame for episode in episodes],
            episodes,
            baseline="same artist plus popularity",
            rng=rng,
        )

    def _fitted(
        self, data: TrainingData, lists: Companions, seed: int, device: str, progress: Progress
    ) -> AssociationScorer:
        _check(lists)
        catalogue = catalogue_of(data.tracks)
        rng = np.random.default_rng(seed)
        rankers = fit_rankers(
            catalogue,
            take_lists_away(lists, FOLDS, self.seeds_per_list, self.session_episodes, rng),
            self.rankers,
            seed=seed,
            device=device,
            settings=self.ranker,
            progress=progress,
        )
        evidence = EvidenceModel(lists_of(catalogue, lists.lists), rankers)
        return AssociationScorer(data.vocabulary, evidence)


@dataclass(frozen=True, slots=True)
class SevenFeatureLearner:
    """The small net alone, feed-forward or with cross-talk; see `NetSettings`."""

    net: NetSettings = field(default_factory=NetSettings)

    @property
    def name(self) -> str:
        """`association`."""
        return NAME

    def fit(
        self, data: TrainingData, *, seed: int, device: str = "cpu", progress: Progress = silent
    ) -> SevenFeatureScorer:
        """Learn from playlists and sessions. Raises NotEnoughDataError."""
        found = companions(data)
        _check(found)
        lists = found.lists
        z = z_scores(data.tracks)
        net = fit_net(z, lists, seed=seed, device=device, settings=self.net, progress=progress)
        counts = np.bincount(np.concatenate(lists), minlength=len(z)).astype(np.float32)
        return SevenFeatureScorer(data.vocabulary, net, z, counts)


def _check(lists: Companions) -> None:
    if len(lists) < LEAST_LISTS:
        raise NotEnoughDataError(
            f"{NAME}: {len(lists)} playlists and sessions of {SHORTEST} tracks or more, "
            f"{LEAST_LISTS} are needed; add playlists or leave {NAME} out of the recipe"
        )
