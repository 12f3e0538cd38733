"""The values that only the service's own sections hold."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

from segued.config.schedule.zone import read_timezone


def _timezone(value: str) -> str:
    read_timezone(value)
    return value


def _url(value: str) -> str:
    if "@" in value:
        raise ValueError("an address holds no user and password; they would be sent and logged")
    if not re.fullmatch(r"https?://([\w.-]+|\[[\da-fA-F:.]+\])(:\d{1,5})?(/[^\s?#\\]*)?", value):
        raise ValueError(f"{value!r} is not an address that starts with https:// or http://")
    host = urlsplit(value).hostname or ""
    if value.startswith("http://") and not is_loopback(host):
        raise ValueError(
            f"{value!r} would send everything in the clear; only this machine itself "
            "(127.0.0.1, localhost) is asked by http://, every other by https://"
        )
    return value.rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


Timezone = Annotated[str, AfterValidator(_timezone)]
Url = Annotated[str, AfterValidator(_url)]
