"""One request to Spotify: through the budget, with a fresh token, and with few, short retries.

spotipy shapes the requests and is given a plain session, so that it neither sleeps nor repeats by
itself. The token is put on by the session's `auth`, below spotipy, whose debug log therefore
never sees it. Tokens are renewed when they run out, never by asking a person.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase
from spotipy import Spotify, SpotifyException

from segue.errors import AuthorisationError, MalformedAnswerError, ServiceError, UnavailableError
from segued.config.schedule.zone import local_end
from segued.config.sections import SpotifySection
from segued.spotify import parsing
from segued.spotify.answers import PHRASES, Page, TokenRefusedError, endpoint_of, raise_for_answer
from segued.spotify.glance import LISTS, digest_of
from segued.spotify.login.pkce import GrantRefusedError, manager, unreachable
from segued.store.access import AuthStore, BudgetStore, SuspectToken, TokenDocument, ends_at
from segued.web.judging import http_date, json_of
from segued.web.service import Budget, Service
from segued.web.transport import Limits, pause

EARLY = timedelta(seconds=60)
"""An access token that ends within this is renewed before it is used."""
SUSPECT_REST = timedelta(hours=1)
"""How long a token that was called dead rests before it is tried once more."""
KEPT_SUSPECTS = 3


class TokenSource:
    """The access token of the logged-in user. For one thread; processes share the store."""

    def __init__(
        self, settings: SpotifySection, store: AuthStore, clock: Callable[[], datetime]
    ) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock

    def access_token(self) -> str:
        """A token that is good for another minute at least.

        Raises AuthorisationError where nobody is logged in or the login has ended, and
        UnavailableError, RateLimitedError or MalformedAnswerError where it cannot be renewed for
        now.
        """
        token = self._known()
        if token.refresh_token is None:
            return self._try_suspect(token)
        if token.access_token and token.expires_at - self._clock() > EARLY:
            return token.access_token
        return self._refresh(token, token.refresh_token)

    def renew(self, refused: str) -> str:
        """Another token in place of one the API refused; raises as `access_token` does."""
        token = self._known()
        if token.refresh_token is None:
            return self._try_suspect(token)
        if token.access_token and token.access_token != refused:
            return token.access_token
        return self._refresh(token, token.refresh_token)

    def _known(self) -> TokenDocument:
        token = self._store.token()
        if token is None:
            raise AuthorisationError("Nobody is logged in to Spotify. Run `segue auth login`.")
        if token.client_id and token.client_id != self._settings.client_id:
            raise AuthorisationError(
                "The login belongs to another app than `[spotify] client_id` names. "
                "Run `segue auth login`."
            )
        return token

    def _refresh(self, token: TokenDocument, refresh_token: str) -> str:
        pkce = manager(self._settings, self._store, self._clock, sent=refresh_token)
        try:
            pkce.refresh_access_token(refresh_token)
        except requests.RequestException as error:
            raise unreachable(error, self._settings) from error
        except GrantRefusedError as error:
            latest = self._store.token()
            if latest and latest.refresh_token and latest.refresh_token != token.refresh_token:
                return latest.access_token  # another process renewed it a moment ago
            self._suspect(token, refresh_token)
            raise self._ended(token) from error
        return self._known().access_token

    def _suspect(self, token: TokenDocument, refresh_token: str) -> None:
        """Keep a token that was called dead aside: Spotify once said so during an outage."""
        now = self._clock()
        others = [each for each in token.suspects if each.refresh_token != refresh_token]
        fresh = SuspectToken(refresh_token, suspected_at=now, reason="invalid_grant")
        kept = (fresh, *others)[:KEPT_SUSPECTS]
        self._store.set_token(
            replace(token, access_token="", refresh_token=None, expires_at=now, suspects=kept)
        )

    def _try_suspect(self, token: TokenDocument) -> str:
        now = self._clock()
        newest = token.suspects[0] if token.suspects else None
        if newest and now < ends_at(token) and abs(now - newest.suspected_at) >= SUSPECT_REST:
            return self._refresh(token, newest.refresh_token)
        raise self._ended(token)

    def _ended(self, token: TokenDocument) -> AuthorisationError:
        agreed = token.authorized_at.date().isoformat()
        if self._clock() >= ends_at(token):
            why = "logins end six months after one agreed"
        else:
            why = "it was withdrawn, or Spotify is wrong for the moment"
        return AuthorisationError(
            f"The login to Spotify of {agreed} has ended: {why}. Run `segue auth login`; "
            "nothing else is lost."
        )


READ_ATTEMPTS = 3
"""How often a GET is sent in all where the network or the service fails."""
PAUSE_SECONDS = 0.5
DOWN_PAUSE = timedelta(minutes=5)
"""When Spotify is worth another try after it could not be reached."""

Row = TypeVar("Row")


class _Bearer(AuthBase):
    """Puts the access token on a request; its repr shows nothing."""

    def __init__(self) -> None:
        self.token = ""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self.token}"
        return request


class Caller:
    """Makes calls of one spotipy object, which is `spotify`.

    Reads may be made side by side. `sleep` takes seconds and is never given more than five.
    """

    def __init__(
        self,
        api_url: str,
        tokens: TokenSource,
        store: BudgetStore,
        *,
        timeout_seconds: float,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None],
    ) -> None:
        self._tokens = tokens
        self._sleep = sleep
        self._clock = clock
        self._base = urlsplit(api_url).path.rstrip("/")
        self._bearer = _Bearer()
        self._renewing = threading.Lock()
        limits = Limits(timeout_seconds=timeout_seconds, deadline_seconds=2 * timeout_seconds)
        self._service = Service(PHRASES, limits, store, self._judge, clock=clock, sleep=sleep)
        self._service.session.auth = self._bearer
        self.spotify = Spotify(
            requests_session=self._service.session, requests_timeout=timeout_seconds
        )
        self.spotify.prefix = api_url.rstrip("/") + "/"
        self.odd_rows = 0
        """How many rows had values that could not be read, and were left out, so far."""
        self.clock_ahead = timedelta()
        """How far this machine's clock is ahead of the date of the last answer that had one."""
        self.first_pages: dict[str, str] = {}
        """Digests of the first pages read, by endpoint, as `Glance` compares them."""

    @property
    def budget(self) -> Budget:
        """What may be asked now."""
        return self._service.budget

    def close(self) -> None:
        """Close the connections."""
        self._service.close()

    def read(self, endpoint: str, send: Callable[[], object]) -> object:
        """Send a GET and give its JSON, which is an object.

        Failures of the network, 5xx and bodies that are no JSON are asked again, three times in
        all. Raises what `raise_for_answer` raises, UnavailableError and MalformedAnswerError.
        """
        return self._send(endpoint, send, READ_ATTEMPTS)

    def page(
        self,
        endpoint: str,
        send: Callable[[], object],
        row: Callable[[object], Row | None],
        *,
        offset: int,
        limit: int,
    ) -> Page[Row]:
        """Read a page of a list; raises as `read` does."""
        page = parsing.page(self.read(endpoint, send), endpoint, row, offset=offset, limit=limit)
        with self._renewing:
            self.odd_rows += page.odd
        if offset == 0 and endpoint in LISTS:
            self.first_pages[endpoint] = digest_of(page)
        return page

    def write(self, endpoint: str, send: Callable[[], object]) -> object:
        """Send a POST, PUT or DELETE once, and give its JSON or None where there is none.

        Only a refusal that certainly changed nothing (a short Retry-After, an old token) is
        followed by another try. UnavailableError is ambiguous: the write may have happened.
        """
        try:
            return self._send(endpoint, send, 1)
        except MalformedAnswerError as error:
            if error.status is not None and error.status >= 300:
                raise
            raise UnavailableError(
                f"What Spotify answered to {endpoint} cannot be read, so it is not known whether "
                "it took effect; the playlist is read back."
            ) from error

    def _send(self, endpoint: str, send: Callable[[], object], attempts: int) -> object:
        try:
            return self._authorised(endpoint, send, attempts)
        except UnavailableError as error:
            until = self._clock() + DOWN_PAUSE
            raise UnavailableError(
                f"{error} The next try is worth it after {local_end(until)}.",
                status=error.status,
                retry_at=until,
            ) from error

    def _authorised(self, endpoint: str, send: Callable[[], object], attempts: int) -> object:
        def shaped() -> object:
            try:
                return send()
            except SpotifyException as error:
                # Only spotipy's own checks of ids come here; answers are judged before it sees them
                raise ServiceError(f"{endpoint} was not asked: {error.msg}", status=400) from error

        with self._renewing:
            sent = self._bearer.token = self._access_token()
        try:
            return self._service.call(endpoint, shaped, attempts=attempts, delay=PAUSE_SECONDS)
        except TokenRefusedError:
            with self._renewing:
                self._bearer.token = self._tokens.renew(sent)
        try:
            return self._service.call(endpoint, shaped, attempts=attempts, delay=PAUSE_SECONDS)
        except TokenRefusedError as error:
            raise AuthorisationError(str(error)) from error

    def _access_token(self) -> str:
        for attempt in range(READ_ATTEMPTS - 1):
            try:
                return self._tokens.access_token()
            except (UnavailableError, MalformedAnswerError):
                pause(PAUSE_SECONDS * 2**attempt, self._sleep)
        return self._tokens.access_token()

    def _judge(self, answer: requests.Response) -> None:
        method = answer.request.method or ""
        path = urlsplit(answer.request.url or "").path.removeprefix(self._base)
        endpoint = endpoint_of(method, path)
        if (dated := http_date(answer.headers.get("Date", ""))) is not None:
            self.clock_ahead = self._clock() - dated
        raise_for_answer(answer, endpoint, self._clock())
        if method == "GET":
            # spotipy would make None of what is no JSON, or stumble over what is no object
            parsing.expect_object(json_of(answer, endpoint, PHRASES), endpoint)
