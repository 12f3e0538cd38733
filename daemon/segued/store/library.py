"""The library: tracks by id, what is liked and saved, top tracks, and the cursors of a sync; and
what was found outside the account."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from segue.music.track import Track
from segue.playlists.library import Asked, Looked, Release, Saved, SavedAlbum, Suggestions
from segue.recipe.references import Newcomer
from segue.recipe.sources import TopRange
from segued.store.files.format import Document, encode
from segued.store.files.storage import WorkStore


@dataclass(frozen=True, slots=True)
class FetchedList:
    """A list of artists as an address last gave it: their ids, and how many rows had none;
    `doubted` is how many a later answer had that was not believed."""

    artists: tuple[str, ...]
    unreadable: int
    fetched_at: datetime
    doubted: int | None = None


@dataclass(frozen=True, slots=True)
class Newcomers:
    """The new songs of one recipe."""

    songs: tuple[Newcomer, ...]


class DiscoverStore(WorkStore):
    """`discover.json`. Changes are on disk after `commit`, all of them in one write."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._lists = self._file.documents("lists")
        self._releases = self._file.documents("releases")
        self._looked = self._file.documents("looked")
        self._asked = self._file.documents("asked")
        self._suggested = self._file.documents("suggested")
        self._newcomers = self._file.documents("newcomers")
        self._cursors = self._file.documents("cursors")

    def lists(self) -> Mapping[str, FetchedList]:
        """The lists of artists that were fetched, by address."""
        return self._values(self._lists, FetchedList)

    def put_list(self, address: str, fetched: FetchedList) -> None:
        """Keep a list in place of the last of the same address."""
        self._lists.put({address: encode(fetched)})

    def drop_lists(self, addresses: list[str]) -> None:
        """Forget lists that are named no more."""
        self._lists.drop(addresses)

    def releases(self) -> Mapping[str, Release]:
        """Albums and singles by id."""
        return self._values(self._releases, Release)

    def put_releases(self, releases: Iterable[Release]) -> None:
        """Insert or replace."""
        self._releases.put({release.id: encode(release) for release in releases})

    def looked(self) -> Mapping[str, Looked]:
        """What is known of artists whose releases were looked at, by their ids."""
        return self._values(self._looked, Looked)

    def put_looked(self, artist_id: str, looked: Looked) -> None:
        """Insert or replace."""
        self._looked.put({artist_id: encode(looked)})

    def asked(self) -> Mapping[str, Asked]:
        """What was asked by words or ids, by `asked_key`."""
        return self._values(self._asked, Asked)

    def put_asked(self, key: str, found: Asked) -> None:
        """Insert or replace."""
        self._asked.put({key: encode(found)})

    def suggested(self) -> Mapping[str, Suggestions]:
        """Songs that services named beside the user's, by the service."""
        return self._values(self._suggested, Suggestions)

    def put_suggested(self, engine: str, suggestions: Suggestions) -> None:
        """Insert or replace."""
        self._suggested.put({engine: encode(suggestions)})

    def newcomers(self) -> Mapping[str, tuple[Newcomer, ...]]:
        """The new songs that recipes brought in on trial, by the recipe's id."""
        found = self._values(self._newcomers, Newcomers)
        return {recipe_id: known.songs for recipe_id, known in found.items()}

    def put_newcomers(self, recipe_id: str, songs: tuple[Newcomer, ...]) -> None:
        """Insert or replace."""
        self._newcomers.put({recipe_id: encode(Newcomers(songs))})

    def cursor(self, name: str) -> Document:
        """Where something stands, as it was set: a copy; empty where it never was."""
        return dict(self._cursors.find(name) or {})

    def set_cursor(self, name: str, cursor: Document) -> None:
        """Remember where something stands (plain JSON)."""
        self._cursors.put({name: cursor})


SPENT = "spent"
"""The cursor of the requests of the last 24 hours."""
SHARE_OF = timedelta(hours=24)


class ShareSpentError(Exception):
    """The requests of these 24 hours are used up; the next sync goes on."""


