"""What an artist's other songs say of the next track, where its artist is known beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segue.models.data import Floats, Indices
from segue.models.nextstep.prefixes import FEATURES

SHRINKAGE = 2.0
"""An artist's mean moves from the prefix median as if so many more songs stood at the median."""


def songs_of(artist: Indices, titles: Sequence[str]) -> Indices:
    """The first row with the same artist and title, for each row (n,): versions are one song."""
    first: dict[tuple[int, str], int] = {}
    known = [
        first.setdefault((number, title.casefold()), row) if number >= 0 and title else row
        for row, (number, title) in enumerate(zip(artist.tolist(), titles, strict=True))
    ]
    return np.array(known, dtype=np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class ArtistMeans:
    """Sums over the different songs of some lists, an artist a row.

    `scaled` (n, 8) are the tracks' features and `artist` (n,) their artists, −1 unknown; `song`
    (n,) is `songs_of` them. `sums` (n_artists, 8), `counts` (n_artists,); `lists_of` (n,) says in
    how many of the lists a song stands.
    """

    scaled: Floats
    artist: Indices
    song: Indices
    sums: NDArray[np.float64]
    counts: NDArray[np.float64]
    lists_of: NDArray[np.int64]

    @classmethod
    def over(
        cls, lists: Sequence[Indices], scaled: Floats, artist: Indices, song: Indices
    ) -> ArtistMeans:
        """Sums over the songs of some lists whose artist and features are all known."""
        lists_of = np.zeros(len(scaled), dtype=np.int64)
        for rows in lists:
            lists_of[np.unique(song[rows])] += 1
        lists_of[(artist < 0) | ~np.isfinite(scaled).all(axis=1)] = 0
        own = np.flatnonzero(lists_of)
        n_artists = max(int(artist.max(initial=-1)) + 1, 1)
        sums = np.zeros((n_artists, FEATURES))
        np.add.at(sums, artist[own], scaled[own])
        counts = np.bincount(artist[own], minlength=n_artists).astype(np.float64)
        return cls(scaled, artist, song, sums, counts, lists_of)

    def without(self, rows: Indices) -> ArtistMeans:
        """The same, had one of the lists not been there."""
        lists_of, sums, counts = self.lists_of.copy(), self.sums.copy(), self.counts.copy()
        here = np.unique(self.song[rows])
        here = here[lists_of[here] > 0]
        lists_of[here] -= 1
        gone = here[lists_of[here] == 0]
        np.subtract.at(sums, self.artist[gone], self.scaled[gone])
        np.subtract.at(counts, self.artist[gone], 1)
        return ArtistMeans(self.scaled, self.artist, self.song, sums, counts, lists_of)

    def beside(self, medians: Floats, following: Indices) -> Floats:
        """The artist's mean without the song itself, shrunk to the prefix median, less that
        median; then log(1 + count): medians (n, 8) and next tracks (n,) to (n, 9).
        """
        songs = self.song[following]
        artists = np.maximum(self.artist[songs], 0)
        known = (self.artist[songs] >= 0)[:, None]
        itself = (self.lists_of[songs] > 0)[:, None]
        count = np.where(known, self.counts[artists][:, None], 0.0) - itself
        total = self.sums[artists] - np.where(itself, np.nan_to_num(self.scaled[songs]), 0.0)
        shift = (total - count * medians) / (count + SHRINKAGE)
        shift = np.where(known & (count > 0), shift, 0.0)
        return np.concatenate([shift, np.log1p(count)], axis=1).astype(np.float32)
