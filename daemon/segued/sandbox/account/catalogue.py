"""The catalogue: artists, albums and tracks, made up or read from a file."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

from segue.errors import DataError

BASE62 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Features:
    """How a track sounds, on the scales Spotify used. `key` −1 is unknown, `tempo` 0 too."""

    acousticness: float
    danceability: float
    energy: float
    instrumentalness: float
    liveness: float
    loudness: float
    speechiness: float
    valence: float
    key: int
    mode: int
    tempo: float


@dataclass(frozen=True, slots=True)
class Artist:
    """An artist. `popularity` is 0..100."""

    id: str
    name: str
    genres: tuple[str, ...]
    popularity: int
    followers: int


@dataclass(frozen=True, slots=True)
class Album:
    """An album. `release_date` is ISO 8601 in the precision `precision` (day, month or year)."""

    id: str
    name: str
    artist_ids: tuple[str, ...]
    release_date: str
    precision: str
    album_type: str
    label: str
    popularity: int
    upc: str
    track_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Track:
    """A track. `playable` False is one the market has lost; `theme` is what its words are about."""

    id: str
    title: str
    artist_ids: tuple[str, ...]
    album_id: str
    duration_ms: int
    explicit: bool
    isrc: str
    disc_number: int
    track_number: int
    popularity: int
    genre: str
    features: Features
    playable: bool = True

    @property
    def uri(self) -> str:
        """The Spotify URI."""
        return f"spotify:track:{self.id}"


@dataclass(frozen=True, slots=True)
class Episode:
    """An episode of a podcast."""

    id: str
    name: str
    show_id: str
    show_name: str
    duration_ms: int
    release_date: str

    @property
    def uri(self) -> str:
        """The Spotify URI."""
        return f"spotify:episode:{self.id}"


@dataclass(frozen=True, slots=True)
class SourcePlaylist:
    """A playlist that comes with a catalogue of real tracks, in its real order."""

    id: str
    name: str
    genre: str
    track_ids: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Catalogue:
    """Everything there is to be listened to, by id, in a fixed order."""

    artists: Mapping[str, Artist]
    albums: Mapping[str, Album]
    tracks: Mapping[str, Track]
    episodes: Mapping[str, Episode] = field(default_factory=dict)
    playlists: tuple[SourcePlaylist, ...] = ()

    def artist_line(self, track: Track) -> str:
        """The names of a track's artists, as a person would write them."""
        return ", ".join(self.artists[artist_id].name for artist_id in track.artist_ids)


def base62_id(number: int, length: int = 22) -> str:
    """A number as a Spotify-like id: `length` base-62 characters."""
    letters = []
    for _ in range(length):
        number, rest = divmod(number, 62)
        letters.append(BASE62[rest])
    return "".join(letters)


def is_id(text: str) -> bool:
    """Whether a text has the form of a Spotify id: 22 base-62 characters."""
    return len(text) == 22 and text.isascii() and text.isalnum()


COLUMNS = (
    "track_id",
    "track_name",
    "track_artist",
    "track_popularity",
    "track_album_id",
    "track_album_name",
    "track_album_release_date",
    "playlist_name",
    "playlist_id",
    "playlist_subgenre",
    "danceability",
    "energy",
    "key",
    "loudness",
    "mode",
    "speechiness",
    "acousticness",
    "instrumentalness",
    "liveness",
    "valence",
    "tempo",
    "duration_ms",
)
_FEATURES = (
    "acousticness",
    "danceability",
    "energy",
    "instrumentalness",
    "liveness",
    "loudness",
    "speechiness",
    "valence",
    "tempo",
)
_PRECISION = {4: "year", 7: "month", 10: "day"}


