"""Learning what goes with a seed: companions are tracks of the same list or session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from segue.errors import NotEnoughDataError
from segue.models.association.nets import NetSettings, fit_net, z_scores
from segue.models.association.scorer import NAME, AssociationScorer, SevenFeatureScorer
from segue.models.data import Indices, TrainingData
from segue.models.evidence.assess import compare
from segue.models.evidence.catalogue import catalogue_of
from segue.models.evidence.episodes import Episode, Practice, without_repeats
from segue.models.evidence.model import EvidenceModel, lists_of
from segue.models.evidence.practice import OPEN, fit_rankers
from segue.models.evidence.ranker import RankerSettings
from segue.models.scorer import HeldOut, Progress, silent

SHORTEST = 3
"""A list or session shorter than this tells nothing of companions."""

LEAST_LISTS = 8
FOLDS = 4
ASSESSED_LISTS = 100


@dataclass(frozen=True, slots=True)
class AssociationLearner:
    """Learns by taking lists away: `seeds_per_list` of each must find the others."""

    seeds_per_list: int = 3
    ranker: RankerSettings = field(default_factory=RankerSettings)

    @property
    def name(self) -> str:
        """`association`."""
        return NAME

    def fit(
        self, data: TrainingData, *, seed: int, device: str = "cpu", progress: Progress = silent
    ) -> AssociationScorer:
        """Learn from playlists and sessions. Raises NotEnoughDataError."""
        lists = companions(data)
        catalogue = catalogue_of(data.tracks)
        rng = np.random.default_rng(seed)
        rankers = fit_rankers(
            catalogue,
            take_lists_away(lists, FOLDS, self.seeds_per_list, rng),
            seed=seed,
            device=device,
            settings=self.ranker,
            progress=progress,
        )
        return AssociationScorer(
            data.vocabulary, EvidenceModel(lists_of(catalogue, lists), rankers)
        )

    def assess(
        self, data: TrainingData, *, seed: int, device: str = "cpu", progress: Progress = silent
    ) -> HeldOut:
        """R-precision for one seed of each held-out list, beside its artist and popularity."""
        lists = companions(data)
        rng = np.random.default_rng(seed)
        held = take_lists_away(lists, FOLDS, 1, rng)[0]
        rest = replace(data, playlists=held.known, playlist_ids=(), sessions=())
        fitted = self.fit(rest, seed=seed, device=device, progress=progress)
        episodes = held.episodes[:ASSESSED_LISTS]
        known = fitted.model.lists
        artist, fame = known.catalogue.artist, np.log1p(known.track_count)
        fame = fame / (1 + fame.max())
        return compare(
            [fitted.score_seed(int(episode.query[0]), OPEN) for episode in episodes],
            [(artist == artist[episode.query[0]]) + fame for episode in episodes],
            episodes,
            baseline="same artist plus popularity",
            rng=rng,
        )


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
        lists = companions(data)
        z = z_scores(data.tracks)
        net = fit_net(z, lists, seed=seed, device=device, settings=self.net, progress=progress)
        counts = np.bincount(np.concatenate(lists), minlength=len(z)).astype(np.float32)
        return SevenFeatureScorer(data.vocabulary, net, z, counts)


def companions(data: TrainingData) -> list[Indices]:
    """Playlists and unskipped parts of sessions, each of at least `SHORTEST` tracks.

    Raises NotEnoughDataError where they are fewer than `LEAST_LISTS`.
    """
    heard = [session.tracks[session.skipped != 1] for session in data.sessions]
    lists = [without_repeats(rows) for rows in (*data.playlists, *heard)]
    kept = [rows for rows in lists if rows.size >= SHORTEST]
    if len(kept) < LEAST_LISTS:
        raise NotEnoughDataError(
            f"{NAME}: {len(kept)} playlists and sessions of {SHORTEST} tracks or more, "
            f"{LEAST_LISTS} are needed; add playlists or leave {NAME} out of the recipe"
        )
    return kept


def take_lists_away(
    lists: Sequence[Indices], folds: int, seeds_per_list: int, rng: np.random.Generator
) -> list[Practice]:
    """One practice a fold: its lists are unknown, and some tracks of each must find the rest."""
    fold = rng.permutation(len(lists)) % folds
    rounds = []
    for away in range(folds):
        episodes = []
        for place in np.flatnonzero(fold == away).tolist():
            rows = lists[place]
            for seed in rng.choice(rows, min(seeds_per_list, rows.size), replace=False):
                query = np.array([seed], dtype=np.int32)
                episodes.append(Episode(query, rows[rows != seed]))
        known = tuple(lists[place] for place in np.flatnonzero(fold != away).tolist())
        rounds.append(Practice(known, tuple(episodes)))
    return rounds
