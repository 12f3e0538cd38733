"""What the client answers with, beside the values of the library itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

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
    `next_offset` None on the last page.
    """

    rows: tuple[Row | None, ...]
    offset: int
    total: int | None
    next_offset: int | None

    @property
    def items(self) -> tuple[Row, ...]:
        """The rows that could be read."""
        return tuple(row for row in self.rows if row is not None)

    @property
    def unreadable(self) -> int:
        """How many rows could not be read."""
        return sum(row is None for row in self.rows)


@dataclass(frozen=True, slots=True)
class AlbumTracks:
    """How an album's tracks were told: the ids in order and whether these are all of them."""

    track_ids: tuple[str, ...]
    complete: bool
