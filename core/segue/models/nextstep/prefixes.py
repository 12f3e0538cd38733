"""A list so far as numbers: the state of a fixed recurrence over its tracks.

What stands here is order-free (median, mean, spread, quartiles) or depends on order (the last
track, two exponential averages), so that a learner can weigh one against the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segue.models.data import Floats, Indices
from segue.music.features import ABSTRACT

FEATURES = len(ABSTRACT)
SUMMARIES = 8
WIDTH = SUMMARIES * FEATURES + 2
DECAYS = (0.4, 0.15)
"""How much of an exponential average the newest track is."""

LIMIT = 4.0
"""Scaled features farther out are brought to this many standard deviations in what is read."""


def imputed(scaled: Floats) -> Floats:
    """A list's scaled features (n, 8), unknown ones as the median of those before, else 0."""
    known = np.clip(scaled, -LIMIT, LIMIT).astype(np.float32)
    for row, column in np.argwhere(np.isnan(known)):
        before = known[:row, column]
        known[row, column] = np.median(before) if before.size else 0.0
    return known


def prefix_medians(scaled: Floats) -> Floats:
    """The median of each prefix: (n, 8); row t is over tracks 0..t."""
    return _quantiles(imputed(scaled), (0.5,))[0]


def prefix_median(scaled: Floats) -> Floats:
    """The median of a list so far (n, 8), 0 for an empty one: (8,) float32."""
    if len(scaled) == 0:
        return np.zeros(FEATURES, dtype=np.float32)
    return np.asarray(prefix_medians(scaled)[-1], dtype=np.float32)


def prefix_statistics(scaled: Floats) -> Floats:
    """What is read of each prefix: (n, 66) float32; row t describes tracks 0..t.

    Eight blocks of eight: median, mean, sd, lower and upper quartile from the median, the last
    track, and two exponential averages; then log(t + 1) and 1 / (t + 1).
    """
    known = imputed(scaled).astype(np.float64)
    n = len(known)
    length = np.arange(1, n + 1, dtype=np.float64)[:, None]
    mean = np.cumsum(known, axis=0) / length
    spread = np.sqrt(np.maximum(np.cumsum(known**2, axis=0) / length - mean**2, 0))
    median, low, high = _quantiles(known.astype(np.float32), (0.5, 0.25, 0.75))
    averages = [_exponential(known, decay) for decay in DECAYS]
    blocks = [median, mean, spread, low - median, high - median, known, *averages]
    return np.concatenate([*blocks, np.log(length), 1 / length], axis=1).astype(np.float32)


def _quantiles(known: Floats, shares: tuple[float, ...]) -> list[Floats]:
    """Quantiles of each prefix by linear interpolation: one (n, 8) a share."""
    n = len(known)
    later = np.arange(n)[None, :] > np.arange(n)[:, None]
    ordered = np.sort(np.where(later[:, :, None], np.inf, known[None, :, :]), axis=1)
    rows = np.arange(n)
    out = []
    for share in shares:
        place = share * rows
        low = np.floor(place).astype(np.int64)
        high = np.minimum(low + 1, rows)
        part = (place - low)[:, None]
        out.append((ordered[rows, low] * (1 - part) + ordered[rows, high] * part).astype("f4"))
    return out


def _exponential(known: NDArray[np.float64], decay: float) -> NDArray[np.float64]:
    out = known.copy()
    for row in range(1, len(known)):
        out[row] = (1 - decay) * out[row - 1] + decay * known[row]
    return out


SHRINKAGE = 2.0
"""An artist's mean is shrunk to the prefix median as if this many more songs stood there."""


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
