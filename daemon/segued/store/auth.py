"""The login: tokens, when they end, and dead ones kept aside in case the service was wrong."""

from __future__ import annotations

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
