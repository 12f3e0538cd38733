"""Deleting what Segue has stored on this machine. Nothing on the account is touched."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from segue.errors import StoreError
from segued.store.files import last_good
from segued.store.state import State

KINDS: dict[str, tuple[str, ...]] = {
    "library": ("library.json",),
    "plays": ("plays", "history.npz"),
    "playlists": ("playlists.json",),
    "features": ("features.json", "tables", "feature-table.parquet"),
    "lyrics": ("lyrics.json", "vectors", "encoders"),
    "models": ("models",),
    "versions": ("versions", "journal"),
    "runs": ("runs.json", "plans"),
    "budget": ("budget.json",),
    "login": ("auth.json",),
}
"""What can be deleted, and the files and folders of the state it lies in."""


@dataclass(frozen=True, slots=True)
class Purged:
    """What went, or would go: paths, and plays that were too old."""

    paths: tuple[Path, ...]
    plays: int = 0


def purge(folder: Path, kinds: Iterable[str], *, dry_run: bool) -> Purged:
    """Delete kinds of stored things. The caller holds the writer's lock.

    Raises StoreError where something cannot be deleted; what is left can be deleted again.
    """
    named = (folder / name for kind in kinds for name in KINDS[kind])
    found = tuple(path for name in named for path in (last_good(name), name) if path.exists())
    for path in () if dry_run else found:
        try:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
        except OSError as error:
            raise StoreError(f"{path}: cannot be deleted ({error.strerror})") from error
    return Purged(found)


def purge_plays(state: State, older_than: timedelta, now: datetime, *, dry_run: bool) -> Purged:
    """Delete plays from before a time. The caller holds the writer's lock."""
    moment = now - older_than
    if dry_run:
        recent = sum(play.played_at < moment for play in state.plays.all())
        return Purged((), recent + state.history.count_before(moment))
    count = state.plays.drop_before(moment) + state.history.drop_before(moment)
    state.plays.commit()
    return Purged((), count)
