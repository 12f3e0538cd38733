"""Association: which tracks go with a seed. Companions are tracks of the same list or session."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from segue.errors import NotEnoughDataError
from segue.models.baselines import (
    BaselineScorer,
    seeds_of,
)
from segue.models.data import Floats, Indices, Reals, Rows, TrainingData
from segue.models.lists.catalogue import catalogue_of
from segue.models.lists.continuation import simple_rules
from segue.models.lists.episodes import (
    PRACTICE_LISTS,
    Episode,
    TrainingRound,
    best_rule,
    compare,
    one_seed,
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

SHORTEST = 3
"""A list or session shorter than this says nothing about companions."""

BLOCK = 256
"""So many sessions at a time are compared with all playlists."""

DRAWN_FROM = 0.5
"""A playlist that holds this share of a session may be what was played in it."""


@dataclass(frozen=True, eq=False)
class Companions:
    """Lists of different tracks: the first `playlists` are playlists, the others sessions."""

    lists: tuple[Indices, ...]
    playlists: int

    def __len__(self) -> int:
        return len(self.lists)

    @cached_property
    def drawn_from(self) -> sparse.csr_array:
        """The share of each session that a playlist holds, where it is `DRAWN_FROM` or more:
        (n_sessions, n_playlists)."""
        sizes = np.array([rows.size for rows in self.lists], dtype=np.int64)
        tracks = np.concatenate([np.zeros(0, dtype=np.int32), *self.lists])
        shape = (sizes.size, int(tracks.max(initial=-1)) + 1)
        where = (np.repeat(np.arange(sizes.size), sizes), tracks)
        matrix = sparse.csr_array((np.ones(tracks.size), where), shape=shape)
        holding = sparse.csr_array(matrix[: self.playlists].T)
        blocks = [sparse.csr_array((0, self.playlists))]
        for start in range(self.playlists, sizes.size, BLOCK):
            shared = sparse.coo_array(matrix[start : start + BLOCK] @ holding)
            share = shared.data / sizes[start + shared.row]
            kept = share >= DRAWN_FROM
            places = (shared.row[kept], shared.col[kept])
            blocks.append(sparse.csr_array((share[kept], places), shape=shared.shape))
        return sparse.csr_array(sparse.vstack(blocks))

    def source(self) -> Rows:
        """The playlist each session was most likely played from, else its own number: (n_lists,).

        A playlist is its own source.
        """
        source = np.arange(len(self))
        found = self.drawn_from.tocoo()
        best_last = np.lexsort((-found.col, found.data))
        source[self.playlists + found.row[best_last]] = found.col[best_last]
        return source

    def without(self, away: NDArray[np.bool_]) -> Companions:
        """What may be known where the lists `away` (n_lists,) are to be found.

        Sessions that may have been played from a playlist that is away are left out too.
        """
        kept = ~away
        kept[self.playlists :] &= self.drawn_from @ away[: self.playlists] == 0
        lists = tuple(self.lists[place] for place in np.flatnonzero(kept).tolist())
        return Companions(lists, int(kept[: self.playlists].sum()))


def companions(data: TrainingData) -> Companions:
    """Playlists and unskipped parts of sessions, each of at least `SHORTEST` tracks."""
    heard = (session.tracks[session.skipped != 1] for session in data.sessions)
    playlists, sessions = _long_enough(data.playlists), _long_enough(heard)
    return Companions((*playlists, *sessions), len(playlists))


def _long_enough(lists: Iterable[Indices]) -> tuple[Indices, ...]:
    return tuple(rows for rows in map(without_repeats, lists) if rows.size >= SHORTEST)


def folds_of(known: Companions, folds: int, rng: np.random.Generator) -> Rows:
    """A fold for each list, (n_lists,): a playlist's and its sessions' are the same."""
    sources, group = np.unique(known.source(), return_inverse=True)
    return np.asarray((rng.permutation(sources.size) % folds)[group], dtype=np.int64)


def take_lists_away(
    known: Companions,
    folds: int,
    seeds_per_list: int,
    session_episodes: int,
    rng: np.random.Generator,
    practice_lists: int = PRACTICE_LISTS,
) -> list[TrainingRound]:
    """One training round a fold: its lists are unknown, and some tracks of each must find the rest.

    Every playlist, or `practice_lists` of them drawn at random, asks with `seeds_per_list` of its
    tracks, and of the sessions, taken in random order, enough for about `session_episodes` over all
    folds.
    """
    fold = folds_of(known, folds, rng)
    sessions = known.playlists + rng.permutation(len(known) - known.playlists)
    asking = np.zeros(len(known), dtype=np.bool_)
    asking[: known.playlists] = some_of(~asking[: known.playlists], practice_lists, rng)
    asking[sessions[: -(-session_episodes // max(seeds_per_list, 1))]] = True
    rounds = []
    for away in range(folds):
        episodes = []
        for place in np.flatnonzero((fold == away) & asking).tolist():
            rows = known.lists[place]
            for seed in rng.choice(rows, min(seeds_per_list, rows.size), replace=False):
                query = np.array([seed], dtype=np.int32)
                episodes.append(Episode(query, rows[rows != seed]))
        rounds.append(TrainingRound(known.without(fold == away).lists, tuple(episodes)))
    return rounds


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
        """(n_tracks,) for one seed under a setting of `segue.models.lists.model`."""
        return self.score_seed_by(seed, (setting,))[0]

    def score_seed_by(self, seed: int, settings: Sequence[str]) -> list[Floats]:
        """The same under several settings, for hardly more than one."""
        return self.model.scores(settings, np.array([seed], dtype=np.int32))


@dataclass(frozen=True, slots=True)
class AssociationLearner:
    """Learns by taking lists away: `seeds_per_list` of each must find the others.

    Of the playlists at most `practice_lists` are asked for, of the sessions as many as give
    `session_episodes`, at random: all of them stay known, but the time it takes hardly grows with a
    history. `rankers` are those
    of `segue.models.lists.model` to be learned: recipes ask `WHOLE_LIBRARY`,
    evaluation others.
    """

    seeds_per_list: int = 3
    session_episodes: int = 300
    practice_lists: int = PRACTICE_LISTS
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
        episodes = [one_seed(lists.lists[place], rng) for place in chosen.tolist()]
        baseline = _baseline(data, lists.without(away))
        return compare(
            [fitted.score_seed(int(episode.query[0]), WHOLE_LIBRARY) for episode in episodes],
            [baseline.score(Query(seeds=episode.query)) for episode in episodes],
            episodes,
            baseline=baseline.label,
            rng=rng,
        )

    def stand_in(self, data: TrainingData, why: str) -> BaselineScorer:
        """The simple rule that finds most. Raises NotEnoughDataError without any list."""
        return _baseline(data, companions(data), why)

    def _fitted(
        self, data: TrainingData, lists: Companions, seed: int, device: str, progress: Progress
    ) -> AssociationScorer:
        check_lists(lists)
        catalogue = catalogue_of(data.tracks)
        rng = np.random.default_rng(seed)
        rankers = fit_rankers(
            catalogue,
            take_lists_away(
                lists, FOLDS, self.seeds_per_list, self.session_episodes, rng, self.practice_lists
            ),
            self.rankers,
            Fitting(seed, device, progress),
            self.ranker,
        )
        evidence = EvidenceModel(lists_of(catalogue, lists.lists), rankers)
        return AssociationScorer(data.vocabulary, evidence)


def _baseline(data: TrainingData, lists: Companions, why: str = "") -> BaselineScorer:
    """The simple rule that finds most of lists held out in turn, from one seed of each."""
    if not lists.lists:
        raise NotEnoughDataError(f"{NAME}: there is no playlist of {SHORTEST} tracks or more")
    rng = np.random.default_rng(0)
    fold, tie = folds_of(lists, FOLDS, rng), rng.random(len(data.vocabulary))
    asking = some_of(np.ones(len(lists), dtype=np.bool_), ASSESSED_LISTS, rng)
    found: dict[str, list[Reals]] = {}
    for number in range(FOLDS):
        places = np.flatnonzero((fold == number) & asking).tolist()
        if not (known := lists.without(fold == number).lists) or not places:
            continue
        episodes = [one_seed(lists.lists[place], rng) for place in places]
        for simple in simple_rules(data, NAME, known, "seeds", ""):
            scores = (simple.score(Query(seeds=episode.query)) for episode in episodes)
            found.setdefault(simple.label, []).append(r_precisions(scores, episodes, tie))
    rules = simple_rules(data, NAME, lists.lists, "seeds", why)
    values = [np.concatenate(found[rule.label]) for rule in rules if rule.label in found]
    return rules[best_rule(values) if len({each.size for each in values}) == 1 else 0]


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
