"""What is kept of writes: the journal of what was begun, the last plans, the versions before."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from segue.errors import DataError, StoreError, UsageError
from segue.playlists.library import Playlist, PlaylistEntry
from segue.playlists.plan import Plan, plan_document, plan_from_document
from segued.store.files.atomic import (
    file_name,
    private_folder,
    read_with_last_good,
    sync_folder,
    write_atomically,
)
from segued.store.files.format import Document, Format, decode, encode
from segued.store.files.storage import Documents
from segued.store.playlists import Trial

FORMAT = Format()

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Intent:
    """A write that was begun: everything a later start needs to finish it or to take it back.

    `playlist_id` is None while the playlist is yet to be created. `before` is the list that was
    read just before, `after` the one wanted; `version_id` the version kept of the list before.
    `name` and `text` are the recipe's own, in which names may be filled in: `shown`, where it is
    another, and `description`, with Segue's mark, are what the account is to show.
    `exchanges` counts the writes in a row before it after which others exchanged much of the list.
    `least` and `most` are the fewest and the most rows that may stand there meanwhile; `reorder`
    says whether Spotify moves rows of this playlist. `models` marks the models the plan used;
    `holds` is the period in which what an undo brought back is left alone, `trial` the list's part
    in an experiment.
    """

    id: str
    kind: Literal["refresh", "undo"]
    recipe_id: str
    playlist_id: str | None
    name: str
    description: str
    public: bool
    fingerprint: str
    run: str
    started_at: datetime
    before: tuple[str, ...]
    after: tuple[str, ...]
    snapshot_id: str | None
    kept_in: tuple[str, ...] = ()
    kept_out: tuple[str, ...] = ()
    period: str = ""
    version_id: str | None = None
    text: str = ""
    adopted: bool = False
    least: int = 0
    most: int = 10_000
    reorder: bool = True
    models: Mapping[str, str] = field(default_factory=dict)
    holds: str = ""
    shown: str = ""
    trial: Trial | None = None
    exchanges: int = 0


class Journal:
    """One file for each intent that is open; done intents leave none."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def intend(self, intent: Intent) -> None:
        """Put an intent on the disk (fsynced), or replace it by what is known by now.

        Raises StoreError when it cannot be written: then nothing may be changed on the account.
        """
        path = private_folder(self._folder) / file_name(intent.id)
        write_atomically(path, FORMAT.pack({"intent": intent}), keep_previous=False)

    def done(self, intent_id: str) -> None:
        """The write came to its end, whichever: nothing is left to recover."""
        path = self._folder / file_name(intent_id)
        try:
            path.unlink(missing_ok=True)
            if self._folder.exists():
                sync_folder(self._folder)
        except OSError as error:
            raise StoreError(f"{path}: cannot be removed ({error.strerror})") from error

    def open_intents(self) -> tuple[Intent, ...]:
        """The intents that never came to their end, oldest first.

        Raises StoreError for a broken file: a person has to look at that playlist.
        """
        found = [self._read(path) for path in sorted(self._folder.glob("*.json"))]
        return tuple(sorted(found, key=lambda intent: (intent.started_at, intent.id)))

    def _read(self, path: Path) -> Intent:
        intent, _ = read_with_last_good(path, lambda data: _intent_from(data, path))
        if intent is None:
            raise StoreError(f"{path}: went away while it was being read; try again")
        return decode(Intent, intent, path, path.stem)


def _intent_from(data: bytes, path: Path) -> Document:
    intent = FORMAT.parse(data, path)[0].get("intent")
    if not isinstance(intent, dict):
        raise ValueError("no intent in it")
    return intent


class PlanStore:
    """One file a recipe. Every change is on disk at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(self, plan: Plan) -> None:
        """Remember a plan in place of the recipe's last."""
        content = FORMAT.pack({"plan": plan_document(plan)})
        write_atomically(self._path(plan.recipe_id), content, keep_previous=False)

    def get(self, recipe_id: str) -> Plan | None:
        """The plan a recipe was last refreshed by, or None. Raises StoreError for a wrong file."""
        path = self._path(recipe_id)
        plan, _ = read_with_last_good(path, lambda data: _plan_from(data, path))
        return plan

    def _path(self, recipe_id: str) -> Path:
        return private_folder(self._folder) / file_name(recipe_id)


