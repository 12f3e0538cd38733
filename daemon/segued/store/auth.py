"""The login: tokens, what they allow, when they end, and dead ones kept in case
the service was wrong.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from segued.config.secrets import remember_secret
from segued.store.files.atomic import remove
from segued.store.files.format import decode, encode
from segued.store.files.storage import Documents

_LOGIN = "login"


@dataclass(frozen=True, slots=True)
class SuspectToken:
    """A refresh token a service called dead; it once said so falsely, so it is kept a while."""

    refresh_token: str = field(repr=False)
    suspected_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class TokenDocument:
    """A login. `authorized_at` is when the user agreed: refresh tokens die six months later.

    `suspects` is newest first. The repr shows no secret.
    """

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    expires_at: datetime
    scope: str
    authorized_at: datetime
    client_id: str = ""
    suspects: tuple[SuspectToken, ...] = ()


class AuthStore:
    """`auth.json`, 0600. Every change is on disk at once; nothing of it is ever logged."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = Documents(path)
        self._logins = self._file.documents("logins")

    @property
    def warning(self) -> str | None:
        """What had to be repaired when the file was opened."""
        return self._file.file.warning

    def token(self) -> TokenDocument | None:
        """The login as last stored by any process, or None where nobody is logged in."""
        self._file.file.refresh()
        document = self._logins.find(_LOGIN)
        if document is None:
            return None
        token = decode(TokenDocument, document, self._path, _LOGIN)
        _remember(token)
        return token

    def set_token(self, token: TokenDocument) -> None:
        """Replace the login."""
        _remember(token)
        with self._file.unit():
            self._logins.put({_LOGIN: encode(token)})

    def clear(self) -> None:
        """Log out: the file and its last good copy are removed, no token stays on the disk."""
        with self._file.unit():
            remove(self._path)
            self._file.file.forget()

    def close(self) -> None:
        """Let the documents go."""
        self._file.close()


def _remember(token: TokenDocument) -> None:
    """Let no message show these tokens, whoever writes them into it."""
    for secret in (token.access_token, token.refresh_token or ""):
        remember_secret(secret)
    for suspect in token.suspects:
        remember_secret(suspect.refresh_token)


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

LIFE_MONTHS = 6
"""Refresh tokens die this long after the user agreed; refreshing does not extend them."""


def ends_at(token: TokenDocument) -> datetime:
    """When the login dies: six calendar months after the user agreed."""
    start = token.authorized_at
    months = start.month - 1 + LIFE_MONTHS
    year, month = start.year + months // 12, months % 12 + 1
    day = min(start.day, calendar.monthrange(year, month)[1])
    return start.replace(year=year, month=month, day=day)


def days_left(token: TokenDocument, now: datetime) -> int:
    """Whole days until the login dies; 0 on its last day and after."""
    return max(0, (ends_at(token) - now).days)


@dataclass(frozen=True, slots=True)
class LoginStatus:
    """How a login stands. `days_left` is None where nobody is logged in or the login has ended."""

    logged_in: bool
    authorized_at: datetime | None = None
    ends_at: datetime | None = None
    days_left: int | None = None
    missing_scopes: tuple[str, ...] = ()
    suspect: bool = False


def login_status(store: AuthStore, now: datetime) -> LoginStatus:
    """How the stored login stands, without asking anybody."""
    token = store.token()
    if token is None:
        return LoginStatus(logged_in=False)
    alive = token.refresh_token is not None
    return LoginStatus(
        logged_in=alive and now < ends_at(token),
        authorized_at=token.authorized_at,
        ends_at=ends_at(token),
        days_left=days_left(token, now) if alive else None,
        missing_scopes=missing_scopes(token),
        suspect=not alive and bool(token.suspects),
    )


def missing_scopes(token: TokenDocument) -> tuple[str, ...]:
    """The scopes Segue needs and the login lacks."""
    return tuple(scope for scope in SCOPES if scope not in token.scope.split())


def logout(store: AuthStore) -> bool:
    """Forget the login, suspect tokens too; whether there was one."""
    known = store.token() is not None
    store.clear()
    return known
