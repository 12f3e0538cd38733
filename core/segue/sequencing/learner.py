"""The order learner: the weights of a transition's terms, from lists that the user put in order.

A list as it stands is compared with other orders of the same tracks, and weights are sought, none
below 0, under which it costs less (logistic regression over the differences in each term; pairwise
ranking as of Herbrich, Graepel and Obermayer, "Large margin rank boundaries", 2000). The others
are random orders and neighbouring ones. What stands in a row by one artist or from one album stays
together in all of them: nobody chose the order of songs that were added an album at a time.
Whether artists are kept apart is asked of shuffled tracks, by the terms of both alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

from segue.errors import NotEnoughDataError
from segue.metrics import mean_interval
from segue.models.baselines import stands_in
from segue.models.data import Indices, TrackTable, TrainingData, Vocabulary
from segue.models.learners import LEARNERS
from segue.models.scorer import HeldOut, Json, Pieces, Query, from_query
from segue.music.features import ABSTRACT, library_scaling
from segue.progress import Progress, silent
from segue.sequencing.options import Weights
from segue.sequencing.songs import Songs
from segue.sequencing.transitions import transition_costs, transition_terms

NAME = "order"

TERMS: Mapping[str, str] = {
    "flow": "flow",
    "key": "sweetness",
    "tempo": "smoothness",
    "energy": "energy",
    "artists": "artists",
    "albums": "albums",
}
"""The terms of a transition that are learned, and the weight of each."""

SHIPPED: Mapping[str, float] = dict.fromkeys(TERMS, 1.0)
FEWEST, SHORTEST = 10, 8
"""How many lists there must be, of how many tracks with features."""
_MOST_LISTS, _LONGEST = 400, 100
_OTHERS, _SHUFFLED, _FOLDS, _SHRINKING = 60, 20, 5, 1e-3

Pairs = NDArray[np.float64]
"""By how much other orders of a list cost more in each term than its own: (orders, terms)."""


def order_pairs(songs: Songs, rng: np.random.Generator) -> Pairs:
    """A list as it stands beside random and neighbouring orders; none for a single run or two."""
    own = np.arange(len(songs))
    runs = np.split(own, np.flatnonzero(~_goes_on(songs)) + 1)
    if len(runs) < 3:
        return np.zeros((0, len(TERMS)))
    beside = lost(songs, list(_others(songs, runs, rng)))
    apart = lost(songs, list(rng.permuted(np.tile(own, (_SHUFFLED, 1)), axis=1)))
    apart[:, [name not in ("artists", "albums") for name in TERMS]] = 0.0
    return np.concatenate([beside, apart[apart.any(axis=1)]])


def lost(songs: Songs, orders: Sequence[NDArray[np.integer]]) -> Pairs:
    """By how much orders of a list cost more in each term than its own, by the shipped weights."""
    every, rows = transition_terms(songs, Weights()), np.stack([np.arange(len(songs)), *orders])
    costs = [every[name][rows[:, :-1], rows[:, 1:]].sum(axis=1) for name in TERMS]
    return np.stack([cost[1:] - cost[0] for cost in costs], axis=1)


def _goes_on(songs: Songs) -> NDArray[np.bool_]:
    """Whether each track but the first is by the artist or from the album of the one before."""
    by = (songs.artist[1:] == songs.artist[:-1]) & (songs.artist[1:] >= 0)
    return np.asarray(by | ((songs.album[1:] == songs.album[:-1]) & (songs.album[1:] >= 0)))


def _others(
    songs: Songs, runs: Sequence[NDArray[np.int64]], rng: np.random.Generator
) -> Iterator[NDArray[np.int64]]:
    """Orders of whole runs, such that no two that are kept apart come to stand as one."""
    for number in range(_OTHERS):
        order = _neighbouring(len(runs), rng) if number % 2 else rng.permutation(len(runs))
        rows = np.concatenate([runs[run] for run in order])
        if _goes_on(songs.take(rows)).sum() == len(songs) - len(runs):
            yield rows


def _neighbouring(count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Two places exchanged, one carried to the other, or the stretch between turned round."""
    order, how = np.arange(count), rng.integers(3)
    low, high = np.sort(rng.choice(count, 2, replace=False))
    if how == 0:
        order[[low, high]] = order[[high, low]]
    elif how == 1:
        order[low : high + 1] = np.roll(order[low : high + 1], rng.choice([-1, 1]))
    else:
        order[low : high + 1] = order[low : high + 1][::-1]
    return order


