"""How a login stands, and how long it lasts: known without asking anybody, and without importing
what could."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import datetime

from segued.store.auth import AuthStore, TokenDocument

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
