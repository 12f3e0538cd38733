"""What requests need: the login, and what each endpoint was asked and when it may be again."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from segued.config.secrets import remember_secret
from segued.store.files.atomic import remove
from segued.store.files.format import encode
from segued.store.files.storage import FileStore

if TYPE_CHECKING:
    from segued.config.schema import Settings

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


@dataclass(frozen=True, slots=True)
class Access:
    """What a look needs of the configuration, kept with what it is compared with."""

    api_url: str
    accounts_url: str
    client_id: str
    timeout_seconds: float


class AuthStore(FileStore):
    """`auth.json`, 0600. Every change is on disk at once; nothing of it is ever logged."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._logins = self._file.documents("logins")

    def token(self) -> TokenDocument | None:
        """The login as last stored by any process, or None where nobody is logged in."""
        self._file.file.refresh()
        token = self._find(self._logins, TokenDocument, _LOGIN)
        if token is not None:
            _remember(token)
        return token

    def allows(self, scope: str) -> bool:
        """Whether somebody is logged in who agreed to this scope."""
        token = self.token()
        return token is not None and scope in token.scope.split()

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


KEEP_DAYS = 8
QUOTA = "QUOTA_EXCEEDED"
RATE = "rate limit"
LONGEST_WAIT = timedelta(hours=25)
"""No refusal is believed for longer: the longest quota of a service is a day, and one request
then tells whether it still stands."""
NOT_LOADED_WAIT = timedelta(hours=1)
"""How long an encoder that could not be loaded is not tried again."""
NOT_FOR_APP_WAIT = timedelta(days=30)
"""How long a service that this app may not use is not asked again: the longest rest there is."""
ENCODER = "encoder "
"""What stands before an encoder's name where it is left alone for a while."""


@dataclass(frozen=True, slots=True)
class CoolDown:
    """An endpoint or service that is left alone until a moment (UTC), and why."""

    endpoint: str
    until: datetime
    reason: str


def concerns(endpoint: str, settings: Settings) -> bool:
    """Whether what is left alone is still asked: an encoder that is configured no more is not."""
    if not endpoint.startswith(ENCODER):
        return True
    name, sound = endpoint.removeprefix(ENCODER), settings.sound
    return name == settings.lyrics.encoder or (sound.enabled and name == sound.model)


@dataclass(frozen=True, slots=True)
class EndpointBudget:
    """One endpoint ("GET /me/tracks"): its cool-down and its requests by day (ISO date, UTC)."""

    endpoint: str
    cool_down_until: datetime | None = None
    reason: str | None = None
    counts: Mapping[str, int] = field(default_factory=dict)

    def count(self, day: date) -> int:
        """The requests made on a day."""
        return self.counts.get(day.isoformat(), 0)

    def cool_down(self, now: datetime) -> CoolDown | None:
        """Its cool-down, what a service asked for bounded; None where it has none, also where it
        would be longer than we ever rest, which only a clock that was ahead can have noted."""
        until, reason = self.cool_down_until, self.reason or RATE
        if until is None or until <= now:
            return None
        if reason in (QUOTA, RATE):
            until = min(until, now + LONGEST_WAIT)
        ours = NOT_LOADED_WAIT if self.endpoint.startswith(ENCODER) else NOT_FOR_APP_WAIT
        return CoolDown(self.endpoint, until, reason) if until - now <= ours else None


class BudgetStore(FileStore):
    """`budget.json`. Every change is on disk at once, on top of what other processes wrote."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._endpoints = self._file.documents("endpoints")

    def get(self, endpoint: str) -> EndpointBudget:
        """What is known of an endpoint; an empty budget where nothing is."""
        self._file.file.refresh()
        return self._get(endpoint)

    def all(self) -> Mapping[str, EndpointBudget]:
        """Every endpoint that was ever asked or is cooling down."""
        self._file.file.refresh()
        return {endpoint: self._get(endpoint) for endpoint in self._endpoints.raw()}

    def cool_downs(self, now: datetime) -> tuple[CoolDown, ...]:
        """Everything that is left alone now, the soonest to end first."""
        found = [cooling for known in self.all().values() if (cooling := known.cool_down(now))]
        return tuple(sorted(found, key=lambda each: (each.until, each.endpoint)))

    def count_request(self, endpoint: str, day: date, requests: int = 1) -> EndpointBudget:
        """Note requests made on a day (UTC); days over a week old are forgotten."""
        with self._file.unit():
            known = self._get(endpoint)
            oldest = (day - timedelta(days=KEEP_DAYS)).isoformat()
            counts = {name: count for name, count in known.counts.items() if name > oldest}
            counts[day.isoformat()] = known.count(day) + requests
            changed = replace(known, counts=counts)
            self._endpoints.put({endpoint: encode(changed)})
        return changed

    def set_cool_down(self, endpoint: str, until: datetime | None, reason: str | None) -> None:
        """Leave an endpoint alone until a moment (UTC); None lets it be asked again."""
        with self._file.unit():
            changed = replace(self._get(endpoint), cool_down_until=until, reason=reason)
            self._endpoints.put({endpoint: encode(changed)})

    def _get(self, endpoint: str) -> EndpointBudget:
        return self._find(self._endpoints, EndpointBudget, endpoint) or EndpointBudget(endpoint)
