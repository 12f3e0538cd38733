"""What came of a write: of its requests, and of the whole."""

from __future__ import annotations

from dataclasses import dataclass

from segue.errors import SegueError
from segue.playlists.library import Playlist
from segue.playlists.plan import Status
from segued.refresh.write.operations import Operation


@dataclass(frozen=True, slots=True)
class Written:
    """How it ended.

    `found` is the playlist as read at the end, None where it could not be read or still showed an
    older list. `wanted` is the list that was to stand there, without what could not be added;
    `expected` what could stand there by our doing alone at the end, and `states` what could at
    any time. `requests` counts the requests that changed something. `dead` are the tracks that
    Spotify would not take, `beyond` those that were too much for the playlist, which takes
    `most_rows` then. `unmovable`: Spotify does not move its rows. `error` is why it stopped early.
    """

    found: Playlist | None
    wanted: tuple[str, ...]
    expected: tuple[tuple[str, ...], ...]
    states: tuple[tuple[str, ...], ...]
    done: tuple[Operation, ...]
    requests: int
    dead: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()
    most_rows: int | None = None
    unmovable: bool = False
    error: SegueError | None = None

    @property
    def as_wanted(self) -> bool:
        """Whether exactly the wanted list stands there."""
        return self.error is None and self.found is not None and self.found.uris == self.wanted

    @property
    def cut_short(self) -> bool:
        """Whether an edit by others ended it before everything was done."""
        return self.error is None and self.expected != (self.wanted,)

    @property
    def notes(self) -> tuple[str, ...]:
        """In words, what could not be added."""
        said = []
        if self.dead:
            said.append(f"left out, since Spotify would not take them: {', '.join(self.dead)}")
        if self.most_rows is not None:
            said.append(
                f"Spotify takes no more than {self.most_rows} rows in this playlist; the rest is "
                "left out"
            )
        return tuple(said)


@dataclass(frozen=True, slots=True)
class ApplyOutcome:
    """What came of applying a plan, or of an undo.

    `version_id` is the version kept of the list before, for undo; None where nothing was there.
    `written` is the list now on the account as far as it was read back. `dead` are tracks that
    Spotify would not take, `left_out` those and what was too much for the playlist. `error` is why
    it failed; its exit code is the command's.
    """

    status: Status
    playlist_id: str | None = None
    version_id: str | None = None
    snapshot_id: str | None = None
    notes: tuple[str, ...] = ()
    operations: tuple[Operation, ...] = ()
    written: tuple[str, ...] | None = None
    dead: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    error: SegueError | None = None
