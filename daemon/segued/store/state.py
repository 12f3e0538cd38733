"""Segue's state folder: every store in it, each opened when it is first used."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cached_property
from pathlib import Path

from segued.store.access import AuthStore, BudgetStore
from segued.store.files.atomic import clear_temporaries, private_folder, signature
from segued.store.history import HistoryStore, TableStore
from segued.store.library import DiscoverStore, LibraryStore
from segued.store.models import ModelStore
from segued.store.playlists import PlaylistStore
from segued.store.plays import PlayStore
from segued.store.runs import RunStore, ScheduleStore
from segued.store.tracks.features import FeatureStore, TagStore
from segued.store.tracks.lyrics import LyricStore, VectorStore
from segued.store.writes import Journal, PlanStore, VersionStore

_OPENED = (
    *("library", "plays", "playlists", "features", "lyrics", "tags", "discover"),
    *("runs", "schedules", "budget", "auth"),
)

READ_FROM = {
    "library": "library.json",
    "plays": "plays",
    "playlists": "playlists.json",
    "features": "features.json",
    "lyrics": "lyrics.json",
    "tags": "tags.json",
    "discover": "discover.json",
    "vectors": "vectors",
    "history": "history.npz",
    "models": "models",
}
"""The stores that an inventory is read from, and their file or folder."""


class State:
    """The state of one account. The idle daemon opens only runs, schedules, budget, auth.

    These four may be written by any process; the others by one at a time, which holds
    `segued.store.files.lock.writer_lock`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def open(cls, folder: Path) -> State:
        """Open a state folder, creating it (0700) where there is none.

        Raises StoreError where it cannot be used. A store that is broken or newer says so when it
        is first used.
        """
        clear_temporaries(private_folder(folder))
        return cls(folder)

    @cached_property
    def library(self) -> LibraryStore:
        """Tracks, likes, saved albums, top tracks and cursors."""
        return LibraryStore(self.folder / "library.json")

    @cached_property
    def plays(self) -> PlayStore:
        """Plays, one file a month."""
        return PlayStore(self.folder / "plays")

    @cached_property
    def playlists(self) -> PlaylistStore:
        """Playlists as last read, and the bindings of recipes."""
        return PlaylistStore(self.folder / "playlists.json")

    @cached_property
    def runs(self) -> RunStore:
        """The history of runs."""
        return RunStore(self.folder / "runs.json")

    @cached_property
    def schedules(self) -> ScheduleStore:
        """How each schedule of the service stands."""
        return ScheduleStore(self.folder / "schedules.json")

    @cached_property
    def budget(self) -> BudgetStore:
        """Requests and cool-downs by endpoint."""
        return BudgetStore(self.folder / "budget.json")

    @cached_property
    def auth(self) -> AuthStore:
        """The login."""
        return AuthStore(self.folder / "auth.json")

    @cached_property
    def features(self) -> FeatureStore:
        """Audio features, their sources, and what was not found."""
        return FeatureStore(self.folder / "features.json")

    @cached_property
    def tables(self) -> TableStore:
        """Imported tables of audio features."""
        return TableStore(self.folder / "tables")

    @cached_property
    def lyrics(self) -> LyricStore:
        """What is known of lyrics."""
        return LyricStore(self.folder / "lyrics.json")

    @cached_property
    def tags(self) -> TagStore:
        """Tags of artists and tracks, and the names of genres."""
        return TagStore(self.folder / "tags.json")

    @cached_property
    def discover(self) -> DiscoverStore:
        """What was found outside the account."""
        return DiscoverStore(self.folder / "discover.json")

    @cached_property
    def vectors(self) -> VectorStore:
        """Matrices of vectors, one a kind and encoder."""
        return VectorStore(self.folder / "vectors")

    @cached_property
    def history(self) -> HistoryStore:
        """The imported listening history."""
        return HistoryStore(self.folder / "history.npz")

    @cached_property
    def models(self) -> ModelStore:
        """What was learned."""
        return ModelStore(self.folder / "models")

    @cached_property
    def versions(self) -> VersionStore:
        """Versions of playlists kept before each write."""
        return VersionStore(self.folder / "versions")

    @cached_property
    def journal(self) -> Journal:
        """Writes that were begun."""
        return Journal(self.folder / "journal")

    @cached_property
    def plans(self) -> PlanStore:
        """The plan each recipe was last refreshed by."""
        return PlanStore(self.folder / "plans")

    def signature(self, *names: str) -> Hashable:
        """Something else whenever what these stores hold on disk is something else.

        Without names it is about every store that an inventory is read from.
        """
        return tuple(signature(self.folder / READ_FROM[name]) for name in names or READ_FROM)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What had to be repaired in the stores opened so far."""
        opened = (self.__dict__.get(name) for name in (*_OPENED, "history"))
        return tuple(store.warning for store in opened if store is not None and store.warning)

    def close(self) -> None:
        """Let every store go; what was not committed is dropped."""
        for name in _OPENED:
            store = self.__dict__.pop(name, None)
            if store is not None:
                store.close()