def fitted_weights(pairs: Sequence[Pairs]) -> NDArray[np.float64]:
    """The weights, (terms,) and none below 0, under which own orders cost least beside others.

    Every list counts alike. 1 is as shipped, also for what no list tells of, and costs differ as
    much as by the shipped weights: an arc and the worst transition keep their worth beside them.
    """
    from scipy.optimize import minimize  # imported here: plans need none of it

    x = np.concatenate(pairs)
    share = np.concatenate([np.full(len(each), 1 / len(each)) for each in pairs]) / len(pairs)
    scale = x.std(axis=0) + 1e-9

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margin, shrunk = x @ weights, weights * scale
        pull = -share @ (x / (1 + np.exp(np.clip(margin, -50, 50)))[:, None])
        value = share @ np.logaddexp(0, -margin) + _SHRINKING * shrunk @ shrunk
        return float(value), pull + 2 * _SHRINKING * shrunk * scale

    start, bounds = np.full(x.shape[1], 0.1), [(0, None)] * x.shape[1]
    found = np.asarray(minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B").x)
    spread, shipped = np.sqrt(((x @ found) ** 2).mean()), np.sqrt((x.sum(axis=1) ** 2).mean())
    return np.where(x.any(axis=0), found * (shipped / max(float(spread), 1e-12)), 1.0)


def pairwise_accuracy(pairs: Pairs, weights: NDArray[np.float64]) -> float:
    """In what share of the pairs the own order costs less; half of those that cost the same."""
    margin = pairs @ weights
    return float((margin > 1e-9).mean() + (np.abs(margin) <= 1e-9).mean() / 2)


def judged(pairs: Sequence[Pairs], seed: int) -> HeldOut:
    """How often a list's own order is told from another by weights learned on the others of five
    parts. The baseline is the shipped weights, or a coin where the gain over that is less certain.
    """
    rng, learned = np.random.default_rng(seed), np.zeros(len(pairs))
    fold = rng.permutation(len(pairs)) % _FOLDS
    for k in range(_FOLDS):
        held, others = np.flatnonzero(fold == k).tolist(), np.flatnonzero(fold != k).tolist()
        weights = fitted_weights([pairs[i] for i in others])
        learned[held] = [pairwise_accuracy(pairs[i], weights) for i in held]
    shipped = np.array([pairwise_accuracy(each, np.ones(len(TERMS))) for each in pairs])
    beside = {LEARNERS[NAME].baseline: shipped, "chance": np.full(len(pairs), 0.5)}
    found = {name: mean_interval(learned - values, rng=rng) for name, values in beside.items()}
    baseline, interval = min(found.items(), key=lambda item: item[1][0])
    value, theirs = float(learned.mean()), float(beside[baseline].mean())
    note = "" if interval[0] > 0 else "your lists show no order of their own"
    return HeldOut(
        "pairwise_accuracy", value, baseline, theirs, value - theirs, interval, len(pairs), note
    )


def songs_of_tracks(tracks: TrackTable) -> Songs:
    """The tracks of a library as the sequencer sees them."""
    return Songs(
        features=library_scaling(tracks.abstract).transform(tracks.abstract),
        key=tracks.key.astype(np.int64),
        mode=tracks.mode.astype(np.int64),
        tempo=tracks.tempo.astype(np.float64),
        energy=tracks.abstract[:, ABSTRACT.index("energy")].astype(np.float64),
        valence=tracks.abstract[:, ABSTRACT.index("valence")].astype(np.float64),
        artist=tracks.artist.astype(np.int64),
        album=tracks.album.astype(np.int64),
        duration_ms=np.zeros(len(tracks), dtype=np.int64),
    )


def pairs_of(data: TrainingData, seed: int) -> list[Pairs]:
    """The pairs of every list that can be learned from, at most `_MOST_LISTS` of them at random.

    Of a long list a stretch is taken, at random. Raises NotEnoughDataError.
    """
    rng, songs = np.random.default_rng(seed), songs_of_tracks(data.tracks)
    known = np.isfinite(songs.features).any(axis=1) | (songs.key >= 0) | (songs.tempo > 0)
    lists = [rows[known[rows]] for rows in data.playlists]
    lists = [rows for rows in lists if len(rows) >= SHORTEST]
    pairs = []
    for rows in (lists[i] for i in np.sort(rng.permutation(len(lists))[:_MOST_LISTS])):
        start = int(rng.integers(max(len(rows) - _LONGEST, 0) + 1))
        pairs.append(order_pairs(songs.take(rows[start : start + _LONGEST]), rng))
    for now, before in data.reordered[-_MOST_LISTS:]:
        stood = np.argsort(now)[np.searchsorted(np.sort(now), before)]
        pairs.append(lost(songs.take(now), [stood]))
    pairs = [each for each in pairs if each.any()]
    if len(pairs) < FEWEST:
        raise NotEnoughDataError(
            f"{NAME} needs at least {FEWEST} playlists of {SHORTEST} or more tracks with key, "
            f"tempo or audio features; there are {len(pairs)}. Run `segue enrich` for features, "
            "or wait for more playlists"
        )
    return pairs


@dataclass(frozen=True, slots=True, eq=False)
class OrderScorer:
    """Weights of the terms of a transition, and how well tracks follow by them. See `Scorer`.

    `weights` are by the names of `TERMS`, 1 as shipped; `learned` is False where they are those.
    """

    vocabulary: Vocabulary
    songs: Songs
    weights: Mapping[str, float]
    learned: bool
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return NAME

    def score(self, query: Query) -> NDArray[np.float32]:
        """How little each track costs behind the last one asked for; 0 where none is."""
        asked = query.playlist if query.playlist.size else query.seeds
        scores = np.zeros(len(self.vocabulary), dtype=np.float32)
        if not asked.size:
            return scores
        weights = Weights(**{TERMS[name]: value for name, value in self.weights.items()})
        for rows in np.array_split(np.arange(scores.size), -(-scores.size // _LONGEST)):
            some = self.songs.take([int(asked[-1]), *rows])
            scores[rows] = -transition_costs(some, weights)[0, 1:]
        return scores

    def evidence(self, query: Query, tracks: Indices) -> tuple[Pieces, ...]:
        """The query's tracks that pulled each of `tracks` in."""
        return from_query(self.score, query, tracks)

    def tensors(self) -> dict[str, NDArray[np.generic]]:
        columns = {each.name: getattr(self.songs, each.name) for each in fields(Songs)}
        return {name: column for name, column in columns.items() if column is not None}

    def config(self) -> dict[str, Json]:
        return {"weights": dict(self.weights), "learned": self.learned, "notes": [*self.notes]}

    @classmethod
    def restored(
        cls,
        vocabulary: Vocabulary,
        tensors: Mapping[str, NDArray[np.generic]],
        config: Mapping[str, Json],
    ) -> Self:
        weights, notes = config["weights"], config["notes"]
        if not isinstance(weights, dict) or set(weights) != set(TERMS):
            raise ValueError("its card lacks weights")
        values = {name: float(str(value)) for name, value in weights.items()}
        said = tuple(map(str, notes if isinstance(notes, list) else ()))
        return cls(vocabulary, Songs(**tensors), values, bool(config["learned"]), said)  # type: ignore[arg-type]  # a column each


@dataclass(frozen=True, slots=True)
class OrderLearner:
    """See `Learner`; it has no settings."""

    @property
    def name(self) -> str:
        return NAME

    def fit(
        self,
        data: TrainingData,
        *,
        seed: int,
        device: str = "cpu",  # noqa: ARG002 - it needs no torch
        progress: Progress = silent,
    ) -> OrderScorer:
        """Learn from all lists. Raises NotEnoughDataError with fewer than 10 of 8 tracks."""
        progress("learning the order", 0, 1)
        values = fitted_weights(pairs_of(data, seed))
        weights = {name: round(float(v), 4) for name, v in zip(TERMS, values, strict=True)}
        said = ", ".join(f"{name} {value:.2g}" for name, value in weights.items())
        note = f"the weights of transitions are those of your lists (1 as shipped): {said}"
        songs = songs_of_tracks(data.tracks)
        return OrderScorer(data.vocabulary, songs, weights, learned=True, notes=(note,))

    def assess(
        self,
        data: TrainingData,
        *,
        seed: int,
        device: str = "cpu",  # noqa: ARG002 - it needs no torch
        progress: Progress = silent,
    ) -> HeldOut:
        """How often held-out lists are told from other orders. Raises NotEnoughDataError."""
        progress("checking the order", 0, 1)
        return judged(pairs_of(data, seed), seed)

    def stand_in(self, data: TrainingData, why: str) -> OrderScorer:
        """The shipped weights. Never raises: they need no list."""
        note = stands_in(LEARNERS[NAME].baseline, NAME, why)
        songs = songs_of_tracks(data.tracks)
        return OrderScorer(data.vocabulary, songs, SHIPPED, learned=False, notes=(note,))


SCORER = OrderScorer


def learner(effort: float) -> OrderLearner:  # noqa: ARG001 - it cannot be shortened
    """The learner; no effort is spared."""
    return OrderLearner()
