"""The training lists as evidence: how alike a list is, and what such lists hold.

What counts for a candidate by its artist or album never includes its own occurrences: evidence for
a track is the same whether or not the track itself stands in a training list, but for the total
that all weights are shares of ("leave one out", as target encodings do). Only `track_weights`
looks at the track's own occurrences.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import eigh

from segue.models.data import Indices, Reals
from segue.models.lists.catalogue import Catalogue

# Does this track sound like that list? Probabilistic linear discriminant analysis.
#
# Each list has a hidden centre m ~ N(mu, B) and its tracks x ~ N(m, W). In the basis that makes W
# the identity and B diagonal (lambda), everything is known one dimension at a time.
# Source: S. Ioffe, Probabilistic Linear Discriminant Analysis, ECCV 2006.


LEAST_LIST = 4
"""Shorter lists say too little of their spread."""

SHRINKAGE = 0.02
"""Share of the mean variance within lists added to W, so that it can be inverted."""

LEAST_BETWEEN = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class ContentModel:
    """`mean` (d,), `basis` (d, d) and `between` (d,), the variance of list centres in it."""

    mean: NDArray[np.float64]
    basis: NDArray[np.float64]
    between: NDArray[np.float64]

    def project(self, content: Reals) -> Reals:
        """Tracks in the basis where a list's tracks have variance 1: (n, d)."""
        return ((content - self.mean) @ self.basis).astype(np.float32)

    def centre(self, tracks: Reals, weights: Reals) -> tuple[Reals, Reals]:
        """Posterior mean and variance of a list's centre, (d,) each, from weighted tracks.

        With weights w the variance is 1 / (1/lambda + Σw), the mean that times Σ w·x.
        """
        variance = 1.0 / (1.0 / self.between + float(weights.sum()))
        return (variance * (weights @ tracks)).astype(np.float32), variance.astype(np.float32)

    def log_odds(
        self, candidates: Reals, tracks: Reals, weights: Sequence[Reals]
    ) -> tuple[Reals, ...]:
        """ln p(candidate | same list as tracks) − ln p(candidate), (n,) for each of the weights.

        The squares are written out, so that it takes products of matrices only.
        """
        of_squares, of_values, constants = [], [], []
        for each in weights:
            mean, variance = self.centre(tracks, each)
            together = 1.0 / (1.0 + variance)
            of_squares.append(1.0 / (1.0 + self.between) - together)
            of_values.append(2 * mean * together)
            logs = np.log(1.0 + self.between) - np.log(1.0 + variance)
            constants.append(float((logs - mean**2 * together).sum()))
        squares = np.stack(of_squares, axis=1).astype(np.float32)
        values = np.stack(of_values, axis=1).astype(np.float32)
        found = np.square(candidates) @ squares + candidates @ values
        return tuple(np.float32(0.5) * (found.T + np.array(constants, np.float32)[:, None]))


def fit_content(content: Reals, lists: Sequence[Indices]) -> ContentModel:
    """Estimate centre and variances from lists of at least `LEAST_LIST` tracks.

    Without two such lists every list is taken to be like any other: log-odds near 0.
    """
    d = content.shape[1]
    used = [content[rows].astype(np.float64) for rows in lists if len(rows) >= LEAST_LIST]
    if len(used) < 2 or d == 0:
        return ContentModel(np.zeros(d), np.eye(d), np.full(d, LEAST_BETWEEN))
    sizes = np.array([len(rows) for rows in used])
    centres = np.stack([rows.mean(axis=0) for rows in used])
    within = np.zeros((d, d))
    for rows, centre in zip(used, centres, strict=True):
        within += (rows - centre).T @ (rows - centre)
    within /= sizes.sum() - len(used)
    within += SHRINKAGE * max(float(np.trace(within)) / d, 1e-6) * np.eye(d)
    mean = centres.mean(axis=0)
    between = np.atleast_2d(np.cov(centres.T)) - within * float((1.0 / sizes).mean())
    variances, basis = eigh(between, within)
    return ContentModel(mean, basis, np.maximum(variances, LEAST_BETWEEN))


