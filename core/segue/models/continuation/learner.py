"""Learning what continues a list, by hiding the ends of the user's own lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from segue.errors import NotEnoughDataError
from segue.models.continuation.scorer import NAME, ContinuationScorer
from segue.models.data import Floats, Indices, TrainingData
from segue.models.evidence.assess import compare
from segue.models.evidence.catalogue import Catalogue, catalogue_of
from segue.models.evidence.episodes import (
    Episode,
    Practice,
    hide_ends,
    sample_candidates,
    without_repeats,
)
from segue.models.evidence.model import EvidenceModel, lists_of, warm_signals
from segue.models.evidence.ranker import Ranker, RankerSettings, Sample, fit_ranker
from segue.models.scorer import HeldOut, Progress, silent

SHORTEST = 6
"""A list shorter than this gives no episode."""

LEAST_EPISODES = 8
LEAST_WARM = 40
"""Hidden tracks that also stand in a known list, below which `warm` is not learned."""

POOL = 6000
"""Candidates of an episode are at most so many tracks, drawn from those of the lists."""

ASSESSED_SHARE = 1 / 3
ASSESSED_LISTS = 150


@dataclass(frozen=True, slots=True)
class ContinuationLearner:
    """`hidden_shares`: a round of episodes for each, in which lists lose that share."""

    hidden_shares: tuple[float, ...] = (0.5, 0.33, 0.2)
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
        rankers = self._rankers(catalogue, lists, seed, device, progress)
        return ContinuationScorer(
            data.vocabulary, EvidenceModel(lists_of(catalogue, lists), rankers)
        )

    def assess(
        self, data: TrainingData, *, seed: int, device: str = "cpu", progress: Progress = silent
    ) -> HeldOut:
        """R-precision on the hidden last third of lists, beside artist match plus popularity."""
        practice = hide_ends(playlists_of(data), ASSESSED_SHARE, SHORTEST)
        fitted = self.fit(
            _with_lists(data, practice.known), seed=seed, device=device, progress=progress
        )
        rng = np.random.default_rng(seed)
        chosen = rng.permutation(len(practice.episodes))[:ASSESSED_LISTS]
        episodes = [practice.episodes[place] for place in np.sort(chosen)]
        lists = fitted.model.lists
        return compare(
            [fitted.score_rows(episode.query, "open") for episode in episodes],
            [artist_and_popularity(lists.catalogue, lists.track_count, e.query) for e in episodes],
            episodes,
            baseline="artist match plus popularity",
            rng=rng,
        )

    def _rankers(
        self,
        catalogue: Catalogue,
        lists: Sequence[Indices],
        seed: int,
        device: str,
        progress: Progress,
    ) -> dict[str, Ranker]:
        rng = np.random.default_rng(seed)
        pool = np.unique(np.concatenate(lists))
        found: dict[str, list[Sample]] = {"open": [], "warm": []}
        names: list[str] = []
        rounds = [hide_ends(lists, share, SHORTEST) for share in self.hidden_shares]
        total = sum(len(practice.episodes) for practice in rounds)
        done = 0
        for practice in rounds:
            for drawn, names in _drawn(catalogue, practice, pool, rng):
                for setting, sample in drawn.items():
                    found[setting].append(sample)
                done += 1
                progress("practising", done, total)
        open_names = [name for name in names if name != "own_count"]
        columns = [names.index(name) for name in open_names]
        of_open = [
            Sample(sample.signals[:, columns], sample.relevant, sample.log_weight)
            for sample in found["open"]
        ]
        rankers = {
            "open": fit_ranker(
                open_names, of_open, seed=seed, device=device, settings=self.ranker,
                progress=progress,
            )
        }  # fmt: skip
        if sum(int(sample.relevant.sum()) for sample in found["warm"]) >= LEAST_WARM:
            rankers["warm"] = fit_ranker(
                names, found["warm"], seed=seed, device=device, settings=self.ranker, unseen=(),
                progress=progress,
            )  # fmt: skip
        return rankers


def playlists_of(data: TrainingData) -> list[Indices]:
    """The playlists, each track where it first stands, empty ones left out."""
    return [without_repeats(rows) for rows in data.playlists if len(rows)]


def artist_and_popularity(catalogue: Catalogue, counts: Floats, query: Indices) -> Floats:
    """The baseline: how often the query has the artist, ties by how many lists hold a track."""
    artists = np.bincount(catalogue.artist[query], minlength=catalogue.artist_size.size)
    return (artists[catalogue.artist] + counts / (1 + counts.max(initial=0.0))).astype(np.float32)


def _with_lists(data: TrainingData, lists: Sequence[Indices]) -> TrainingData:
    return TrainingData(vocabulary=data.vocabulary, tracks=data.tracks, playlists=tuple(lists))


def _drawn(
    catalogue: Catalogue, practice: Practice, pool: Indices, rng: np.random.Generator
) -> list[tuple[dict[str, Sample], list[str]]]:
    known = lists_of(catalogue, practice.known)
    in_lists = known.track_count > 0
    out: list[tuple[dict[str, Sample], list[str]]] = []
    for episode in practice.episodes:
        some = pool if pool.size <= POOL else rng.choice(pool, POOL, replace=False)
        rows = np.union1d(some, episode.hidden)
        found = warm_signals(known, episode.query, rows)
        names = list(found)
        drawn = {"open": sample_candidates(found, rows, episode, rng, names)}
        hidden = episode.hidden[in_lists[episode.hidden]]
        if hidden.size:
            kept = in_lists[rows]
            warm = {name: column[kept] for name, column in found.items()}
            recurring = Episode(episode.query, hidden)
            drawn["warm"] = sample_candidates(warm, rows[kept], recurring, rng, names)
        out.append((drawn, names))
    return out