class Share:
    """How many requests may still be made within `SHARE_OF`; kept by when they were made."""

    def __init__(self, store: DiscoverStore, most: int, now: datetime, cursor: str = SPENT) -> None:
        self._store, self._most, self._now, self._cursor = store, most, now, cursor
        made = store.cursor(cursor).items()
        self._spent: dict[str, int] = {
            at: n for at, n in made if abs(now - datetime.fromisoformat(at)) < SHARE_OF
        }

    @property
    def left(self) -> int:
        """How many requests may be made now."""
        return max(0, self._most - sum(self._spent.values()))

    def spend(self) -> None:
        """Count a request that is about to be made. Raises where none is left."""
        if not self.left:
            raise ShareSpentError
        at = self._now.isoformat()
        self._spent[at] = self._spent.get(at, 0) + 1
        self._store.set_cursor(self._cursor, self._spent)

    def free_at(self) -> datetime:
        """When a request may be made."""
        if self.left or not self._spent:
            return self._now
        return min(map(datetime.fromisoformat, self._spent)) + SHARE_OF


RANGES: tuple[TopRange, ...] = ("short", "medium", "long")

ACCOUNT = "account"
"""The cursor that says whose library it is."""
SEEDS = "seeds"
"""The cursor that holds which tracks were searched for by title and artist, and their ids."""
PARTS_READ = "parts read"
"""The cursor that holds which parts of the account were read to their end at least once."""
SEEDS_ABSENT = "seeds not found"
"""The cursor that holds which seeds Spotify's search did not find, and when it was asked."""
ABSENT = "tracks not found"
"""The cursor that holds which track ids Spotify does not have, and when it was asked."""


class LibraryStore(WorkStore):
    """`library.json`. Changes are on disk after `commit`, all of them in one write."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._tracks = self._file.documents("tracks")
        self._saved = self._file.documents("saved")
        self._albums = self._file.documents("albums")
        self._top = self._file.documents("top")
        self._cursors = self._file.documents("cursors")

    def track(self, track_id: str) -> Track | None:
        """A track by id, or None."""
        return self._find(self._tracks, Track, track_id, "track")

    def tracks(self) -> Mapping[str, Track]:
        """Every track by id, as of now; each is built when first asked for."""
        return self._values(self._tracks, Track, "track")

    def put_tracks(self, tracks: Iterable[Track]) -> None:
        """Insert or replace tracks by id."""
        self._tracks.put({track.id: encode(track) for track in tracks})

    def liked(self) -> tuple[Saved, ...]:
        """Liked tracks, newest first."""
        return self._all(self._saved, Saved, "saved")

    def set_liked(self, liked: Sequence[Saved]) -> None:
        """Replace what is liked; newest first."""
        self._saved.truncate()
        self._saved.put({saved.track_id: encode(saved) for saved in liked})

    def add_older_liked(self, liked: Sequence[Saved]) -> None:
        """Add likes that are older than every one known; newest first."""
        self._saved.put({saved.track_id: encode(saved) for saved in liked})

    def albums(self) -> tuple[SavedAlbum, ...]:
        """Saved albums, newest first."""
        return self._all(self._albums, SavedAlbum, "album")

    def set_albums(self, albums: Sequence[SavedAlbum]) -> None:
        """Replace the saved albums; newest first."""
        self._albums.truncate()
        self._albums.put({album.id: encode(album) for album in albums})

    def top(self) -> Mapping[TopRange, tuple[str, ...]]:
        """Top track ids by range, best first; only the ranges that were read."""
        found = {name: self._top.find(name) for name in RANGES}
        return {name: tuple(top["ids"]) for name, top in found.items() if top is not None}

    def set_top(self, name: TopRange, track_ids: Sequence[str]) -> None:
        """Replace the top tracks of one range."""
        self._top.put({name: {"ids": list(track_ids)}})

    def cursor(self, name: str) -> Document | None:
        """Where a sync stands, as it was set; a copy."""
        document = self._cursors.find(name)
        return None if document is None else dict(document)

    def set_cursor(self, name: str, cursor: Document | None) -> None:
        """Remember where a sync stands (plain JSON); None forgets it."""
        if cursor is None:
            self._cursors.drop([name])
        else:
            self._cursors.put({name: dict(cursor)})
