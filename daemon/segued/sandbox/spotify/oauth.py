"""Authorisation as accounts.spotify.com does it: PKCE, tokens, refresh, and their deaths."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from threading import RLock
from urllib.parse import urlsplit

import numpy as np

from segued.sandbox.account.generator import ids
from segued.sandbox.account.world import Clock
from segued.sandbox.calls import Json, SandboxSettings

ACCESS_LIFE = timedelta(hours=1)
CODE_LIFE = timedelta(minutes=10)
REFRESH_MONTHS = 6
SCOPES = frozenset(
    {
        "ugc-image-upload",
        "user-read-playback-state",
        "user-modify-playback-state",
        "user-read-currently-playing",
        "app-remote-control",
        "streaming",
        "playlist-read-private",
        "playlist-read-collaborative",
        "playlist-modify-private",
        "playlist-modify-public",
        "user-follow-modify",
        "user-follow-read",
        "user-read-playback-position",
        "user-top-read",
        "user-read-recently-played",
        "user-library-modify",
        "user-library-read",
        "user-read-email",
        "user-read-private",
    }
)


@dataclass(frozen=True, slots=True)
class Code:
    """An authorisation code on its way to becoming a token."""

    client_id: str
    redirect_uri: str
    challenge: str
    scope: str
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class Access:
    """An access token's meaning."""

    scope: str
    expires_at: datetime
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class Refresh:
    """A refresh token's meaning. It dies six months after `authorized_at`, come what may."""

    client_id: str
    scope: str
    authorized_at: datetime
    revoked: bool = False


