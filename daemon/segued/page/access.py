"""Who may look at the page: links that sign in, cookies, form tokens, a password.

A secret of 32 random bytes is kept in the state folder. Everything that is handed out is signed
with it, so that only the links that were opened have to be remembered, and whoever can read the
state may make a link.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from segued.store.files.atomic import private_folder, read_with_last_good, write_atomically
from segued.store.files.format import Format

FILE = "page.json"
LINKS_FILE = "page_links.json"
FORMAT = Format()

LINK_TIME = timedelta(minutes=10)
"""How long a link of `segue page` can be opened, once."""
SESSION_TIME = timedelta(days=30)

ATTEMPTS = 10
"""Wrong passwords a minute, from all callers together, before the next is not looked at."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The secret that links, cookies and form tokens are signed with."""

    secret: bytes

    @classmethod
    def kept_in(cls, folder: Path) -> Keys:
        """The secret of a state folder, made where there is none yet. Raises StoreError."""
        path = private_folder(folder) / FILE
        found, _ = read_with_last_good(path, lambda data: _parse(data, path))
        return cls(found) if found is not None else cls.renewed(folder)

    @classmethod
    def renewed(cls, folder: Path) -> Keys:
        """Another secret: every link and cookie of the one before is void."""
        keys = cls(secrets.token_bytes(32))
        content = FORMAT.pack({"secret": keys.secret.hex()})
        write_atomically(private_folder(folder) / FILE, content, keep_previous=False)
        return keys

    def link(self, now: datetime) -> str:
        """A token that opens the page within `LINK_TIME`."""
        return self._signed("link", now + LINK_TIME)

    def is_link(self, token: str, now: datetime) -> bool:
        """Whether a token is a link's and still good."""
        return self._good("link", token, now)

    def session(self, now: datetime) -> str:
        """The value of a cookie that is good for `SESSION_TIME`."""
        return self._signed("session", now + SESSION_TIME)

    def is_session(self, cookie: str, now: datetime) -> bool:
        """Whether a cookie is of ours and still good."""
        return self._good("session", cookie, now)

    def form_token(self, cookie: str) -> str:
        """What a form of this session has to carry."""
        return self._digest(f"form|{cookie}")

    def is_form_token(self, token: str, cookie: str) -> bool:
        """Whether a form was made for this session."""
        return hmac.compare_digest(token.encode(), self.form_token(cookie).encode())

    def _signed(self, purpose: str, until: datetime) -> str:
        text = f"{int(until.timestamp())}.{secrets.token_hex(8)}"
        return f"{text}.{self._digest(f'{purpose}|{text}')}"

    def _good(self, purpose: str, signed: str, now: datetime) -> bool:
        text, _, digest = signed.rpartition(".")
        until, _, _ = text.partition(".")
        right = hmac.compare_digest(digest.encode(), self._digest(f"{purpose}|{text}").encode())
        return right and until.isascii() and until.isdigit() and now.timestamp() < int(until)

    def _digest(self, text: str) -> str:
        return hmac.new(self.secret, text.encode(), hashlib.sha256).hexdigest()


@dataclass(slots=True)
class SignIn:
    """Links that were opened, kept in a state folder, and passwords that were wrong lately."""

    folder: Path
    _wrong: deque[datetime] = field(default_factory=deque)

    def by_link(self, keys: Keys, token: str, now: datetime) -> bool:
        """Whether a link opens the page: each does once. Raises StoreError."""
        path = private_folder(self.folder) / LINKS_FILE
        found, _ = read_with_last_good(path, lambda data: _parse_links(data, path))
        name = hashlib.sha256(token.encode()).hexdigest()
        opened = {link: until for link, until in (found or {}).items() if until > now.timestamp()}
        if name in opened or not keys.is_link(token, now):
            return False
        opened[name] = (now + LINK_TIME).timestamp()
        write_atomically(path, FORMAT.pack({"opened": opened}), keep_previous=False)
        return True

    def by_password(self, given: str, password: str, now: datetime) -> bool | None:
        """Whether a password is right; None where too many wrong ones came in the last minute."""
        while self._wrong and now - self._wrong[0] > timedelta(minutes=1):
            self._wrong.popleft()
        if len(self._wrong) >= ATTEMPTS:
            return None
        if hmac.compare_digest(given.encode(), password.encode()):
            return True
        self._wrong.append(now)
        return False


def _parse(data: bytes, path: Path) -> bytes:
    content, _ = FORMAT.parse(data, path)
    secret = content.get("secret")
    if not isinstance(secret, str) or len(secret) != 64:
        raise ValueError("no secret in it")
    return bytes.fromhex(secret)


def _parse_links(data: bytes, path: Path) -> dict[str, float]:
    content, _ = FORMAT.parse(data, path)
    opened = content.get("opened")
    if not isinstance(opened, dict):
        raise ValueError("no links in it")
    return {str(link): float(until) for link, until in opened.items()}
