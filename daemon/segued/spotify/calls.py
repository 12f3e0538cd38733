"""One request to Spotify: through the budget, with a fresh token, and with few, short retries.

spotipy is given a plain session, so that it neither sleeps nor repeats by itself. The token is
put on by the session's `auth`, below spotipy, whose debug log therefore never sees it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

import orjson
import requests
from requests.auth import AuthBase
from spotipy import Spotify, SpotifyException

from segue.errors import (
    AuthorisationError,
    MalformedAnswerError,
    RateLimitedError,
    ServiceError,
    UnavailableError,
)
from segued.spotify.answers import (
    SHORT_WAIT,
    ShortWaitError,
    TokenRefusedError,
    endpoint_of,
    raise_for_answer,
)
from segued.spotify.login.tokens import TokenSource
from segued.spotify.parsing import expect_object
from segued.web.budget import Budget
from segued.web.transport import read_in_time

READ_ATTEMPTS = 3
"""How often a GET is sent in all where the network or the service fails."""
SHORT_WAITS = 3
"""How many short Retry-Afters are waited for in one call, of a read or of a write."""
FIRST_PAUSE_SECONDS = 0.5


class _Bearer(AuthBase):
    """Puts the access token on a request; its repr shows nothing."""

    def __init__(self) -> None:
        self.token = ""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self.token}"
        return request


class Caller:
    """Makes calls of one spotipy object, which is `spotify`.

    Not for several threads at once. `sleep` takes seconds and is never given more than five.
    """

    def __init__(
        self,
        api_url: str,
        tokens: TokenSource,
        budget: Budget,
        *,
        timeout_seconds: float,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None],
    ) -> None:
        self._tokens = tokens
        self._budget = budget
        self._sleep = sleep
        self._clock = clock
        self._timeout_seconds = timeout_seconds
        self._base = urlsplit(api_url).path.rstrip("/")
        self._bearer = _Bearer()
        self._session = requests.Session()
        self._session.auth = self._bearer
        self._session.max_redirects = 0
        self._session.hooks["response"].append(self._judge)
        self.spotify = Spotify(requests_session=self._session, requests_timeout=timeout_seconds)
        self.spotify.prefix = api_url.rstrip("/") + "/"

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def read(self, endpoint: str, send: Callable[[], object]) -> object:
        """Send a GET and give its JSON, which is an object.

        Failures of the network, 5xx and bodies that are no JSON are asked again, three times in
        all. Raises what `raise_for_answer` raises, UnavailableError and MalformedAnswerError.
        """
        for attempt in range(READ_ATTEMPTS - 1):
            try:
                return self._send(endpoint, send)
            except (UnavailableError, MalformedAnswerError):
                self._sleep(FIRST_PAUSE_SECONDS * 2**attempt)
        return self._send(endpoint, send)

    def write(self, endpoint: str, send: Callable[[], object]) -> object:
        """Send a POST, PUT or DELETE once, and give its JSON or None where there is none.

        Only a refusal that certainly changed nothing (a short Retry-After, an old token) is
        followed by another try. UnavailableError is ambiguous: the write may have happened.
        """
        return self._send(endpoint, send)

    def _send(self, endpoint: str, send: Callable[[], object]) -> object:
        waits, renewed = 0, False
        while True:
            self._bearer.token = self._tokens.access_token()
            self._budget.spend(endpoint)
            try:
                return self._sent(endpoint, send)
            except TokenRefusedError as error:
                if renewed:
                    raise AuthorisationError(str(error)) from error
                renewed = True
                self._tokens.renew(self._bearer.token)
            except ShortWaitError as error:
                if waits == SHORT_WAITS:
                    raise
                waits += 1
                pause = error.wait.total_seconds() + 0.1 * waits
                self._sleep(min(SHORT_WAIT.total_seconds(), pause))
            except RateLimitedError as error:
                self._budget.cool_down(endpoint, error)
                raise

    def _sent(self, endpoint: str, send: Callable[[], object]) -> object:
        try:
            return send()
        except requests.RequestException as error:
            raise UnavailableError(
                f"Spotify could not be reached for {endpoint} ({_cause(error)}). "
                "Check the network, then try again."
            ) from error
        except SpotifyException as error:
            # Only spotipy's own checks of ids come here; answers are judged before it sees them.
            raise ServiceError(f"{endpoint} was not asked: {error.msg}", status=400) from error

    def _judge(self, answer: requests.Response, **_: object) -> requests.Response:
        whole = read_in_time(answer, self._timeout_seconds)
        endpoint = self._endpoint(whole)
        raise_for_answer(whole, endpoint, self._clock)
        if whole.request.method == "GET":
            _expect_object(whole.content, endpoint)  # spotipy would make None of it, or stumble
        return whole

    def _endpoint(self, answer: requests.Response) -> str:
        path = urlsplit(answer.request.url or "").path.removeprefix(self._base)
        return endpoint_of(answer.request.method or "", path)


def _expect_object(body: bytes, endpoint: str) -> None:
    try:
        parsed: object = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedAnswerError(
            f"Spotify's answer to {endpoint} is not JSON, or was cut short. Try again later; "
            "if it goes on, look what stands between Segue and Spotify."
        ) from error
    expect_object(parsed, endpoint)


def _cause(error: requests.RequestException) -> str:
    if isinstance(error, requests.ReadTimeout):
        return "it did not answer in time"
    if isinstance(error, requests.ConnectTimeout):
        return "connecting took too long"
    if isinstance(error, requests.exceptions.SSLError):
        return "the secure connection failed"
    return "the connection failed or was cut"
