"""The training lists as evidence: how alike a list is, and what such lists hold.

What counts for a candidate by its artist or album never includes its own occurrences: evidence for
a track is the same whether or not the track itself stands in a training list, but for the total
that all weights are shares of ("leave one out", as target encodings do). Only `track_weights`
looks at the track's own occurrences.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from segue.models.data import Indices, Reals, Rows
from segue.models.lists.catalogue import Catalogue
from segue.models.lists.ranker import ContentModel

OVERLAP_OFFSET = 5.0
"""Added to the norm of a list, so that a list of two shared artists is not a perfect match."""

CONTENT_TEMPERATURE = 8.0

NEAREST = 2000
"""So many lists, those most like a query, are looked at for it: what one query costs hardly grows
with a larger collection."""

_ENTRIES = ("entry_track", "entry_list", "entry_artist_count", "entry_album_count")
_OF_ENTRIES = ("track_count", "_left", "_moved", "_lists_of_track", "_lists_of_artist")
"""What is worked out once of all lists or entries, and holds for no part of them."""


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

    `projected` are the catalogue's tracks as `model` sees them, (n, d); `nearest` of the lists are
    looked at for a query.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        lists: Sequence[Indices],
        model: ContentModel,
        nearest: int = NEAREST,
    ) -> None:
        self.catalogue = catalogue
        self.lists = tuple(np.unique(rows).astype(np.int32) for rows in lists if len(rows))
        self.model = model
        self.nearest = nearest
        self.projected = model.project(catalogue.content)
        self.sizes = np.array([rows.size for rows in self.lists], dtype=np.float32)
        self.entry_track = np.concatenate([np.zeros(0, dtype=np.int32), *self.lists])
        self.entry_list = _numbered(self.sizes)
        self.tracks = self._matrix(np.arange(len(catalogue)))
        artists, albums = self._matrix(catalogue.artist), self._matrix(catalogue.album)
        self.entry_artist_count = self._counts(artists, catalogue.artist)
        self.entry_album_count = self._counts(albums, catalogue.album)
        self.artists_present, self.albums_present = _binary(artists), _binary(albums)
        self.artist_norm = self.artists_present @ (catalogue.artist_idf**2)
        sums = self.tracks @ self.projected
        self.centres = sums / np.maximum(self.sizes, 1)[:, None]
        self.rows: Rows | slice = slice(None)
        self.entry_row: Indices | None = None

    def __len__(self) -> int:
        return len(self.lists)

    @cached_property
    def track_count(self) -> Reals:
        """In how many lists each track stands: (n,)."""
        return np.bincount(self.entry_track, minlength=len(self.catalogue)).astype(np.float32)

    def asked(self, query: Indices, counts: Reals, rows: Rows | None) -> TrainingLists:
        """These lists as evidence on `rows` for a query of tracks and `counts` of artists.

        Of more than `nearest` lists those count that are most alike in any way, and of their
        entries those of `rows`. What is left out of a kind of weights is at most what it gave to
        the other lists.
        """
        lists = self if len(self) <= self.nearest else self._nearest(query, counts)
        return lists if rows is None else _evidence_on(lists, rows)

    def _nearest(self, query: Indices, counts: Reals) -> TrainingLists:
        idf = self.catalogue.artist_idf
        artists = np.flatnonzero(counts)
        wanted = (np.sqrt(counts) * idf**2)[artists] @ self._lists_of_artist[artists]
        alike = wanted / (np.sqrt(self.artist_norm) + OVERLAP_OFFSET)
        shared = np.asarray(self._lists_of_track[query].sum(axis=0)).ravel()
        tracks = shared / np.sqrt(np.maximum(self.sizes, 1))
        mean, spread = self._centre(query)
        near = _nearness(self.centres.T, np.maximum(self.sizes, 1), mean, spread)
        near = np.exp((near - near.max()) / CONTENT_TEMPERATURE)
        both = (alike / max(float(alike.sum()), 1e-12) + 0.01) * near
        kinds = (alike, alike**2, tracks, near, both)
        total = np.sum([kind / max(float(kind.sum()), 1e-12) for kind in kinds], axis=0)
        return self._only(np.sort(np.argpartition(-total, self.nearest)[: self.nearest]))

    def _only(self, places: Rows) -> TrainingLists:
        """Some of the lists, by their places."""
        part = copy(self)
        for name in _OF_ENTRIES:
            part.__dict__.pop(name, None)
        for name in ("sizes", "tracks", "artists_present", "albums_present", "artist_norm"):
            setattr(part, name, getattr(self, name)[places])
        part.lists = tuple(self.lists[place] for place in places.tolist())
        part.centres = self.centres[places]
        sizes = part.sizes.astype(np.int64)
        begins = self.tracks.indptr[places] - np.cumsum(sizes) + sizes
        part.entry_list = _numbered(part.sizes)
        entries = np.arange(part.entry_list.size) + begins[part.entry_list]
        for name in ("entry_track", "entry_artist_count", "entry_album_count"):
            setattr(part, name, getattr(self, name)[entries])
        return part

    def work_out(self) -> None:
        """Work out now what every query needs, so that copies have it too."""
        _ = self._left, self._moved

    @cached_property
    def _lists_of_track(self) -> sparse.csr_array:
        return sparse.csr_array(self.tracks.T)

    @cached_property
    def _lists_of_artist(self) -> sparse.csr_array:
        return sparse.csr_array(self.artists_present.T)

    def _centre(self, query: Indices) -> tuple[Reals, Reals]:
        """Where the centre of a query's tracks is, and how far off that may be: (d,) each."""
        weights = np.ones(len(query), dtype=np.float32)
        mean, variance = self.model.centre(self.projected[query], weights)
        return mean, (variance + np.float32(0.05)).astype(np.float32)

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
        mean, spread = self._centre(query)
        whole = _nearness(self.centres.T, np.maximum(self.sizes, 1), mean, spread)
        without = _nearness(self._moved, self._left, mean, spread)
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

    def artist_evidence(self, weights: Sequence[ListWeights]) -> list[Reals]:
        """For each track, the weight of lists that hold its artist by another track: (n,), for each
        of the weights."""
        return self._evidence(
            weights, self.artists_present, self.catalogue.artist, self.entry_artist_count
        )

    def album_evidence(self, weights: Sequence[ListWeights]) -> list[Reals]:
        """The same of its album."""
        return self._evidence(
            weights, self.albums_present, self.catalogue.album, self.entry_album_count
        )

    def track_weights(self, weights: ListWeights) -> Reals:
        """For each track, the weight of lists that hold it: (n,). Looks at own occurrences."""
        return (weights.lists @ self.tracks).astype(np.float32)[self.rows]

    def _evidence(
        self,
        weights: Sequence[ListWeights],
        present: sparse.csr_array,
        group: Indices,
        count: Reals,
    ) -> list[Reals]:
        of_groups = present.T @ np.stack([each.lists for each in weights], axis=1)
        several, of_rows = count > 1, group[self.rows]
        evidence = []
        for each, of_group in zip(weights, of_groups.T, strict=True):
            change = np.where(several, each.without_entry, 0.0) - each.lists[self.entry_list]
            if self.entry_row is None:
                own = np.bincount(self.entry_track, weights=change, minlength=group.size)[self.rows]
            else:
                own = np.bincount(self.entry_row, weights=change, minlength=of_rows.size)
            evidence.append(np.maximum(of_group[of_rows] + own, 0.0).astype(np.float32))
        return evidence

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


