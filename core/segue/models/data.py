"""What the learners learn from: one frozen value, in row numbers of one vocabulary."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypedDict, Unpack

import numpy as np
from numpy.typing import NDArray

from segue.music.features import ABSTRACT


class Vocabulary:
    """A fixed, ordered set of ids; the index of an id is its row in every matrix.

    Raises ValueError where an id stands twice or holds a line break.
    """

    __slots__ = ("_ids", "_index")

    def __init__(self, ids: Iterable[str]) -> None:
        self._ids = tuple(ids)
        self._index = {identity: row for row, identity in enumerate(self._ids)}
        if len(self._index) != len(self._ids):
            raise ValueError("a vocabulary cannot hold the same id twice")
        if any("\n" in identity for identity in self._ids):
            raise ValueError("an id of a vocabulary cannot hold a line break")

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __contains__(self, identity: object) -> bool:
        return identity in self._index

    def __getitem__(self, index: int) -> str:
        return self._ids[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vocabulary) and other._ids == self._ids

    def __hash__(self) -> int:
        return hash(self._ids)

    def __repr__(self) -> str:
        return f"Vocabulary({len(self)} ids)"

    @property
    def ids(self) -> tuple[str, ...]:
        """All ids, in the order of their rows."""
        return self._ids

    def index(self, identity: str) -> int | None:
        """The row of an id, or None where it is unknown."""
        return self._index.get(identity)

    def indices(self, ids: Iterable[str]) -> NDArray[np.int32]:
        """The rows of those ids that are known, in the order given: (n_known,) int32."""
        known = [self._index[identity] for identity in ids if identity in self._index]
        return np.array(known, dtype=np.int32)

    def to_array(self) -> NDArray[np.uint8]:
        """All ids as UTF-8 bytes, parted by line breaks, for a tensor file."""
        return np.frombuffer("\n".join(self._ids).encode(), dtype=np.uint8)

    @classmethod
    def from_array(cls, array: NDArray[np.uint8]) -> Vocabulary:
        """The inverse of `to_array`."""
        text = array.astype(np.uint8).tobytes().decode()
        return cls(text.split("\n") if text else ())


Floats = NDArray[np.float32]
Indices = NDArray[np.int32]
Reals = NDArray[np.floating]
"""Numbers of either precision."""

Rows = NDArray[np.integer]
"""Row numbers of either width."""

KNOWN = (*ABSTRACT, "key", "mode", "tempo", "duration_ms", "popularity", "released", "artist")
"""What may be known of a track, by name."""

_COLUMNS = ("abstract", "key", "mode", "tempo", "duration_ms", "popularity", "released", "artist",
            "album")  # fmt: skip

_APART = ("text", "mood", "sound", "genres")
"""What a table may lack."""

NO_INDICES: Indices = np.zeros(0, dtype=np.int32)
NO_TIMES: NDArray[np.float64] = np.zeros(0, dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class TrackTable:
    """What is known about each track: column arrays of one length n, NaN or −1 where unknown.

    `abstract` (n, 8) holds the abstract features unscaled in the order of `ABSTRACT`; `key` is
    0..11 or −1, `mode` 1, 0 or −1; `tempo` BPM; `popularity` 0..100; `released` the date of
    release as a year with its fraction. `artist` and `album` are indices into `artist_names`
    and `album_names`. `text` (n, d), where there is one, holds a text vector for each track,
    `sound` (n, d) one of its sound, `mood` (n,) what its words feel like, from −1 (dark) to 1
    (bright), and `genres` (n, g) 1 where a track is of a genre or of a part of it, rows of NaN
    where no genre is known.
    """

    titles: tuple[str, ...]
    abstract: Floats
    key: NDArray[np.int8]
    mode: NDArray[np.int8]
    tempo: Floats
    duration_ms: Floats
    popularity: Floats
    released: Floats
    artist: Indices
    artist_names: tuple[str, ...]
    album: Indices
    album_names: tuple[str, ...]
    text: Floats | None = None
    mood: Floats | None = None
    sound: Floats | None = None
    genres: Floats | None = None

    def __post_init__(self) -> None:
        n = len(self.titles)
        for name in ("abstract", "key", "mode", "tempo", "duration_ms", "popularity", "released",
                     "artist", "album", *_APART):  # fmt: skip
            column = getattr(self, name)
            if column is not None and len(column) != n:
                raise ValueError(f"column {name} has {len(column)} rows, not {n}")
        if self.abstract.shape != (n, len(ABSTRACT)):
            raise ValueError(f"abstract has shape {self.abstract.shape}, not {(n, len(ABSTRACT))}")

    def __len__(self) -> int:
        return len(self.titles)

    def forgetting(self, name: str) -> TrackTable:
        """The same tracks with one of `KNOWN` unknown."""
        if name in ABSTRACT:
            abstract = self.abstract.copy()
            abstract[:, ABSTRACT.index(name)] = np.nan
            return replace(self, abstract=abstract)
        column = getattr(self, name)
        unknown = np.full_like(column, -1 if column.dtype.kind == "i" else np.nan)
        return replace(self, **{name: unknown})

    def tensors(self, prefix: str) -> dict[str, NDArray[np.generic]]:
        """Every column but those of `_APART` by name, `prefix` before each; names as JSON bytes."""
        out = {f"{prefix}.{name}": getattr(self, name) for name in _COLUMNS}
        names = json.dumps([self.titles, self.artist_names, self.album_names]).encode()
        return {**out, f"{prefix}.names": np.frombuffer(names, dtype=np.uint8)}

    @classmethod
    def restored(cls, tensors: Mapping[str, NDArray[np.generic]], prefix: str) -> TrackTable:
        """The inverse of `tensors`."""
        columns = {name: tensors[f"{prefix}.{name}"] for name in _COLUMNS}
        names = json.loads(tensors[f"{prefix}.names"].astype(np.uint8).tobytes())
        titles, artists, albums = (tuple(part) for part in names)
        return cls(titles=titles, artist_names=artists, album_names=albums, **columns)  # type: ignore[arg-type]  # a column each

    def take(self, rows: NDArray[np.integer]) -> TrackTable:
        """The same columns for some rows only; artists and albums keep their indices."""
        columns = {name: getattr(self, name) for name in (*_COLUMNS, *_APART)}
        taken = {name: column[rows] for name, column in columns.items() if column is not None}
        return replace(self, titles=tuple(self.titles[row] for row in rows), **taken)


class Columns(TypedDict, total=False):
    """What `track_table` is given, a column each; see `TrackTable`."""

    titles: Sequence[str]
    abstract: Floats
    key: NDArray[np.int8]
    mode: NDArray[np.int8]
    tempo: Floats
    duration_ms: Floats
    popularity: Floats
    released: Floats
    artists: Sequence[str] | None
    albums: Sequence[str] | None
    text: Floats | None
    mood: Floats | None
    sound: Floats | None
    genres: Floats | None


def track_table(n: int, **given: Unpack[Columns]) -> TrackTable:
    """A `TrackTable` of n tracks where everything not given is unknown.

    `artists` and `albums` hold one name (or id) a track, an empty string where unknown.
    """
    blank = np.full(n, np.nan, dtype=np.float32)
    unknown = np.full(n, -1, dtype=np.int8)
    artist, artist_names = _numbered(given.get("artists"), n)
    album, album_names = _numbered(given.get("albums"), n)
    return TrackTable(
        titles=tuple(given.get("titles", ("",) * n)),
        abstract=given.get("abstract", np.full((n, len(ABSTRACT)), np.nan, np.float32)),
        key=given.get("key", unknown),
        mode=given.get("mode", unknown),
        tempo=given.get("tempo", blank),
        duration_ms=given.get("duration_ms", blank),
        popularity=given.get("popularity", blank),
        released=given.get("released", blank),
        artist=artist,
        artist_names=artist_names,
        album=album,
        album_names=album_names,
        text=given.get("text"),
        mood=given.get("mood"),
        sound=given.get("sound"),
        genres=given.get("genres"),
    )


def _numbered(names: Sequence[str] | None, n: int) -> tuple[Indices, tuple[str, ...]]:
    if names is None:
        return np.full(n, -1, dtype=np.int32), ()
    known = {name: row for row, name in enumerate(dict.fromkeys(filter(None, names)))}
    return np.array([known.get(name, -1) for name in names], dtype=np.int32), tuple(known)


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """Plays without a long pause between them, oldest first.

    `skipped` (n,) is 1 where the play was skipped, 0 where it was not, −1 where unknown;
    `played_at` (n,) is in Unix seconds, NaN where unknown.
    """

    tracks: Indices
    skipped: NDArray[np.int8]
    played_at: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class TrainingData:
    """All a learner may learn from, in row numbers of `vocabulary`.

    `playlists` hold the tracks of each playlist in order; `reordered`, of lists that Segue made and
    the user put into another order by hand, the tracks as they stand and as they stood before;
    `likes` the saved tracks with `liked_at` in Unix seconds (NaN unknown); `dislikes` the tracks
    the user said no to; `passed` those passed over in a list that was heard in order, once for each
    time. `encoder` is the key of what made the vectors of their texts, where any are known.
    """

    vocabulary: Vocabulary
    tracks: TrackTable
    playlists: tuple[Indices, ...] = ()
    playlist_ids: tuple[str, ...] = ()
    reordered: tuple[tuple[Indices, Indices], ...] = ()
    likes: Indices = field(default_factory=lambda: NO_INDICES)
    liked_at: NDArray[np.float64] = field(default_factory=lambda: NO_TIMES)
    dislikes: Indices = field(default_factory=lambda: NO_INDICES)
    sessions: tuple[Session, ...] = ()
    passed: Indices = field(default_factory=lambda: NO_INDICES)
    encoder: str = ""

    def __post_init__(self) -> None:
        if len(self.tracks) != len(self.vocabulary):
            raise ValueError(f"{len(self.tracks)} tracks, but {len(self.vocabulary)} ids")
        if self.playlist_ids and len(self.playlist_ids) != len(self.playlists):
            raise ValueError(f"{len(self.playlist_ids)} ids for {len(self.playlists)} playlists")
        if self.liked_at.size and self.liked_at.size != self.likes.size:
            raise ValueError(f"{self.liked_at.size} dates for {self.likes.size} likes")

    def counts(self) -> dict[str, int]:
        """How much there is of each kind, for a model's card."""
        return {
            "tracks": len(self.vocabulary),
            "tracks_with_features": int(np.isfinite(self.tracks.abstract).all(axis=1).sum()),
            "artists": int(np.unique(self.tracks.artist[self.tracks.artist >= 0]).size),
            "playlists": len(self.playlists),
            "playlist_entries": sum(len(playlist) for playlist in self.playlists),
            "likes": int(self.likes.size),
            "dislikes": int(self.dislikes.size),
            "sessions": len(self.sessions),
            "plays": sum(len(session.tracks) for session in self.sessions),
        }
