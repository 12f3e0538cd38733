"""One playlist of an account: its rows, its snapshot id and the versions it went through."""

from __future__ import annotations

import base64
import copy
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

VERSIONS_KEPT = 50


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what it is, when it was added and by whom."""

    uri: str
    added_at: datetime
    added_by: str

    @property
    def is_local(self) -> bool:
        """Whether the row is a file on the listener's own disk."""
        return self.uri.startswith("spotify:local:")


@dataclass(slots=True)
class Stale:
    """How a playlist is still shown after a write: with these rows, or as this version, for so
    many reads and until a moment; None is no bound."""

    rows: tuple[Row, ...] | None = None
    version: int | None = None
    reads: int | None = None
    until: datetime | None = None


@dataclass(slots=True)
class PlaylistRecord:
    """A playlist with its history. Every change of rows or details is a new version."""

    id: str
    name: str
    owner_id: str
    owner_name: str
    description: str = ""
    public: bool = True
    collaborative: bool = False
    rows: tuple[Row, ...] = ()
    cover: bytes | None = None
    version: int = 1
    versions: dict[str, tuple[Row, ...]] = field(default_factory=dict)
    stale: list[Stale] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._keep()

    @property
    def snapshot_id(self) -> str:
        """The name of the present version: 32 characters of base 64, as Spotify's are."""
        digest = hashlib.sha1(f"{self.id}:{self.version}".encode(), usedforsecurity=False)
        return base64.b64encode(self.version.to_bytes(4, "big") + digest.digest()).decode()

    @property
    def uris(self) -> tuple[str, ...]:
        """The URIs in order."""
        return tuple(row.uri for row in self.rows)

    @property
    def spotify_owned(self) -> bool:
        """Whether Spotify made it: such a playlist cannot be read by apps."""
        return self.owner_id == "spotify"

    def changed(self, rows: Sequence[Row] | None = None) -> str:
        """Enter a new version, with `rows` if they changed, and give its snapshot id."""
        if rows is not None:
            self.rows = tuple(rows)
        self.version += 1
        self._keep()
        return self.snapshot_id

    def seen(self, now: datetime, *, read: bool = True) -> PlaylistRecord:
        """The playlist as a request sees it, which may be how it was; a `read` counts as one."""
        self.stale = [
            each
            for each in self.stale
            if each.reads != 0 and (each.until is None or now < each.until)
        ]
        if not self.stale:
            return self
        shown = copy.copy(self)
        for each in self.stale:
            shown.rows = shown.rows if each.rows is None else each.rows
            shown.version = shown.version if each.version is None else each.version
            if read and each.reads is not None:
                each.reads -= 1
        return shown

    def _keep(self) -> None:
        self.versions[self.snapshot_id] = self.rows
        while len(self.versions) > VERSIONS_KEPT:
            del self.versions[next(iter(self.versions))]


def moved(rows: Sequence[Row], start: int, insert_before: int, length: int) -> tuple[Row, ...]:
    """Rows with `length` of them from `start` moved to stand before the row at `insert_before`.

    Both positions count in the order before the move. Raises ValueError outside the list.
    """
    if start < 0 or length < 1 or start + length > len(rows):
        raise ValueError("range_start or range_length is outside the playlist")
    if not 0 <= insert_before <= len(rows):
        raise ValueError("insert_before is outside the playlist")
    block = list(rows[start : start + length])
    if start <= insert_before <= start + length:
        return tuple(rows)
    rest = [*rows[:start], *rows[start + length :]]
    target = insert_before if insert_before < start else insert_before - length
    return (*rest[:target], *block, *rest[target:])
