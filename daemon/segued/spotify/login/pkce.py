"""The token endpoint: spotipy's PKCE manager, made safe for a service.

The manager keeps what it gets through a CacheHandler over our AuthStore. Its session judges every
answer first, so that an outage is never taken for the end of a login; its debug log, which prints
refresh tokens, is switched off; none of its calls that may prompt is used.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import requests
from spotipy.cache_handler import CacheHandler
from spotipy.oauth2 import SpotifyPKCE

from segue.errors import (
    AuthorisationError,
    ForbiddenError,
    MalformedAnswerError,
    NotFoundError,
    RateLimitedError,
    ServiceError,
    UnavailableError,
    UsageError,
)
from segued.config.sections import SpotifySection
from segued.spotify.answers import PHRASES as SPOTIFY
from segued.store.access import SCOPES, AuthStore, TokenDocument
from segued.web.judging import (
    Document,
    ShortWaitError,
    document,
    error_for,
    seconds,
    service_words,
    text,
)
from segued.web.transport import Limits, bounded_session

ENDPOINT = "POST /api/token"

PHRASES = replace(
    SPOTIFY,
    redirected=(
        "{asked} was answered with a redirection ({status}). Check `[spotify] accounts_url`."
    ),
    forbidden="Spotify answered {asked} with {status}.{said}",
    unavailable="Spotify answered {asked} with {status}. The login is kept; try again later.",
    unreachable=(
        "{asked} could not be reached to renew the login ({cause}). The login itself is kept; try "
        "again later."
    ),
    garbled="Spotify's answer to {asked} is not JSON. The login is kept; try again later.",
    limited="Spotify asks to leave {asked} alone until {until}. The login is kept.",
    quota="Spotify asks to leave {asked} alone until {until}. The login is kept.",
)

USUAL_LIFE = 3600
"""How many seconds an access token is taken to live where Spotify says nothing sensible."""
LONGEST_LIFE = 24 * 3600
MAX_BYTES = 256 * 1024
_TOKEN_FIELD = re.compile(r'"(access_token|refresh_token)"\s*:\s*"([\x21\x23-\x5b\x5d-\x7e]+)"')
_TOKEN = re.compile(r"[\x21-\x7e]{1,4096}")


class GrantRefusedError(AuthorisationError):
    """The token endpoint said `invalid_grant`: the code or refresh token is dead, or so it says."""


class AuthStoreCache(CacheHandler):  # type: ignore[misc]  # spotipy ships no types
    """spotipy's cache of tokens over our store: atomic, 0600, and never silently losing a field.

    `authorized_at` is when the user agreed, for the answer to a login; None for a refresh, whose
    answer may omit `refresh_token` and `scope`: the one that was `sent`, and the old scope, stay.
    """

    def __init__(
        self,
        store: AuthStore,
        client_id: str,
        clock: Callable[[], datetime],
        authorized_at: datetime | None = None,
        sent: str | None = None,
    ) -> None:
        self._store = store
        self._client_id = client_id
        self._clock = clock
        self._authorized_at = authorized_at
        self._sent = sent

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
        """Nothing: `store_answer` has put the answer on disk before spotipy looked at it."""

    def store_answer(self, answer: Document) -> TokenDocument | None:
        """Store an answer of the token endpoint, on disk before this returns.

        The new refresh token counts most, since the old one may be dead already: it is stored
        whatever the rest of the answer looks like. Where there is no access token that can be
        sent, the login stands as one that has to be renewed, and None is given.
        """
        access, refresh = _sendable(answer.get("access_token")), text(answer.get("refresh_token"))
        if not access and not refresh:
            return None
        known = self._store.token() if self._authorized_at is None else None
        now = self._clock()
        lifetime = seconds(answer.get("expires_in")) or USUAL_LIFE
        lifetime = lifetime if lifetime <= LONGEST_LIFE else USUAL_LIFE
        token = TokenDocument(
            access_token=access,
            refresh_token=refresh or self._sent,
            expires_at=now + timedelta(seconds=lifetime if access else 0),
            scope=text(answer.get("scope")) or (known.scope if known else " ".join(SCOPES)),
            authorized_at=self._authorized_at or (known.authorized_at if known else now),
            client_id=self._client_id,
        )
        self._store.set_token(token)
        return token if access else None


def _sendable(token: object) -> str:
    """An access token that can stand in a header, else an empty text."""
    found = text(token)
    return found if _TOKEN.fullmatch(found) else ""


def manager(
    settings: SpotifySection,
    store: AuthStore,
    clock: Callable[[], datetime],
    *,
    redirect_uri: str = "http://127.0.0.1",
    authorized_at: datetime | None = None,
    sent: str | None = None,
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
    cache = AuthStoreCache(store, settings.client_id, clock, authorized_at, sent)

    def judge(answer: requests.Response, **_: object) -> None:
        raise_for_answer(answer, clock())
        token = cache.store_answer(_answer_in(answer))
        if token is None:
            raise MalformedAnswerError(
                f"{ENDPOINT} was answered without an access token that can be read. The login is "
                "kept; try again later."
            )
        # spotipy calculates with what it reads, so it is given what was understood.
        understood = {
            "access_token": token.access_token,
            "refresh_token": token.refresh_token,
            "scope": token.scope,
            "expires_in": USUAL_LIFE,
        }
        answer.json = lambda **_: understood  # type: ignore[method-assign]

    timeout = settings.timeout_seconds
    limits = Limits(timeout_seconds=timeout, deadline_seconds=2 * timeout, max_bytes=MAX_BYTES)
    session = bounded_session("Spotify", limits)
    session.hooks["response"].append(judge)
    pkce = SpotifyPKCE(
        client_id=settings.client_id,
        redirect_uri=redirect_uri,
        scope=" ".join(SCOPES),
        requests_session=session,
        requests_timeout=settings.timeout_seconds,
        open_browser=False,
        cache_handler=cache,
    )
    pkce.OAUTH_AUTHORIZE_URL = f"{settings.accounts_url}/authorize"
    pkce.OAUTH_TOKEN_URL = f"{settings.accounts_url}/api/token"
    return pkce


def unreachable(error: requests.RequestException, settings: SpotifySection) -> UnavailableError:
    """A failure of the network on the way to the token endpoint, in our words."""
    return UnavailableError(
        PHRASES.unreachable.format(asked=settings.accounts_url, cause=type(error).__name__)
    )


def _answer_in(response: requests.Response) -> Document:
    """The JSON of an answer, or of one that is garbled or cut short the tokens in it."""
    try:
        return document(response.json())
    except ValueError:
        body = response.content.decode(errors="replace")
        return dict(_TOKEN_FIELD.findall(body))


def raise_for_answer(response: requests.Response, now: datetime) -> None:
    """Raise the error of ours that an answer of the token endpoint stands for.

    Raises GrantRefusedError (`invalid_grant`), AuthorisationError (an unknown app),
    RateLimitedError, UnavailableError, MalformedAnswerError (a redirection) and ServiceError.
    """
    error = error_for(response, ENDPOINT, PHRASES, now)
    if isinstance(error, ShortWaitError):
        raise error.refusal
    reason, _ = service_words(response)
    if isinstance(error, (UnavailableError, RateLimitedError)):
        raise error
    if error is not None and reason == "invalid_grant":
        raise GrantRefusedError(f"Spotify answered {ENDPOINT} with invalid_grant.")
    if error is not None and reason in ("invalid_client", "unauthorized_client"):
        raise AuthorisationError(
            f"Spotify does not know this app ({reason}). Check `[spotify] client_id`, then run "
            "`segue auth login`."
        )
    if isinstance(error, (ForbiddenError, NotFoundError)):
        # Those two speak of a playlist or track elsewhere, and would be taken to do so here.
        raise ServiceError(str(error), status=error.status)
    if error is not None:
        raise error
