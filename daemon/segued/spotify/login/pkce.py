"""The token endpoint: spotipy's PKCE manager, made safe for a service.

The manager keeps what it gets through a CacheHandler over our AuthStore. Its session judges every
answer first, so that an outage is never taken for the end of a login; its debug log, which prints
refresh tokens, is switched off; none of its calls that may prompt is used.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

import requests
from spotipy.cache_handler import CacheHandler
from spotipy.oauth2 import SpotifyPKCE

from segue.errors import (
    AuthorisationError,
    MalformedAnswerError,
    RateLimitedError,
    ServiceError,
    UnavailableError,
    UsageError,
)
from segued.config.schema import SpotifySection
from segued.spotify.answers import WAIT_UNSAID, retry_after
from segued.store.auth import AuthStore, TokenDocument
from segued.web.transport import read_in_time
from segued.web.values import document, text, whole

SCOPES = (
    "user-library-read",
    "playlist-read-private",
    "playlist-read-collaborative",
    "playlist-modify-private",
    "playlist-modify-public",
    "user-top-read",
    "user-read-recently-played",
)
"""What Segue asks for, and cannot work without."""

ENDPOINT = "POST /api/token"


class GrantRefusedError(AuthorisationError):
    """The token endpoint said `invalid_grant`: the code or refresh token is dead, or so it says."""


class AuthStoreCache(CacheHandler):  # type: ignore[misc]  # spotipy ships no types
    """spotipy's cache of tokens over our store: atomic, 0600, and never silently losing a field.

    `authorized_at` is when the user agreed, for the answer to a login; None for a refresh, whose
    answer may omit `refresh_token` and `scope`: the old ones then stay.
    """

    def __init__(
        self,
        store: AuthStore,
        client_id: str,
        clock: Callable[[], datetime],
        authorized_at: datetime | None = None,
    ) -> None:
        self._store = store
        self._client_id = client_id
        self._clock = clock
        self._authorized_at = authorized_at

    def get_cached_token(self) -> dict[str, object] | None:
        """The stored login in spotipy's words, or None."""
        token = self._store.token()
        if token is None or token.refresh_token is None:
            return None
        return {
            "access_token": token.access_token,
            "refresh_token": token.refresh_token,
            "expires_at": int(token.expires_at.timestamp()),
            "scope": token.scope,
        }

    def save_token_to_cache(self, token_info: dict[str, object]) -> None:
        """Store an answer of the token endpoint, on disk before this returns."""
        known = self._store.token() if self._authorized_at is None else None
        now = self._clock()
        self._store.set_token(
            TokenDocument(
                access_token=text(token_info.get("access_token")),
                refresh_token=text(token_info.get("refresh_token"))
                or (known.refresh_token if known else None),
                expires_at=now + timedelta(seconds=whole(token_info.get("expires_in")) or 0),
                scope=text(token_info.get("scope")) or (known.scope if known else " ".join(SCOPES)),
                authorized_at=self._authorized_at or (known.authorized_at if known else now),
                client_id=self._client_id,
            )
        )


def manager(
    settings: SpotifySection,
    store: AuthStore,
    clock: Callable[[], datetime],
    *,
    redirect_uri: str = "http://127.0.0.1",
    authorized_at: datetime | None = None,
) -> SpotifyPKCE:
    """spotipy's PKCE manager for this account, asking only `accounts_url`.

    Raises UsageError where no client id is configured. Its calls raise errors of ours; network
    failures stay `requests.RequestException` and are `unreachable`'s to word.
    """
    if not settings.client_id:
        raise UsageError(
            "No Spotify app is configured. Put the Client ID of your app at "
            "developer.spotify.com into `[spotify] client_id`, or run `segue init`."
        )
    logging.getLogger("spotipy.oauth2").setLevel(logging.WARNING)
    session = requests.Session()
    session.max_redirects = 0

    def judge(answer: requests.Response, **_: object) -> requests.Response:
        complete = read_in_time(answer, settings.timeout_seconds)
        _judge(complete, clock)
        return complete

    session.hooks["response"].append(judge)
    pkce = SpotifyPKCE(
        client_id=settings.client_id,
        redirect_uri=redirect_uri,
        scope=" ".join(SCOPES),
        requests_session=session,
        requests_timeout=settings.timeout_seconds,
        open_browser=False,
        cache_handler=AuthStoreCache(store, settings.client_id, clock, authorized_at),
    )
    pkce.OAUTH_AUTHORIZE_URL = f"{settings.accounts_url}/authorize"
    pkce.OAUTH_TOKEN_URL = f"{settings.accounts_url}/api/token"
    return pkce


def unreachable(error: requests.RequestException, settings: SpotifySection) -> UnavailableError:
    """A failure of the network on the way to the token endpoint, in our words."""
    return UnavailableError(
        f"{settings.accounts_url} could not be reached to renew the login "
        f"({type(error).__name__}). The login itself is kept; try again later."
    )


def _judge(response: requests.Response, clock: Callable[[], datetime]) -> None:
    try:
        body: object = response.json()
    except ValueError:
        body = None
    answer, status = document(body), response.status_code
    if status < 300:
        if not text(answer.get("access_token")) or whole(answer.get("expires_in")) is None:
            raise MalformedAnswerError(
                f"{ENDPOINT} was answered without an access token that can be read. The login is "
                "kept; try again later.",
                status=status,
            )
        return
    error = text(answer.get("error"))
    if status == 429:
        now = clock()
        asked = retry_after(response.headers.get("Retry-After"), now)
        until = now + (WAIT_UNSAID if asked is None else asked)
        raise RateLimitedError(
            f"Spotify asks to leave {ENDPOINT} alone until {until:%Y-%m-%d %H:%M:%S} UTC. "
            "The login is kept.",
            retry_at=until,
        )
    if status >= 500:
        raise UnavailableError(
            f"Spotify answered {ENDPOINT} with {status}. The login is kept; try again later.",
            status=status,
        )
    if error == "invalid_grant":
        raise GrantRefusedError(f"Spotify answered {ENDPOINT} with invalid_grant.")
    if error in ("invalid_client", "unauthorized_client"):
        raise AuthorisationError(
            f"Spotify does not know this app ({error}). Check `[spotify] client_id`, then run "
            "`segue auth login`."
        )
    said = error or "no reason given"
    raise ServiceError(f"Spotify answered {ENDPOINT} with {status} ({said}).", status=status)
