"""Which artists other people's playlists put side by side, or genres do. It knows no likes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from segue.models.data import Floats, TrackTable, TrainingData, Vocabulary
from segue.models.lists.catalogue import credited
from segue.music.track import normalised_artist, normalised_title

DIMENSIONS = 64
FOREST_DIMENSIONS = 32
"""How many of the strongest dimensions a forest is given, which takes one at a time."""

NUMBERS = 4


@dataclass(frozen=True, slots=True, eq=False)
class Context:
    """Artists of other people's playlists as vectors, and what is known of artists and songs.

    `vectors` (n_artists, d) have unit length, strongest dimension first; `numbers`
    (n_artists, 3) hold log(1 + entries), mean popularity and mean year of release; `songs` maps
    "artist|title" to a row of `song_popularity`. Numbers are NaN where unknown.
    """

    artists: Vocabulary
    vectors: Floats
    numbers: Floats
    songs: Vocabulary
    song_popularity: Floats

    @property
    def width(self) -> int:
        """The length d of a vector."""
        return int(self.vectors.shape[1])

    def of(self, tracks: TrackTable) -> tuple[Floats, Floats]:
        """Vectors (n, d) and numbers (n, 4) of tracks; zeros and −1 where nothing is known.

        The vector is the mean over the artist and whom the title credits, of unit length; the
        numbers are the artist's three and the song's popularity.
        """
        n = len(tracks)
        vectors = np.zeros((n, self.width), dtype=np.float32)
        numbers = np.full((n, NUMBERS), -1, dtype=np.float32)
        for row, names in enumerate(credits_of(tracks)):
            known = self.artists.indices(names)
            if known.size:
                mean = self.vectors[known].mean(axis=0)
                vectors[row] = mean / max(float(np.linalg.norm(mean)), 1e-6)
            if names and (first := self.artists.index(names[0])) is not None:
                numbers[row, :3] = np.nan_to_num(self.numbers[first], nan=-1)
            song = self.songs.index(_song(names[0] if names else "", tracks.titles[row]))
            if song is not None:
                numbers[row, 3] = np.nan_to_num(self.song_popularity[song], nan=-1)
        return vectors, numbers

    def tensors(self) -> dict[str, NDArray[np.generic]]:
        """Every array of it, by name."""
        return {
            "context_artists": self.artists.to_array(),
            "context_vectors": self.vectors,
            "context_numbers": self.numbers,
            "context_songs": self.songs.to_array(),
            "context_song_popularity": self.song_popularity,
        }

    @classmethod
    def restored(cls, tensors: Mapping[str, NDArray[np.generic]]) -> Context | None:
        """The inverse of `tensors`, None where a model had no context."""
        if "context_vectors" not in tensors:
            return None
        return cls(
            artists=Vocabulary.from_array(tensors["context_artists"].astype(np.uint8)),
            vectors=tensors["context_vectors"].astype(np.float32),
            numbers=tensors["context_numbers"].astype(np.float32),
            songs=Vocabulary.from_array(tensors["context_songs"].astype(np.uint8)),
            song_popularity=tensors["context_song_popularity"].astype(np.float32),
        )


def credits_of(tracks: TrackTable) -> list[list[str]]:
    """Who takes part in each track, normalised: its artist first, then whom its title credits.

    A track without an artist has an empty list, whatever its title says.
    """
    names = [normalised_artist(name) for name in tracks.artist_names]
    out: list[list[str]] = []
    for artist, title in zip(tracks.artist, tracks.titles, strict=True):
        if artist < 0:
            out.append([])
            continue
        others = (normalised_artist(name) for name in credited(title))
        out.append(list(dict.fromkeys([names[artist], *filter(None, others)])))
    return out


def learn_context(data: TrainingData, *, seed: int, dimensions: int = DIMENSIONS) -> Context:
    """Artist vectors from playlists: truncated SVD of artists × playlists.

    An entry is log(1 + how often the artist stands in the playlist), weighed by
    log(1 + artists / (1 + artists in the playlist)): a playlist of few artists says more.
    """
    involved = credits_of(data.tracks)
    artists = Vocabulary(dict.fromkeys(names[0] for names in involved if names))
    of_track = np.array([artists.index(names[0]) if names else -1 for names in involved])
    rows = np.concatenate([of_track[playlist] for playlist in data.playlists])
    columns = np.repeat(np.arange(len(data.playlists)), [len(p) for p in data.playlists])
    known = rows >= 0
    shape = (len(artists), len(data.playlists))
    counts = sparse.csr_array(
        (np.ones(int(known.sum())), (rows[known], columns[known])), shape=shape
    )
    counts.sum_duplicates()
    often = counts.copy()
    often.data = np.log1p(counts.data)
    weighed = _by_rarity(often)
    songs, popularity = _songs(data.tracks, involved)
    entries = np.log1p(np.asarray(counts.sum(axis=1)))
    return Context(
        artists=artists,
        vectors=_directions(weighed, dimensions, seed),
        numbers=np.stack(
            [
                entries,
                _means(data.tracks.popularity, of_track, len(artists)),
                _means(data.tracks.released, of_track, len(artists)),
            ],
            axis=1,
        ).astype(np.float32),
        songs=songs,
        song_popularity=popularity,
    )


GENRE_DIMENSIONS = 32


def genre_context(tracks: TrackTable, *, seed: int) -> Context | None:
    """Artists of whom genres are known, as vectors: those of the same genres lie close.

    Truncated SVD of artists × genres, an entry being the share of the artist's tracks that are of
    the genre, weighed as in `learn_context`. None where no two artists have different genres.
    """
    if tracks.genres is None:
        return None
    named = credits_of(tracks)
    known = np.flatnonzero(np.isfinite(tracks.genres[:, 0]) & np.array([bool(n) for n in named]))
    artists = Vocabulary(dict.fromkeys(named[row][0] for row in known.tolist()))
    of_track = np.array([artists.index(named[row][0]) for row in known.tolist()], dtype=np.int64)
    shares = np.zeros((len(artists), tracks.genres.shape[1]))
    np.add.at(shares, of_track, tracks.genres[known])
    shares /= np.bincount(of_track, minlength=len(artists))[:, None]
    if not len(artists) or np.ptp(shares, axis=0).max(initial=0) == 0:
        return None
    return Context(
        artists=artists,
        vectors=_directions(_by_rarity(sparse.csr_array(shares)), GENRE_DIMENSIONS, seed),
        numbers=np.full((len(artists), NUMBERS - 1), np.nan, dtype=np.float32),
        songs=Vocabulary(()),
        song_popularity=np.zeros(0, dtype=np.float32),
    )


def _by_rarity(entries: sparse.csr_array) -> sparse.csr_array:
    """Entries (n, m) weighed by log(1 + n / (1 + rows that have the column))."""
    n, m = entries.shape
    spread = np.bincount(entries.indices, minlength=m)
    return sparse.csr_array(entries @ sparse.diags_array(np.log(1 + n / (1 + spread))))


def _directions(weighed: sparse.csr_array, dimensions: int, seed: int) -> Floats:
    """Rows along their strongest directions, of unit length or zero: (n, dimensions or fewer)."""
    from scipy.sparse.linalg import svds

    rank = max(1, min(dimensions, min(weighed.shape) - 1))
    if min(weighed.shape) == 1:
        vectors = weighed.toarray()[:, :1]
    else:
        left, strength, _ = svds(weighed, k=rank, rng=np.random.default_rng(seed))
        order = np.argsort(-strength)
        vectors = left[:, order] * strength[order]
    vectors *= np.sign(vectors[np.abs(vectors).argmax(axis=0), np.arange(rank)])
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return vectors.astype(np.float32)


def _song(artist: str, title: str) -> str:
    return f"{artist}|{normalised_title(title)}" if artist and title else ""


def _songs(tracks: TrackTable, involved: Sequence[Sequence[str]]) -> tuple[Vocabulary, Floats]:
    keys = [
        _song(names[0] if names else "", title)
        for names, title in zip(involved, tracks.titles, strict=True)
    ]
    songs = Vocabulary(dict.fromkeys(filter(None, keys)))
    rows = np.array([songs.index(key) if key else -1 for key in keys])
    return songs, _means(tracks.popularity, rows, len(songs)).astype(np.float32)


def _means(values: Floats, groups: NDArray[np.integer], n: int) -> NDArray[np.float64]:
    """The mean of the known values of each of n groups (−1: none), NaN where none is known."""
    kept = (groups >= 0) & np.isfinite(values)
    total = np.bincount(groups[kept], weights=values[kept], minlength=n)
    count = np.bincount(groups[kept], minlength=n)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
