"""How long a login lasts: known without asking anybody, and without importing what could."""

from __future__ import annotations

import calendar
from datetime import datetime

from segued.store.auth import TokenDocument

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
