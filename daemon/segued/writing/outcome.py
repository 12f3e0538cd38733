"""What came of a write."""

from __future__ import annotations

from dataclasses import dataclass

from segue.errors import SegueError
from segue.playlists.plan import Status
from segued.writing.operations import Operation


@dataclass(frozen=True, slots=True)
class ApplyOutcome:
    """What came of applying a plan, or of an undo.

    `version_id` is the version kept of the list before, for undo; None where nothing was there.
    `written` is the list now on the account as far as it was read back. `dead` are tracks that
    could not be added. `error` is why it failed; its exit code is the command's.
    """

    status: Status
    playlist_id: str | None = None
    version_id: str | None = None
    snapshot_id: str | None = None
    notes: tuple[str, ...] = ()
    operations: tuple[Operation, ...] = ()
    written: tuple[str, ...] | None = None
    dead: tuple[str, ...] = ()
    error: SegueError | None = None
