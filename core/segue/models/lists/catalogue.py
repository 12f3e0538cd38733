"""What is known of each track before any list is looked at, its title's credits included."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import ndtri

from segue.metrics import mean_ranks
from segue.models.data import Floats, Indices, Reals, TrackTable

if TYPE_CHECKING:
    from segue.models.data import Indices


NEWEST_AGE_YEARS = 0.4
"""Added to every track's age before its logarithm, so that last week's songs do not run away."""


@dataclass(frozen=True, eq=False)
class Catalogue:
    """Columns of the n tracks of a vocabulary.

    `artist`, `album` and `song` are group numbers without gaps; a track of which one is unknown
    stands alone in its group. `content` (n, d) is standardised, 0 where unknown; d may be 0.
    `released` is a year with its fraction and `popularity` 0..100, NaN unknown. `involved`
    (n, n_artists) and `words` (n, n_words) are sparse.
    """

    artist: Indices
    album: Indices
    song: Indices
    content: Floats
    released: Floats
    popularity: Floats
    involved: sparse.csr_array
    words: sparse.csr_array

    def __len__(self) -> int:
        return int(self.artist.size)

    @cached_property
    def artist_size(self) -> Floats:
        """How many tracks of the catalogue each artist has: (n_artists,)."""
        return np.bincount(self.artist).astype(np.float32)

    @cached_property
    def album_size(self) -> Floats:
        """How many tracks of the catalogue each album has: (n_albums,)."""
        return np.bincount(self.album).astype(np.float32)

    @cached_property
    def artist_idf(self) -> Floats:
        """ln(n tracks / tracks of the artist): of the catalogue, so no list changes it."""
        return np.log(len(self) / self.artist_size).astype(np.float32)

    def tensors(self) -> dict[str, NDArray[np.generic]]:
        """Every array, by name."""
        dense = ("artist", "album", "song", "content", "released", "popularity")
        out: dict[str, NDArray[np.generic]] = {name: getattr(self, name) for name in dense}
        for name in ("involved", "words"):
            matrix: sparse.csr_array = getattr(self, name)
            out[f"{name}.data"] = matrix.data.astype(np.float32)
            out[f"{name}.indices"] = matrix.indices.astype(np.int32)
            out[f"{name}.indptr"] = matrix.indptr.astype(np.int32)
            out[f"{name}.width"] = np.array([matrix.shape[1]], dtype=np.int32)
        return out

    @classmethod
    def restored(cls, tensors: Mapping[str, NDArray[np.generic]]) -> Catalogue:
        """The inverse of `tensors`."""

        def matrix(name: str) -> sparse.csr_array:
            parts = tuple(tensors[f"{name}.{part}"] for part in ("data", "indices", "indptr"))
            shape = (tensors[f"{name}.indptr"].size - 1, int(tensors[f"{name}.width"][0]))
            return sparse.csr_array(parts, shape=shape)

        return cls(
            artist=tensors["artist"].astype(np.int32),
            album=tensors["album"].astype(np.int32),
            song=tensors["song"].astype(np.int32),
            content=tensors["content"].astype(np.float32),
            released=tensors["released"].astype(np.float32),
            popularity=tensors["popularity"].astype(np.float32),
            involved=matrix("involved"),
            words=matrix("words"),
        )


def catalogue_of(tracks: TrackTable) -> Catalogue:
    """A `Catalogue` of what a table knows; columns it does not know leave no trace."""
    artist = alone_where_unknown(tracks.artist)
    album = alone_where_unknown(tracks.album)
    named = [tracks.artist_names[row] if row >= 0 else "" for row in tracks.artist]
    albums = [tracks.album_names[row] if row >= 0 else "" for row in tracks.album]
    keys = [song_key(title, name) for title, name in zip(tracks.titles, named, strict=True)]
    number = {key: place for place, key in enumerate(dict.fromkeys(filter(None, keys)))}
    song = np.array([number.get(key, -1) for key in keys], dtype=np.int32)
    names = [""] * (int(artist.max(initial=-1)) + 1)
    for group, name in zip(artist, named, strict=True):
        names[group] = name
    return Catalogue(
        artist=artist,
        album=album,
        song=alone_where_unknown(song),
        content=content_columns(tracks),
        released=tracks.released.astype(np.float32),
        popularity=tracks.popularity.astype(np.float32),
        involved=involved_artists(tracks.titles, artist, names),
        words=word_vectors(
            [" ".join(row) for row in zip(tracks.titles, albums, named, strict=True)]
        ),
    )


def alone_where_unknown(groups: Indices) -> Indices:
    """The same groups numbered 0.. without gaps, every −1 a group of its own."""
    spread = np.asarray(groups, dtype=np.int64).copy()
    unknown = spread < 0
    spread[unknown] = spread.max(initial=0) + 1 + np.arange(int(unknown.sum()))
    return np.unique(spread, return_inverse=True)[1].astype(np.int32)


def content_columns(tracks: TrackTable) -> Floats:
    """What a track sounds like and when and how widely it was heard: (n, d) standardised.

    Abstract features by ranks made normal, tempo on its octave circle and in octaves, length,
    mode, age and popularity. Unknown is 0, the mean; a column all unknown or constant is
    left out.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        octaves = np.log2(np.where(tracks.tempo > 0, tracks.tempo, np.nan))
        newest = np.nanmax(tracks.released, initial=-np.inf)
        age = -np.log(newest + NEWEST_AGE_YEARS - tracks.released)
        length = np.log(np.where(tracks.duration_ms > 0, tracks.duration_ms, np.nan))
    mode = np.where(tracks.mode >= 0, tracks.mode, np.nan)
    columns: list[Reals] = [normal_ranks(column) for column in tracks.abstract.T]
    columns += [np.cos(2 * np.pi * octaves), np.sin(2 * np.pi * octaves), octaves, length, mode]
    columns += [age, tracks.popularity]
    kept = [scaled for scaled in map(_standardised, columns) if scaled is not None]
    if tracks.text is not None:
        kept += [scaled for scaled in map(_standardised, tracks.text.T) if scaled is not None]
    return np.stack(kept, axis=1) if kept else np.zeros((len(tracks), 0), dtype=np.float32)


