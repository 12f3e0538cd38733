"""A look at whether an account still answers as it did: the first pages a sync reads, as digests.

These are the requests with which every sync begins, shaped here rather than by spotipy, whose
import costs more than they do. What differs is left to the sync; nothing is stored here.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from segue.playlists.library import PlaylistSummary
from segued.spotify import parsing
from segued.spotify.answers import PHRASES, Page, raise_for_answer
from segued.store.access import Access, AuthStore, BudgetStore
from segued.web.judging import json_of
from segued.web.service import Service
from segued.web.transport import Limits

if TYPE_CHECKING:
    from requests import Response

    from segued.config.sections import SpotifySection

PAGE = 50
LISTING = "GET /me/playlists"
_MOST_LISTED = 40
"""How many pages of playlists are looked at; more are left to the sync."""
_ATTEMPTS = 3

_ROWS: Mapping[str, Callable[[object], object | None]] = {
    "GET /me/tracks": parsing.saved_track,
    "GET /me/albums": parsing.saved_album,
    "GET /me/player/recently-played": parsing.play,
}
LISTS = frozenset(_ROWS)
"""The endpoints whose first page tells whether there is anything new behind them."""


def digest_of(value: object) -> str:
    """A digest of frozen values: equal ones have equal digests in every process."""
    return hashlib.sha256(repr(value).encode()).hexdigest()


class Glance:
    """Looks at one account. Raises what `SpotifyClient` raises, and TokenRefusedError."""

    def __init__(self, access: Access, budget: BudgetStore, clock: Callable[[], datetime]) -> None:
        self._access = access
        self._clock = clock
        self._endpoint = ""
        limits = Limits(
            timeout_seconds=access.timeout_seconds, deadline_seconds=2 * access.timeout_seconds
        )
        self._service = Service(PHRASES, limits, budget, self._judge, clock=clock, sleep=time.sleep)

    @property
    def requests(self) -> Mapping[str, int]:
        """The requests made so far, by endpoint template."""
        return self._service.budget.made

    def refused(self, endpoints: Iterable[str]) -> bool:
        """Whether one of these is left alone for now."""
        return self._service.budget.refused_until(endpoints) is not None

    def use(self, token: str) -> None:
        """Ask with this access token from now on."""
        self._service.session.headers["Authorization"] = f"Bearer {token}"

    def same(self, answers: Mapping[str, str]) -> bool:
        """Whether every endpoint answers as it did; the first that does not ends the look."""
        try:
            return all(self._now(endpoint) == before for endpoint, before in answers.items())
        finally:
            self._service.close()

    def _now(self, endpoint: str) -> str | None:
        if endpoint == LISTING:
            listed = self._listed()
            return None if listed is None else digest_of(listed)
        return digest_of(self._page(endpoint, _ROWS[endpoint], 0))

    def _listed(self) -> tuple[PlaylistSummary, ...] | None:
        found: list[PlaylistSummary] = []
        offset: int | None = 0
        for _ in range(_MOST_LISTED):
            if offset is None:
                break
            page = self._page(LISTING, parsing.summary, offset)
            found += page.items
            if page.unreadable:
                return None
            offset = page.next_offset
        return tuple(found) if offset is None and page.total == len(found) else None

    def _page(
        self, endpoint: str, row: Callable[[object], parsing.Row | None], offset: int
    ) -> Page[parsing.Row]:
        self._endpoint = endpoint
        path = endpoint.removeprefix("GET ")
        query = {"limit": PAGE} if path.endswith("played") else {"limit": PAGE, "offset": offset}
        url = f"{self._access.api_url}{path}?{urlencode(query)}"

        def send() -> object:
            answer = self._service.session.get(url)
            return parsing.expect_object(json_of(answer, endpoint, PHRASES), endpoint)

        found = self._service.call(endpoint, send, attempts=_ATTEMPTS)
        return parsing.page(found, endpoint, row, offset=offset, limit=PAGE)

    def _judge(self, answer: Response) -> None:
        raise_for_answer(answer, self._endpoint, self._clock())


def access_of(settings: SpotifySection) -> Access:
    """What of a configuration a look needs."""
    return Access(
        api_url=settings.api_url.rstrip("/"),
        accounts_url=settings.accounts_url,
        client_id=settings.client_id,
        timeout_seconds=settings.timeout_seconds,
    )


def access_token(access: Access, auth: AuthStore, clock: Callable[[], datetime]) -> str:
    """A token that is good for another minute; raises what `TokenSource` raises."""
    token = auth.token()
    good_until = clock() + timedelta(seconds=60)
    if (
        token is not None
        and token.access_token
        and token.refresh_token is not None
        and token.expires_at > good_until
        and token.client_id in ("", access.client_id)
    ):
        return token.access_token
    from segued.config.sections import SpotifySection
    from segued.spotify.calls import TokenSource

    section = SpotifySection.model_validate(asdict(access))
    return TokenSource(section, auth, clock).access_token()


def listing_digest(summaries: Iterable[PlaylistSummary]) -> str:
    """The digest of a list of playlists, as `Glance` makes it of the account's."""
    return digest_of(tuple(summaries))