class GrantError(Exception):
    """A request to the token endpoint that is refused, in OAuth's words."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description

    def body(self) -> Json:
        """The refusal as OAuth words it."""
        return {"error": self.error, "error_description": self.description}


class OAuth:
    """Issues codes and tokens, keeps their meaning, and forgets nothing until asked to."""

    def __init__(self, settings: SandboxSettings, clock: Clock) -> None:
        self._lock = RLock()
        self._clock = clock
        self._rng = np.random.default_rng([settings.seed, 8])
        self.refresh_rotates = settings.refresh_rotates
        self.refresh_names_scope = settings.refresh_names_scope
        self.codes: dict[str, Code] = {}
        self.access: dict[str, Access] = {}
        self.refresh: dict[str, Refresh] = {}

    def authorise(self, query: Mapping[str, str]) -> str:
        """Make a code for the parameters of the authorise page. Raises GrantError."""
        if query.get("response_type") != "code":
            raise GrantError("unsupported_response_type", "response_type must be code")
        if query.get("code_challenge_method") != "S256" or not query.get("code_challenge"):
            raise GrantError("invalid_request", "code_challenge_method must be S256")
        scope = " ".join(query.get("scope", "").replace("+", " ").split())
        if unknown := sorted(set(scope.split()) - SCOPES):
            raise GrantError("invalid_scope", f"INVALID_SCOPE: {' '.join(unknown)}")
        with self._lock:
            code = self._random(60)
            self.codes[code] = Code(
                client_id=query["client_id"],
                redirect_uri=query["redirect_uri"],
                challenge=query["code_challenge"],
                scope=scope,
                issued_at=self._clock.now(),
            )
            return code

    def grant(self, form: Mapping[str, str]) -> Json:
        """Answer a request to the token endpoint. Raises GrantError."""
        kind = form.get("grant_type")
        if kind == "authorization_code":
            return self._redeem(form)
        if kind == "refresh_token":
            return self._renew(form)
        raise GrantError("unsupported_grant_type", "grant_type parameter is missing or unknown")

    def issue(self, client_id: str, scope: str, authorized_at: datetime) -> Json:
        """New tokens for a login that happened at `authorized_at`."""
        with self._lock:
            access, refresh = self._random(120), self._random(110)
            self.access[access] = Access(scope, self._clock.now() + ACCESS_LIFE)
            self.refresh[refresh] = Refresh(client_id, scope, authorized_at)
            return {
                "access_token": access,
                "token_type": "Bearer",
                "scope": scope,
                "expires_in": int(ACCESS_LIFE.total_seconds()),
                "refresh_token": refresh,
            }

    def check(self, authorization: str | None) -> Access | str:
        """What an Authorization header allows, or why it allows nothing, in Spotify's words."""
        if not authorization:
            return "No token provided"
        kind, _, token = authorization.partition(" ")
        with self._lock:
            access = self.access.get(token.strip())
        if kind.casefold() != "bearer" or access is None or access.revoked:
            return "Invalid access token"
        if self._clock.now() >= access.expires_at:
            return "The access token expired"
        return access

    def expire_access(self) -> None:
        """Make every access token too old, as an hour would."""
        with self._lock:
            now = self._clock.now()
            for token, access in self.access.items():
                self.access[token] = replace(access, expires_at=now)

    def revoke(self) -> None:
        """Take every token back, as the listener does by removing the app."""
        with self._lock:
            for token, access in self.access.items():
                self.access[token] = replace(access, revoked=True)
            for token, refresh in self.refresh.items():
                self.refresh[token] = replace(refresh, revoked=True)

    def saved(self) -> Json:
        """The state as plain data. It holds tokens: for the sandbox's own folder only."""
        with self._lock:
            return {
                "access": {token: asdict(grant) for token, grant in self.access.items()},
                "refresh": {token: asdict(grant) for token, grant in self.refresh.items()},
            }

    def load(self, access: Mapping[str, Access], refresh: Mapping[str, Refresh]) -> None:
        """Take back a saved state."""
        with self._lock:
            self.access.update(access)
            self.refresh.update(refresh)
            self._rng = np.random.default_rng([8, len(self.access), len(self.refresh)])

    def _redeem(self, form: Mapping[str, str]) -> Json:
        with self._lock:
            code = self.codes.pop(form.get("code", ""), None)
            if code is None:
                raise GrantError("invalid_grant", "Invalid authorization code")
            if self._clock.now() - code.issued_at > CODE_LIFE:
                raise GrantError("invalid_grant", "Authorization code expired")
            if form.get("client_id") != code.client_id:
                raise GrantError("invalid_client", "Invalid client")
            if form.get("redirect_uri") != code.redirect_uri:
                raise GrantError("invalid_grant", "Invalid redirect URI")
            if challenge_of(form.get("code_verifier", "")) != code.challenge:
                raise GrantError("invalid_grant", "code_verifier was incorrect")
            return self.issue(code.client_id, code.scope, self._clock.now())

    def _renew(self, form: Mapping[str, str]) -> Json:
        with self._lock:
            token = form.get("refresh_token", "")
            refresh = self.refresh.get(token)
            if refresh is None:
                raise GrantError("invalid_grant", "Invalid refresh token")
            if form.get("client_id") != refresh.client_id:
                raise GrantError("invalid_client", "Invalid client")
            if refresh.revoked:
                raise GrantError("invalid_grant", "Refresh token revoked")
            if self._clock.now() >= dies_at(refresh.authorized_at):
                raise GrantError("invalid_grant", "Refresh token expired")
            reply = self.issue(refresh.client_id, refresh.scope, refresh.authorized_at)
            if self.refresh_rotates:
                self.refresh[token] = replace(refresh, revoked=True)
            else:
                del self.refresh[str(reply.pop("refresh_token"))]
            if not self.refresh_names_scope:
                del reply["scope"]
            return reply

    def _random(self, length: int) -> str:
        return ids(self._rng, 1, length)[0]


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a PKCE verifier (RFC 7636, section 4.2)."""
    digest = hashlib.sha256(verifier.encode("ascii", "replace")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def dies_at(authorized_at: datetime) -> datetime:
    """Six calendar months after an authorisation: when its refresh tokens end."""
    months = authorized_at.month - 1 + REFRESH_MONTHS
    year, month = authorized_at.year + months // 12, months % 12 + 1
    first_after = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    last_day = (first_after - timedelta(days=1)).day
    return authorized_at.replace(year=year, month=month, day=min(authorized_at.day, last_day))


def redirect_problem(redirect_uri: str) -> str | None:
    """Why Spotify refuses a redirect address, or None: https, or http on a loopback address."""
    try:
        parts = urlsplit(redirect_uri)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "INVALID_CLIENT: Invalid redirect URI"
    if not host or parts.fragment:
        return "INVALID_CLIENT: Invalid redirect URI"
    if host == "localhost":
        return "INVALID_CLIENT: Insecure redirect URI"
    if parts.scheme == "https" or (parts.scheme == "http" and host in ("127.0.0.1", "::1")):
        return None
    return "INVALID_CLIENT: Insecure redirect URI"
