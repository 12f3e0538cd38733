"""The journal of writes: what is about to be done to an account, on disk before it is done."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from segue.errors import StoreError
from segued.store.files.atomic import (
    file_name,
    private_folder,
    read_with_last_good,
    sync_folder,
    write_atomically,
)
from segued.store.files.encoding import decode
from segued.store.files.format import Document, Format

FORMAT = Format()

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Intent:
    """A write that was begun: everything a later start needs to finish it or to take it back.

    `playlist_id` is None while the playlist is yet to be created. `before` is the list that was
    read just before, `after` the one wanted; `version_id` the version kept of the list before.
    `text` is the description the recipe asks for, `description` the same with Segue's mark.
    `least` and `most` are the fewest and the most rows that may stand there meanwhile; `reorder`
    says whether Spotify moves rows of this playlist. `models` marks the models the plan used;
    `holds` is the period in which what an undo brought back is left alone.
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
        intent, _ = read_with_last_good(path, lambda data: _parse(data, path))
        if intent is None:
            raise StoreError(f"{path}: went away while it was being read; try again")
        return decode(Intent, intent, path, path.stem)


def _parse(data: bytes, path: Path) -> Document:
    intent = FORMAT.parse(data, path)[0].get("intent")
    if not isinstance(intent, dict):
        raise ValueError("no intent in it")
    return intent