OVERLAP_OFFSET = 5.0
"""Added to the norm of a list, so that a list of two shared artists is not a perfect match."""

CONTENT_TEMPERATURE = 8.0


@dataclass(frozen=True, slots=True, eq=False)
class ListWeights:
    """How much each list counts: (n_lists,), and the same for each entry (n_entries,) as the
    list would count without that entry. Both sum to 1 over lists before the entry is taken out.
    """

    lists: Reals
    without_entry: Reals

    def squared(self) -> ListWeights:
        """The most alike lists count more."""
        return _normalised(self.lists**2, self.without_entry**2)


class TrainingLists:
    """Lists of tracks over a catalogue, each track at most once a list.

    `projected` are the catalogue's tracks as `model` sees them, (n, d).
    """

    def __init__(self, catalogue: Catalogue, lists: Sequence[Indices], model: ContentModel) -> None:
        self.catalogue = catalogue
        self.lists = tuple(np.unique(rows).astype(np.int32) for rows in lists if len(rows))
        self.model = model
        self.projected = model.project(catalogue.content)
        self.sizes = np.array([rows.size for rows in self.lists], dtype=np.float32)
        self.entry_track = np.concatenate([np.zeros(0, dtype=np.int32), *self.lists])
        self.entry_list = np.repeat(np.arange(len(self.lists)), self.sizes.astype(np.int64))
        self.tracks = self._matrix(np.arange(len(catalogue)))
        self.artists = self._matrix(catalogue.artist)
        self.albums = self._matrix(catalogue.album)
        self.entry_artist_count = self._counts(self.artists, catalogue.artist)
        self.entry_album_count = self._counts(self.albums, catalogue.album)
        self.artists_present = _binary(self.artists)
        self.albums_present = _binary(self.albums)
        self.artist_norm = self.artists_present @ (catalogue.artist_idf**2)
        sums = self.tracks @ self.projected
        self.centres = sums / np.maximum(self.sizes, 1)[:, None]

    def __len__(self) -> int:
        return len(self.lists)

    @cached_property
    def track_count(self) -> Reals:
        """In how many lists each track stands: (n,)."""
        return np.bincount(self.entry_track, minlength=len(self.catalogue)).astype(np.float32)

    @cached_property
    def norms(self) -> Reals:
        """The squared length of each track's projection: (n,)."""
        return np.asarray(np.einsum("ij,ij->i", self.projected, self.projected))

    def by_artists(self, counts: Reals) -> ListWeights:
        """Lists weighted by the cosine of their artists to `counts` (n_artists,) of a query."""
        idf = self.catalogue.artist_idf
        wanted = np.sqrt(counts) * idf
        norm = float(np.sqrt((wanted**2).sum())) + 1e-9
        shared = self.artists_present @ (wanted * idf)
        alone = self.entry_artist_count == 1
        artist = self.catalogue.artist[self.entry_track]
        shared_without = shared[self.entry_list] - alone * (wanted * idf)[artist]
        norm_without = self.artist_norm[self.entry_list] - alone * (idf**2)[artist]
        whole = shared / (np.sqrt(self.artist_norm) + OVERLAP_OFFSET) / norm
        without = shared_without / (np.sqrt(np.maximum(norm_without, 0)) + OVERLAP_OFFSET) / norm
        return _normalised(whole, without)

    def by_content(self, query: Indices) -> ListWeights:
        """Lists weighted by how near their centre is to that of the query's tracks."""
        weights = np.ones(len(query), dtype=np.float32)
        mean, variance = self.model.centre(self.projected[query], weights)
        spread = (variance + np.float32(0.05)).astype(np.float32)

        def nearness(centres: Reals, sizes: Reals) -> Reals:
            """Of centres (d, n), a dimension after the other: long rows are summed soonest."""
            total = np.zeros(sizes.size, dtype=np.float32)
            uncertain = 1.0 / sizes
            for row, middle, wide in zip(centres, mean, spread, strict=True):
                apart = row - middle
                apart *= apart
                apart /= uncertain + wide
                total += apart
            return np.float32(-0.5) * total

        whole = nearness(self.centres.T, np.maximum(self.sizes, 1))
        without = nearness(self._moved, self._left)
        best = float(whole.max(initial=-np.inf))
        return _normalised(
            np.exp((whole - best) / CONTENT_TEMPERATURE),
            np.exp((without - best) / CONTENT_TEMPERATURE),
        )

    @cached_property
    def _left(self) -> Reals:
        """How many tracks each entry's list has without it, 1 at least: (n_entries,)."""
        return np.maximum(self.sizes[self.entry_list] - 1, 1)

    @cached_property
    def _moved(self) -> Reals:
        """The centre of each entry's list without it: (d, n_entries)."""
        size = self.sizes[self.entry_list][:, None]
        sums = self.centres[self.entry_list] * size - self.projected[self.entry_track]
        return np.ascontiguousarray((sums / self._left[:, None]).T, dtype=np.float32)

    def by_tracks(self, query: Indices) -> ListWeights:
        """Lists weighted by the cosine of their tracks to those of the query."""
        asked = np.zeros(len(self.catalogue), dtype=np.float32)
        asked[query] = 1.0
        shared = self.tracks @ asked
        size = self.sizes[self.entry_list]
        mine = asked[self.entry_track]
        without = (shared[self.entry_list] - mine) / np.sqrt(np.maximum(size - 1, 1))
        return _normalised(shared / np.sqrt(np.maximum(self.sizes, 1)), without)

    def artist_evidence(self, weights: ListWeights) -> Reals:
        """For each track, the weight of lists that hold its artist by another track: (n,)."""
        return self._evidence(
            weights, self.artists_present, self.catalogue.artist, self.entry_artist_count
        )

    def album_evidence(self, weights: ListWeights) -> Reals:
        """For each track, the weight of lists that hold its album by another track: (n,)."""
        return self._evidence(
            weights, self.albums_present, self.catalogue.album, self.entry_album_count
        )

    def track_weights(self, weights: ListWeights) -> Reals:
        """For each track, the weight of lists that hold it: (n,). Looks at own occurrences."""
        return (weights.lists @ self.tracks).astype(np.float32)

    def _evidence(
        self, weights: ListWeights, present: sparse.csr_array, group: Indices, count: Reals
    ) -> Reals:
        of_group = (weights.lists @ present)[group]
        change = np.where(count > 1, weights.without_entry, 0.0) - weights.lists[self.entry_list]
        own = np.bincount(self.entry_track, weights=change, minlength=group.size)
        return np.maximum(of_group + own, 0.0).astype(np.float32)

    def _matrix(self, group: NDArray[np.integer]) -> sparse.csr_array:
        ones = np.ones(self.entry_track.size, dtype=np.float32)
        shape = (len(self.lists), int(group.max(initial=-1)) + 1)
        return sparse.csr_array((ones, (self.entry_list, group[self.entry_track])), shape=shape)

    def _counts(self, matrix: sparse.csr_array, group: Indices) -> Reals:
        if self.entry_track.size == 0:
            return np.zeros(0, dtype=np.float32)
        found = matrix[self.entry_list, group[self.entry_track]]
        return np.asarray(sparse.coo_array(found).toarray()).ravel()


def combined(a: ListWeights, b: ListWeights, floor: float = 0.01) -> ListWeights:
    """Lists alike in both ways: the product, `floor` added to the first."""
    return _normalised((a.lists + floor) * b.lists, (a.without_entry + floor) * b.without_entry)


def _binary(matrix: sparse.csr_array) -> sparse.csr_array:
    present = matrix.copy()
    present.data[:] = 1.0
    return present


def _normalised(whole: Reals, without: Reals) -> ListWeights:
    total = float(whole.sum()) + 1e-12
    return ListWeights((whole / total).astype(np.float32), (without / total).astype(np.float32))
