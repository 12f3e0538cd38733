"""The values that only the service's own sections hold."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

from segued.config.schedule.rules import read_timezone


def _timezone(value: str) -> str:
    read_timezone(value)
    return value


def _url(value: str) -> str:
    if not re.fullmatch(r"https?://[^\s/]+(/\S*)?", value):
        raise ValueError(f"{value!r} is not an address that starts with https:// or http://")
    return value.rstrip("/")


Timezone = Annotated[str, AfterValidator(_timezone)]
Url = Annotated[str, AfterValidator(_url)]
