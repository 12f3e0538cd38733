"""Training rows from lists, and the choice between learning order and forgetting it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segue.models.data import Floats, Indices
from segue.models.nextstep.net import StepNets, train_nets
from segue.models.nextstep.prefixes import FEATURES, prefix_statistics

LONGEST = 50
"""How many tracks of a list are read."""

SHORTEST = 8
"""Lists with fewer tracks are not learned from."""

PERMUTED_COPIES = 4
"""How many shuffled copies of each list an order-free training adds."""

NETS = 3

ARTIST_SHRINKAGE = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class ArtistMeans:
    """What is known of a next track by its artist alone, from the artist's other tracks.

    `sums` (n_artists, 8) and `counts` (n_artists,) are over the different tracks of some lists,
    `lists_of` (n_tracks,) says in how many of them each stands.
    """

    sums: NDArray[np.float64]
    counts: NDArray[np.float64]
    lists_of: NDArray[np.int64]

    @classmethod
    def over(cls, lists: Sequence[Indices], scaled: Floats, artist: Indices) -> ArtistMeans:
        """Sums over the tracks of some lists whose features are all known."""
        n = int(artist.max(initial=-1)) + 1
        lists_of = np.zeros(len(scaled), dtype=np.int64)
        for rows in lists:
            lists_of[np.unique(rows)] += 1
        lists_of[(artist < 0) | ~np.isfinite(scaled).all(axis=1)] = 0
        own = np.flatnonzero(lists_of)
        sums = np.zeros((max(n, 1), FEATURES))
        np.add.at(sums, artist[own], scaled[own])
        counts = np.bincount(artist[own], minlength=max(n, 1)).astype(np.float64)
        return cls(sums, counts, lists_of)

    def without(self, rows: Indices, scaled: Floats, artist: Indices) -> ArtistMeans:
        """The same, had one of the lists not been there."""
        lists_of, sums, counts = self.lists_of.copy(), self.sums.copy(), self.counts.copy()
        here = np.unique(rows)
        here = here[lists_of[here] > 0]
        lists_of[here] -= 1
        gone = here[lists_of[here] == 0]
        np.subtract.at(sums, artist[gone], scaled[gone])
        np.subtract.at(counts, artist[gone], 1)
        return ArtistMeans(sums, counts, lists_of)

    def beside(
        self, medians: Floats, following: Indices, scaled: Floats, artist: Indices
    ) -> Floats:
        """The artist's mean without the track itself, shrunk to the prefix median, less that
        median; then log(1 + count): medians (n, 8) and next tracks (n,) to (n, 9).
        """
        artists = np.maximum(artist[following], 0)
        known = artist[following] >= 0
        itself = (self.lists_of[following] > 0)[:, None]
        count = np.where(known, self.counts[artists], 0.0)[:, None] - itself
        total = self.sums[artists] - np.where(itself, np.nan_to_num(scaled[following]), 0.0)
        shift = (total - count * medians) / (count + ARTIST_SHRINKAGE)
        shift = np.where(known[:, None] & (count > 0), shift, 0.0)
        return np.concatenate([shift, np.log1p(count)], axis=1).astype(np.float32)


def list_rows(
    rows: Indices, scaled: Floats, artist: Indices | None = None, means: ArtistMeans | None = None
) -> tuple[Floats, Floats]:
    """Inputs (n − 1, d) and targets (n − 1, 8) of one list: each prefix and what follows it."""
    inputs = prefix_statistics(scaled[rows])[:-1]
    if artist is not None and means is not None:
        beside = means.beside(inputs[:, :FEATURES], rows[1:], scaled, artist)
        inputs = np.concatenate([inputs, beside], axis=1)
    return inputs, scaled[rows[1:]]


def fit_nets(
    lists: Sequence[Indices],
    scaled: Floats,
    *,
    seed: int,
    artist: Indices | None = None,
    ordered: bool,
    nets: int = NETS,
    device: str = "cpu",
) -> StepNets:
    """Nets over lists of track rows; with `artist` (n_tracks,) they know the next one's artist.

    An artist's mean is taken without the list that is read, as it would be for a new list.
    Unless `ordered`, shuffled copies of each list are added: most lists hold little order, and
    the copies teach what does not depend on it.
    """
    rng = np.random.default_rng(seed)
    whole = None if artist is None else ArtistMeans.over(lists, scaled, artist)
    parts = []
    for rows in lists:
        means = None
        if artist is not None and whole is not None:
            means = whole.without(rows, scaled, artist)
        versions = [rows[:LONGEST]]
        if not ordered:
            versions += [rng.permutation(rows)[:LONGEST] for _ in range(PERMUTED_COPIES)]
        parts += [list_rows(version, scaled, artist, means) for version in versions]
    inputs = np.concatenate([part[0] for part in parts])
    targets = np.concatenate([part[1] for part in parts])
    return train_nets(inputs, targets, nets=nets, seed=seed, device=device)


def list_errors(
    nets: StepNets | None,
    rows: Indices,
    scaled: Floats,
    artist: Indices | None = None,
    means: ArtistMeans | None = None,
) -> NDArray[np.float64]:
    """The mean absolute error of each step of one list: (n − 1,); of the median without nets."""
    inputs, targets = list_rows(rows[:LONGEST], scaled, artist, means)
    said = inputs[:, :FEATURES] if nets is None else nets.predict(inputs)
    return step_errors(said, targets)


def step_errors(said: Floats, targets: Floats) -> NDArray[np.float64]:
    """The mean over known features of |said − target| of each row: (n,), NaN with none known."""
    gaps = np.abs(said.astype(np.float64) - targets)
    known = np.isfinite(targets)
    count = known.sum(axis=1)
    total = np.where(known, gaps, 0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def permuted_prefix_errors(
    nets: StepNets, rows: Indices, scaled: Floats, rng: np.random.Generator
) -> NDArray[np.float64]:
    """As `list_errors`, each prefix read in an order of chance before the same next track."""
    rows = rows[:LONGEST]
    inputs = np.concatenate(
        [prefix_statistics(scaled[rng.permutation(rows[:t])])[-1:] for t in range(1, len(rows))]
    )
    return step_errors(nets.predict(inputs), scaled[rows[1:]])


def prefers_order(
    lists: Sequence[Indices], scaled: Floats, *, seed: int, device: str = "cpu"
) -> tuple[bool, StepNets, NDArray[np.int64]]:
    """Whether lists held out are foretold better by nets that learned order: a fifth of them.

    Gives the choice, the better nets and which lists were held out.
    """
    rng = np.random.default_rng(seed)
    held = np.sort(rng.permutation(len(lists))[: max(len(lists) // 5, 2)])
    inside = [rows for number, rows in enumerate(lists) if number not in set(held.tolist())]
    errors, found = [], []
    for ordered in (True, False):
        nets = fit_nets(inside, scaled, seed=seed, ordered=ordered, nets=1, device=device)
        steps = np.concatenate([list_errors(nets, lists[number], scaled) for number in held])
        errors.append(float(np.nanmean(steps)))
        found.append(nets)
    ordered = errors[0] < errors[1]
    return ordered, found[0 if ordered else 1], held
