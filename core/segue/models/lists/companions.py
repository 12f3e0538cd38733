"""Companions: the tracks of a playlist, or of a session of listening."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from segue.models.data import Indices, Rows, TrainingData
from segue.models.lists.episodes import Episode, TrainingRound, without_repeats

SHORTEST = 3
"""A list or session shorter than this tells nothing of companions."""

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
    def held(self) -> NDArray[np.float64]:
        """The share of each list that each playlist holds: (n_lists, n_playlists)."""
        sizes = np.array([rows.size for rows in self.lists], dtype=np.int64)
        tracks = np.concatenate([np.zeros(0, dtype=np.int32), *self.lists])
        shape = (sizes.size, int(tracks.max(initial=-1)) + 1)
        where = (np.repeat(np.arange(sizes.size), sizes), tracks)
        matrix = sparse.csr_array((np.ones(tracks.size), where), shape=shape)
        shared = (matrix @ matrix[: self.playlists].T).toarray()
        return np.asarray(shared / np.maximum(sizes, 1)[:, None], dtype=np.float64)

    def source(self) -> Rows:
        """The playlist each session was most likely played from, else its own number: (n_lists,).

        A playlist is its own source.
        """
        source = np.arange(len(self))
        if self.playlists:
            best = self.held.argmax(axis=1)
            drawn = self.held.max(axis=1) >= DRAWN_FROM
            drawn[: self.playlists] = False
            source[drawn] = best[drawn]
        return source

    def without(self, away: NDArray[np.bool_]) -> Companions:
        """What may be known where the lists `away` (n_lists,) are to be found.

        Sessions that may have been played from a playlist that is away are left out too.
        """
        kept = ~away
        if self.playlists:
            most = self.held[:, away[: self.playlists]].max(axis=1, initial=0.0)
            kept[self.playlists :] &= most[self.playlists :] < DRAWN_FROM
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
) -> list[TrainingRound]:
    """One training round a fold: its lists are unknown, and some tracks of each must find the rest.

    Every playlist asks with `seeds_per_list` of its tracks, and of the sessions, taken in random
    order, so many that they give about `session_episodes` over all folds.
    """
    fold = folds_of(known, folds, rng)
    sessions = known.playlists + rng.permutation(len(known) - known.playlists)
    asking = np.zeros(len(known), dtype=np.bool_)
    asking[: known.playlists] = True
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