def read_catalogue(path: Path) -> Catalogue:
    """Read a catalogue. A track's first line counts; playlists keep the order of the lines.

    Artists are distinguished by name, and their ids are made from it. What the file does not say
    (ISRC, explicit) is made from the ids, so that the same file gives the same catalogue.
    Raises DataError.
    """
    artists: dict[str, dict[str, None]] = {}
    popularity: dict[str, list[int]] = {}
    albums: dict[str, list[str]] = {}
    rows: dict[str, Mapping[str, str]] = {}
    lists: dict[str, tuple[str, str, dict[str, None]]] = {}
    tracks: dict[str, Track] = {}
    for line, row in _rows(path):
        track_id, name = row["track_id"], row["track_artist"]
        if track_id not in tracks:
            artists.setdefault(name, {})[row["playlist_subgenre"]] = None
            on_album = albums.setdefault(row["track_album_id"], [])
            on_album.append(track_id)
            rows.setdefault(row["track_album_id"], row)
            try:
                track = _track(row, len(on_album))
            except ValueError as wrong:
                raise DataError(f"{path}: line {line}: {wrong}") from wrong
            tracks[track_id] = track
            popularity.setdefault(name, []).append(track.popularity)
        source = lists.setdefault(
            row["playlist_id"], (row["playlist_name"], row["playlist_subgenre"], {})
        )
        source[2][track_id] = None
    return Catalogue(
        artists={
            (made := _artist(name, tuple(genres), popularity[name])).id: made
            for name, genres in artists.items()
        },
        albums={album_id: _album(row, tuple(albums[album_id])) for album_id, row in rows.items()},
        tracks=tracks,
        playlists=tuple(
            SourcePlaylist(playlist_id, name, genre, tuple(members))
            for playlist_id, (name, genre, members) in lists.items()
        ),
    )


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        raw = path.read_bytes()
        text = (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode("utf-8")
    except (OSError, EOFError, UnicodeDecodeError) as wrong:
        raise DataError(f"{path} cannot be read as a CSV: {wrong}") from wrong
    reader = csv.DictReader(io.StringIO(text, newline=""))
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise DataError(f"{path}: line 1: columns are missing: {', '.join(missing)}")
    for row in reader:
        if None in row.values():
            raise DataError(f"{path}: line {reader.line_num}: the line is cut short")
        yield reader.line_num, row


def _track(row: Mapping[str, str], number: int) -> Track:
    track_id = row["track_id"]
    features = {name: float(row[name]) for name in _FEATURES}
    released = row["track_album_release_date"]
    digits = _hash(track_id)
    return Track(
        id=track_id,
        title=row["track_name"],
        artist_ids=(_artist_id(row["track_artist"]),),
        album_id=row["track_album_id"],
        duration_ms=int(float(row["duration_ms"])),
        explicit=digits % 6 == 0,
        isrc=f"QZ{chr(65 + digits % 26)}{chr(65 + digits % 23)}{digits % 10}"
        f"{released[2:4] or '00'}{digits // 7 % 100000:05d}",
        disc_number=1,
        track_number=number,
        popularity=int(row["track_popularity"]),
        genre=row["playlist_subgenre"],
        features=Features(key=int(row["key"]), mode=int(row["mode"]), **features),
    )


def _album(row: Mapping[str, str], track_ids: tuple[str, ...]) -> Album:
    released = row["track_album_release_date"]
    return Album(
        id=row["track_album_id"],
        name=row["track_album_name"],
        artist_ids=(_artist_id(row["track_artist"]),),
        release_date=released,
        precision=_PRECISION.get(len(released), "day"),
        album_type="album" if len(track_ids) > 3 else "single",
        label=f"{row['track_artist']} Recordings",
        popularity=int(row["track_popularity"]),
        upc=f"{_hash(row['track_album_id']) % 10**12:012d}",
        track_ids=track_ids,
    )


def _artist(name: str, genres: tuple[str, ...], popularity: list[int]) -> Artist:
    mean = round(sum(popularity) / len(popularity))
    return Artist(_artist_id(name), name, genres[:3], mean, int(10 ** (1.5 + mean / 18)))


def _artist_id(name: str) -> str:
    return base62_id(_hash(name, 16))


def _hash(text: str, size: int = 8) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=size).digest(), "big")
