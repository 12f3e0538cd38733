"""Versions of playlists, kept before each write, so that any of them can be brought back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from segue.errors import StoreError
from segue.playlists.library import Playlist, PlaylistEntry
from segued.store.files.atomic import file_name, private_folder
from segued.store.files.encoding import decode, encode
from segued.store.files.storage import Documents

KEEP = 30


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
        """One version. Raises StoreError naming those there are."""
        file = self._open(playlist_id)
        names = _newest_first(file.documents("versions").raw())
        if version_id in names:
            return self._decode(file, version_id)
        there = ", ".join(names) or "none"
        raise StoreError(f"no version {version_id!r} of this playlist is kept; there are: {there}")

    def _open(self, playlist_id: str, *, create: bool = False) -> Documents:
        if create:
            private_folder(self._folder)
        return Documents(self._folder / file_name(playlist_id))

    def _decode(self, file: Documents, version_id: str) -> Version:
        document = file.documents("versions").raw()[version_id]
        return decode(Version, document, file.file.path, f"version {version_id}")


def _newest_first(names: Iterable[str]) -> list[str]:
    return sorted(names, key=lambda name: int(name[1:]), reverse=True)