def _plan_from(data: bytes, path: Path) -> Plan:
    content, _ = FORMAT.parse(data, path)
    try:
        return plan_from_document(content["plan"])
    except (DataError, KeyError) as error:
        raise ValueError(f"no plan this Segue can read in it: {error}") from error


KEEP = 30


WHY_KEPT = {
    "before": "before a refresh",
    "after": "after a refresh",
    "edited": "edited meanwhile",
    "restored": "after a failed write",
    "undo": "before an undo",
    "undone": "after an undo",
}
"""Why a version of a playlist was kept, in words."""


@dataclass(frozen=True, slots=True)
class Version:
    """A playlist as it stood at one moment. `id` is "v1", "v2" … within its playlist.

    `why` is one of "before", "after": kept before a refresh, read back after it; "undo", "undone":
    the same of an undo; "edited": found to have been edited meanwhile; "restored": put back after
    a write that failed.
    """

    id: str
    playlist_id: str
    recipe_id: str
    taken_at: datetime
    why: str
    run: str
    entries: tuple[PlaylistEntry, ...]
    name: str
    description: str
    snapshot_id: str

    @property
    def uris(self) -> tuple[str, ...]:
        """The URIs in order."""
        return tuple(entry.uri for entry in self.entries)

    @property
    def number(self) -> int:
        """The number in the id: later versions have higher ones, none is used twice."""
        return int(self.id[1:])


class VersionStore:
    """One file a playlist. Every change is on disk at once."""

    def __init__(self, folder: Path, keep: int = KEEP) -> None:
        self._folder = folder
        self._keep = keep

    def save(
        self, playlist: Playlist, *, recipe_id: str, why: str, run: str, now: datetime
    ) -> Version:
        """Keep a playlist as it stands; the same list as the latest version's is kept once.

        Raises StoreError when it cannot be written: then nothing may be changed on the account.
        """
        file = self._open(playlist.summary.id, create=True)
        with file.unit():
            table = file.documents("versions")
            kept = _newest_first(table.raw())
            latest = self._decode(file, kept[0]) if kept else None
            if latest and latest.uris == playlist.uris and latest.name == playlist.summary.name:
                return latest
            version = Version(
                id=f"v{latest.number + 1 if latest else 1}",
                playlist_id=playlist.summary.id,
                recipe_id=recipe_id,
                taken_at=now,
                why=why,
                run=run,
                entries=playlist.entries,
                name=playlist.summary.name,
                description=playlist.summary.description,
                snapshot_id=playlist.summary.snapshot_id,
            )
            table.put({version.id: encode(version)})
            table.drop(kept[max(0, self._keep - 1) :])
        return version

    def list(self, playlist_id: str) -> tuple[Version, ...]:
        """The kept versions of a playlist, newest first."""
        file = self._open(playlist_id)
        return tuple(
            self._decode(file, name) for name in _newest_first(file.documents("versions").raw())
        )

    def get(self, playlist_id: str, version_id: str) -> Version:
        """One version. Raises UsageError naming those there are."""
        file = self._open(playlist_id)
        names = _newest_first(file.documents("versions").raw())
        if version_id in names:
            return self._decode(file, version_id)
        there = ", ".join(names) or "none"
        raise UsageError(f"no version {version_id!r} of this playlist is kept; there are: {there}")

    def _open(self, playlist_id: str, *, create: bool = False) -> Documents:
        if create:
            private_folder(self._folder)
        return Documents(self._folder / file_name(playlist_id))

    def _decode(self, file: Documents, version_id: str) -> Version:
        document = file.documents("versions").raw()[version_id]
        return decode(Version, document, file.file.path, f"version {version_id}")


def _newest_first(names: Iterable[str]) -> list[str]:
    return sorted(names, key=lambda name: int(name[1:]), reverse=True)
