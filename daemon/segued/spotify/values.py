"""What the client answers with, beside the values of the library itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from segue.playlists.library import PlaylistSummary

Row = TypeVar("Row")
Regime = Literal["development", "extended"]
"""How Spotify treats an app: cut down since February 2026, or as before."""


@dataclass(frozen=True, slots=True)
class User:
    """The owner of an account. `account_id` is None where Spotify does not say it."""

    id: str
    display_name: str
    account_id: str | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page of a longer list.

    `rows` keeps every position: a row that was null or cannot be understood is None, so that
    `offset` plus an index is the row's place on the server. `total` is None where not said,
    `next_offset` None on the last page. `odd` counts rows with values that were left out since
    they cannot be what they should be.
    """

    rows: tuple[Row | None, ...]
    offset: int
    total: int | None
    next_offset: int | None
    odd: int = 0

    @property
    def items(self) -> tuple[Row, ...]:
        """The rows that could be read."""
        return tuple(row for row in self.rows if row is not None)

    @property
    def unreadable(self) -> int:
        """How many rows could not be read."""
        return sum(row is None for row in self.rows)


@dataclass(frozen=True, slots=True)
class PlaylistListing:
    """The playlists an account lists, in its order.

    `complete` is False where rows could not be read or the list did not hold still: a playlist
    that is missing from it may then exist all the same.
    """

    summaries: tuple[PlaylistSummary, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class AlbumTracks:
    """How an album's tracks were told with it: how many rows, and whether these are all."""

    rows: int
    complete: bool