def normal_ranks(column: Reals) -> NDArray[np.float64]:
    """Values put where a normal distribution has their ranks, ties at their mean; NaN stays."""
    out = np.full(column.size, np.nan)
    known = np.isfinite(column)
    count = int(known.sum())
    if count:
        out[known] = ndtri((mean_ranks(column[known]) - 0.5) / count)
    return out


def _standardised(column: Reals) -> Floats | None:
    known = np.isfinite(column)
    if not known.any():
        return None
    mean, spread = float(column[known].mean()), float(column[known].std())
    if spread < 1e-6:
        return None
    return np.where(known, (column - mean) / spread, 0.0).astype(np.float32)


_WORD = re.compile(r"[^\W_]+")
_BRACKETED = re.compile(r"[(\[]([^)\]]*)[)\]]")
_LEAD = re.compile(r"^(feat|ft|featuring|with)\b\.?\s*")
_VERSION = re.compile(r"\s+(remix|edit|mix|vip|version|rework|bootleg|radio edit|remixed)\b.*$")
_PARTING = re.compile(r",|&|\bx\b|\band\b|\bvs\b")


def words(text: str) -> list[str]:
    """The words of a text, case-folded: runs of letters and digits."""
    return _WORD.findall(text.casefold())


def song_key(title: str, artist: str) -> str:
    """One key for all versions of a song: brackets and what follows a dash are left out.

    An empty title has an empty key: nothing is known to be a version of anything.
    """
    bare = " ".join(words(_BRACKETED.sub(" ", title).split(" - ")[0]))
    return f"{bare}|{artist.casefold()}" if bare else ""


@lru_cache(maxsize=65_536)
def credited(title: str) -> tuple[str, ...]:
    """Names a title credits, case-folded: "Song (feat. A & B) - C Remix" gives a, b and c."""
    folded = title.casefold()
    pieces = [*_BRACKETED.findall(folded), *_BRACKETED.sub(" ", folded).split(" - ")[1:]]
    names: list[str] = []
    for piece in pieces:
        bare = _VERSION.sub("", _LEAD.sub("", piece.strip()))
        names.extend(filter(None, (name.strip() for name in _PARTING.split(bare))))
    return tuple(names)


def involved_artists(
    titles: Sequence[str], artist: Indices, artist_names: Sequence[str]
) -> sparse.csr_array:
    """Who takes part in each track: (n_tracks, n_artists) of 0 and 1.

    A track's own artist, and every other artist of the library its title credits.
    """
    known = {name.casefold(): row for row, name in enumerate(artist_names) if name}
    rows, columns = [np.arange(len(titles))], [np.asarray(artist, dtype=np.int64)]
    for row, title in enumerate(titles):
        others = {known[name] for name in credited(title) if name in known} - {int(artist[row])}
        rows.append(np.full(len(others), row))
        columns.append(np.array(sorted(others), dtype=np.int64))
    where = (np.concatenate(rows), np.concatenate(columns))
    shape = (len(titles), int(artist.max(initial=-1)) + 1)
    return sparse.csr_array((np.ones(where[0].size, dtype=np.float32), where), shape=shape)


def word_vectors(texts: Sequence[str]) -> sparse.csr_array:
    """TF-IDF vectors of unit length: (n_texts, n_words) float32.

    A word of a single text says nothing about others and is left out; a text without
    any other word has a zero vector. idf is ln(n / df).
    """
    bags = [sorted(set(words(text))) for text in texts]
    spread = Counter(word for bag in bags for word in bag)
    column = {word: place for place, word in enumerate(sorted(w for w in spread if spread[w] > 1))}
    kept = [[column[word] for word in bag if word in column] for bag in bags]
    indptr = np.concatenate([[0], np.cumsum([len(bag) for bag in kept])])
    indices = np.array([place for bag in kept for place in bag], dtype=np.int32)
    idf: NDArray[np.float32] = np.zeros(max(len(column), 1), dtype=np.float32)
    for word, place in column.items():
        idf[place] = np.log(len(texts) / spread[word])
    matrix = sparse.csr_array((idf[indices], indices, indptr), shape=(len(texts), idf.size))
    norm = np.sqrt(matrix.multiply(matrix).sum(axis=1))
    scale = np.divide(1.0, norm, out=np.zeros_like(norm), where=norm > 0)
    return sparse.csr_array(sparse.diags_array(scale) @ matrix).astype(np.float32)
