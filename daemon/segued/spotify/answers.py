"""What Spotify's answers mean: its sentences, the refusals only Spotify has, and our values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Generic, Literal, TypeVar

from segue.errors import AuthorisationError, SegueError
from segue.playlists.library import PlaylistSummary
from segued.web.judging import Phrases, error_for, service_words

if TYPE_CHECKING:
    import requests

PHRASES = Phrases(
    name="Spotify",
    redirected=(
        "{asked} was answered with a redirection ({status}). Segue asks only the address in "
        "`[spotify] api_url`; check that it is the right one."
    ),
    forbidden=(
        "Spotify does not let this app or account do {asked}.{said} An app in Development Mode "
        "reads only playlists its user owns or edits, and its owner needs Premium."
    ),
    missing="Spotify does not have what {asked} asks for.{said}",
    unavailable="Spotify answered {asked} with {status}.{said} This passes by itself as a rule.",
    refused="Spotify answered {asked} with {status}.{said}",
    unreachable=(
        "Spotify could not be reached for {asked} ({cause}). Check the network, then try again."
    ),
    garbled=(
        "Spotify's answer to {asked} is not JSON, or was cut short. Try again later; if it goes "
        "on, look what stands between Segue and Spotify."
    ),
    limited=(
        "Spotify asks to leave {asked} alone until {until}. What was read so far is kept; run the "
        "same command again then."
    ),
    quota=(
        "Spotify's daily quota for {asked} is used up until {until}. What was read so far is "
        "kept; run the same command again then."
    ),
    cooling=(
        "Spotify asked to leave {asked} alone until {until}; nothing was asked. Run the same "
        "command again then."
    ),
    cooling_quota=(
        "Spotify's daily quota for {asked} is used up until {until}; nothing was asked. Run the "
        "same command again then."
    ),
    # Twice Spotify's rolling window of 30 s.
    wait_unsaid=timedelta(seconds=60),
)

_WITH_ID = ("playlists", "albums", "artists", "tracks", "users")


class TokenRefusedError(AuthorisationError):
    """The access token was refused; a fresh one may do. Never leaves the client."""


def endpoint_of(method: str, path: str) -> str:
    """The endpoint template of a request, as budgets count it.

    `path` is relative to the API's base: ("GET", "playlists/4x…/items") is
    "GET /playlists/{id}/items".
    """
    parts = [part for part in path.split("?")[0].split("/") if part]
    if len(parts) > 1 and parts[0] in _WITH_ID:
        parts[1] = "{id}"
    return f"{method} /{'/'.join(parts)}"


def raise_for_answer(response: requests.Response, endpoint: str, now: datetime) -> None:
    """Raise the error of ours that the answer stands for; a success passes.

    Raises TokenRefusedError (401), AuthorisationError (a missing scope) and what
    `web.judging.error_for` names.
    """
    error: SegueError | None = error_for(response, endpoint, PHRASES, now)
    if error is None:
        return
    words, _ = service_words(response)
    said = f' It says: "{words}".' if words else ""
    if response.status_code == 401:
        error = TokenRefusedError(
            f"Spotify refused the access token for {endpoint}.{said} "
            "Run `segue auth login` to log in again."
        )
    elif response.status_code == 403 and "scope" in words.casefold():
        error = AuthorisationError(
            f"The login does not allow {endpoint}.{said} Run `segue auth login` to grant it."
        )
    raise error


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
    """How much of an album's tracks its answer held: how many rows, and whether these are all."""

    rows: int
    complete: bool
