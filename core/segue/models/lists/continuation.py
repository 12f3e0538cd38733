"""Continuation: how well each track continues a list, learned by hiding the ends of lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from segue.errors import NotEnoughDataError
from segue.models.baselines import (
    Asked,
    BaselineScorer,
    artist_match,
    nearest_features,
    stands_in,
)
from segue.models.data import NO_INDICES, Floats, Indices, TrainingData
from segue.models.lists.catalogue import catalogue_of
from segue.models.lists.episodes import (
    PRACTICE_LISTS,
    best_rule,
    compare,
    hide_ends,
    r_precisions,
    some_of,
    without_repeats,
)
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
        """Of `simple_rules` the one that finds most of the last thirds of the lists.

        Raises NotEnoughDataError without any playlist.
        """
        lists = playlists_of(data)
        if not lists:
            raise NotEnoughDataError(f"{NAME}: there is no playlist to learn from")
        round_ = hide_ends(lists, ASSESSED_SHARE, SHORTEST)
        rng = np.random.default_rng(0)
        chosen = np.sort(rng.permutation(len(round_.episodes))[:ASSESSED_LISTS])
        episodes = [round_.episodes[place] for place in chosen]
        queries = [Query(playlist=episode.query) for episode in episodes]
        tie, rules = rng.random(len(data.vocabulary)), simple_rules(data, NAME, lists, "list", why)
        found = [
            r_precisions([simple.score(query) for query in queries], episodes, tie)
            for simple in (simple_rules(data, NAME, round_.known, "list", "") if episodes else ())
        ]
        return rules[best_rule(found) if len(found) == len(rules) else 0]


def playlists_of(data: TrainingData) -> list[Indices]:
    """The playlists, each track where it first stands, empty ones left out."""
    return [without_repeats(rows) for rows in data.playlists if len(rows)]


def simple_rules(
    data: TrainingData, name: str, lists: Sequence[Indices], asked: Asked, why: str
) -> list[BaselineScorer]:
    """What may stand in for a learner of lists, the plainest first; see `BaselineScorer`."""
    counts = np.bincount(np.concatenate(lists), minlength=len(data.vocabulary)).astype(np.float32)
    prior = np.log1p(counts) if asked == "seeds" else counts
    return [
        artist_match(data, name, asked, prior, why),
        *artists_together(data, name, lists, asked, why),
        *nearest_features(data, name, asked, why),
    ]


MOST_PAIRS = 5_000_000
"""With more pairs of artists in lists than this, it is not found how they go together."""


def artists_together(
    data: TrainingData, name: str, lists: Sequence[Indices], asked: Asked, why: str
) -> list[BaselineScorer]:
    """How much a track's artist shares lists with those of the query, as the cosine of the lists
    each stands in: times the logarithm of in how many lists the track stands, and as it is.

    None where no artist is known, or lists hold more than `MOST_PAIRS` pairs of them.
    """
    from scipy.sparse import csr_array, diags_array

    artists = [np.unique(data.tracks.artist[rows]) for rows in lists]
    artists = [found[found >= 0] for found in artists]
    if not 0 < sum(found.size**2 for found in artists) <= MOST_PAIRS:
        return []
    ends = np.cumsum([0, *(found.size for found in artists)])
    columns = np.concatenate([NO_INDICES, *artists])
    shape = (len(lists), int(data.tracks.artist.max(initial=-1)) + 1)
    present = csr_array((np.ones(columns.size, np.float32), columns, ends), shape=shape)
    often = np.sqrt(np.maximum(np.bincount(columns, minlength=shape[1]), 1.0))
    scaled = csr_array(present @ diags_array(1 / often))
    rows = np.concatenate([NO_INDICES, *lists])
    often_there = np.log1p(np.bincount(rows, minlength=len(data.vocabulary))).astype(np.float32)
    alike = csr_array(scaled.T @ scaled).astype(np.float32)
    label, of_tracks = "artists that share lists", data.tracks.artist
    return [
        BaselineScorer(
            data.vocabulary, name, words, of_tracks, prior, asked,
            (stands_in(words, name, why),) if why else (), alike,
        )
        for words, prior in ((f"{label}, times popularity", often_there),
                             (label, 1 + often_there / (1e3 * (1 + often_there.max()))))
    ]  # fmt: skip


SCORER = ContinuationScorer


def learner(effort: float) -> ContinuationLearner:
    """A learner whose training an effort below 1 shortens."""
    usual = ContinuationLearner()
    shares = usual.hidden_shares
    return ContinuationLearner(
        hidden_shares=shares[: max(1, round(len(shares) * effort))],
        ranker=usual.ranker.shortened(effort),
    )