def _evidence_on(lists: TrainingLists, rows: Rows) -> TrainingLists:
    """The same lists as evidence on `rows`, with their entries alone where that saves work."""
    if rows.size * 2 > len(lists.catalogue):
        lists.work_out()
        part = copy(lists)
        part.rows = rows
        return part
    part = copy(lists)
    part.rows = rows
    place = np.full(len(lists.catalogue), -1, dtype=np.int32)
    place[rows] = np.arange(rows.size, dtype=np.int32)
    part.entry_row = place[lists.entry_track]
    kept = np.flatnonzero(part.entry_row >= 0)
    for name in _OF_ENTRIES:
        part.__dict__.pop(name, None)
    for name in (*_ENTRIES, "entry_row"):
        setattr(part, name, getattr(part, name)[kept])
    return part


def _nearness(centres: Reals, sizes: Reals, mean: Reals, spread: Reals) -> Reals:
    """Log-likelihoods (n,) of centres (d, n), a dimension after the other: long rows are summed
    soonest."""
    total = np.zeros(sizes.size, dtype=np.float32)
    uncertain = 1.0 / sizes
    for row, middle, wide in zip(centres, mean, spread, strict=True):
        apart = row - middle
        apart *= apart
        apart /= uncertain + wide
        total += apart
    return np.float32(-0.5) * total


def _numbered(sizes: Reals) -> Indices:
    """The number of the list of each entry."""
    return np.repeat(np.arange(sizes.size, dtype=np.int32), sizes.astype(np.int64))


def _binary(matrix: sparse.csr_array) -> sparse.csr_array:
    present = matrix.copy()
    present.data[:] = 1.0
    return present


def _normalised(whole: Reals, without: Reals) -> ListWeights:
    total = float(whole.sum()) + 1e-12
    return ListWeights((whole / total).astype(np.float32), (without / total).astype(np.float32))
