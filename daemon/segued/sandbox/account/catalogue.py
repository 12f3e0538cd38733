"""What exists to be listened to: artists, albums, tracks, episodes. Never changed once made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

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
