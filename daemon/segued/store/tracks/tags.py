"""Tags of artists and of single tracks: what listeners call them, from where, and what was not
found; and the names of genres as MusicBrainz lists them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from segued.store.files.format import Decoded, decode, encode
from segued.store.files.storage import Documents
from segued.store.tracks.features import Miss

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


class TagStore:
    """`tags.json`. Changes are on disk after `commit`, all of them in one write."""

    def __init__(self, path: Path) -> None:
        self._file = Documents(path)
        self._artists = self._file.documents("artists")
        self._tracks = self._file.documents("tracks")
        self._misses = self._file.documents("misses")
        self._genres = self._file.documents("genres")

    @property
    def warning(self) -> str | None:
        """What had to be repaired when the file was opened."""
        return self._file.file.warning

    def artists(self) -> Mapping[str, KnownTags]:
        """What is known of artists, by artist key (the Spotify id, else the case-folded name)."""
        return Decoded(self._artists.raw(), self._known)

    def artist_keys(self) -> Collection[str]:
        """The keys of the artists of which tags are known, as they are now: not a copy."""
        return self._artists.raw().keys()

    def tracks(self) -> Mapping[str, KnownTags]:
        """What is known of single tracks, by track id."""
        return Decoded(self._tracks.raw(), self._known)

    def put(self, artists: Mapping[str, KnownTags], tracks: Mapping[str, KnownTags]) -> None:
        """Insert or replace."""
        self._artists.put({key: encode(known) for key, known in artists.items()})
        self._tracks.put({key: encode(known) for key, known in tracks.items()})

    def missed(self, source: str, now: datetime) -> frozenset[str]:
        """The artist keys that a source does not have and is not to be asked about before later."""
        path, prefix = self._file.file.path, f"{source}:"
        return frozenset(
            key.removeprefix(prefix)
            for key, document in self._misses.raw().items()
            if key.startswith(prefix)
            and decode(Miss, document, path, f"miss {key}").ask_again_at > now
        )

    def not_found(self) -> frozenset[str]:
        """The artist keys that at least one source was asked for and did not have."""
        return frozenset(key.partition(":")[2] for key in self._misses.raw())

    def put_misses(self, artist_keys: Iterable[str], miss: Miss) -> None:
        """Note that one source did not have these artists."""
        document = encode(miss)
        self._misses.put({f"{miss.source}:{key}": document for key in artist_keys})

    def genre_names(self) -> GenreNames | None:
        """The names of genres as they were last listed."""
        document = self._genres.raw().get(_NAMES)
        if document is None:
            return None
        return decode(GenreNames, document, self._file.file.path, "names of genres")

    def put_genre_names(self, listed: GenreNames) -> None:
        """Replace the names of genres."""
        self._genres.put({_NAMES: encode(listed)})

    def commit(self) -> None:
        """Write the unit of work."""
        self._file.commit()

    def close(self) -> None:
        """Let the documents go; what was not committed is dropped."""
        self._file.close()

    def _known(self, key: str, document: dict[str, object]) -> KnownTags:
        return decode(KnownTags, document, self._file.file.path, f"tags of {key}")
