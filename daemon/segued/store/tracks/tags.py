"""Tags of artists and of single tracks: what listeners call them, from where, and what was not
found; and the names of genres as MusicBrainz lists them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from segued.store.files.format import encode
from segued.store.tracks.features import MissStore

_NAMES = "names"


@dataclass(frozen=True, slots=True)
class KnownTags:
    """The tags of an artist or track, each with its votes, the most frequent first."""

    tags: tuple[tuple[str, int], ...]
    source: str
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class GenreNames:
    """The names of every genre a source lists."""

    names: tuple[str, ...]
    source: str
    fetched_at: datetime


class TagStore(MissStore):
    """`tags.json`. Changes are on disk after `commit`, all of them in one write."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._artists = self._file.documents("artists")
        self._tracks = self._file.documents("tracks")
        self._genres = self._file.documents("genres")

    def artists(self) -> Mapping[str, KnownTags]:
        """What is known of artists, by artist key (the Spotify id, else the case-folded name)."""
        return self._values(self._artists, KnownTags, "tags of")

    def artist_keys(self) -> Collection[str]:
        """The keys of the artists of which tags are known, as they are now: not a copy."""
        return self._artists.raw().keys()

    def tracks(self) -> Mapping[str, KnownTags]:
        """What is known of single tracks, by track id."""
        return self._values(self._tracks, KnownTags, "tags of")

    def put(self, artists: Mapping[str, KnownTags], tracks: Mapping[str, KnownTags]) -> None:
        """Insert or replace."""
        self._artists.put({key: encode(known) for key, known in artists.items()})
        self._tracks.put({key: encode(known) for key, known in tracks.items()})

    def not_found(self) -> frozenset[str]:
        """The artist keys that at least one source was asked for and did not have."""
        return frozenset(key.partition(":")[2] for key in self._misses.raw())

    def genre_names(self) -> GenreNames | None:
        """The names of genres as they were last listed."""
        return self._find(self._genres, GenreNames, _NAMES, "genres:")

    def put_genre_names(self, listed: GenreNames) -> None:
        """Replace the names of genres."""
        self._genres.put({_NAMES: encode(listed)})
