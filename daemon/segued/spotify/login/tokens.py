"""Access tokens for the client: renewed when they run out, never by asking a person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import requests

from segue.errors import AuthorisationError
from segued.config.schema import SpotifySection
from segued.spotify.login.pkce import GrantRefusedError, manager, unreachable
from segued.store.access import AuthStore, SuspectToken, TokenDocument, ends_at

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
        if newest and now < ends_at(token) and now - newest.suspected_at >= SUSPECT_REST:
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
