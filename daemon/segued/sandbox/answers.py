"""What an answer is before it meets HTTP, and the refusals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlencode

import orjson

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer. `body` is made JSON, but bytes go out as they are and None is no body."""

    status: int = 200
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "application/json; charset=utf-8"

    def payload(self) -> bytes:
        """The bytes of the body."""
        if self.body is None:
            return b""
        if isinstance(self.body, bytes):
            return self.body
        return orjson.dumps(self.body)


class RefusalError(Exception):
    """A request that Spotify would refuse, with the status and words it uses."""

    def __init__(
        self, status: int, message: str, *, reason: str | None = None, **headers: str
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.reason = reason
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def answer(self) -> Answer:
        """The refusal as Spotify words it."""
        error: Json = {"status": self.status, "message": self.message}
        if self.reason is not None:
            error["reason"] = self.reason
        return Answer(self.status, {"error": error}, self.headers)


def not_found() -> RefusalError:
    """What is not there."""
    return RefusalError(404, "Resource not found")


def forbidden() -> RefusalError:
    """What this app or this user may not do."""
    return RefusalError(403, "Forbidden")


def lacks_scope() -> RefusalError:
    """What the token was not granted."""
    return RefusalError(403, "Insufficient client scope")


def unauthorised(message: str) -> RefusalError:
    """A token that is missing, broken, revoked or too old."""
    challenge = f'Bearer realm="spotify", error="invalid_token", error_description="{message}"'
    return RefusalError(401, message, www_authenticate=challenge)


def rate_limited(retry_after: str | None, *, quota: bool) -> RefusalError:
    """The rolling limit or, with `quota`, the daily one, which has other words and a reason."""
    headers = {} if retry_after is None else {"retry_after": retry_after}
    if quota:
        return RefusalError(429, "Too many requests", reason="QUOTA_EXCEEDED", **headers)
    return RefusalError(429, "API rate limit exceeded", **headers)


Item = TypeVar("Item")


def page_at(
    url: str,
    items: Sequence[Item],
    shape: Callable[[Item], object],
    *,
    offset: int,
    limit: int,
    extra: tuple[tuple[str, str], ...] = (),
) -> Json:
    """The page of a list that starts at `offset`."""

    def link(start: int) -> str:
        return f"{url}?{urlencode([('offset', start), ('limit', limit), *extra])}"

    total = len(items)
    return {
        "href": link(offset),
        "items": [shape(item) for item in items[offset : offset + limit]],
        "limit": limit,
        "next": link(offset + limit) if offset + limit < total else None,
        "offset": offset,
        "previous": link(max(0, offset - limit)) if offset > 0 else None,
        "total": total,
    }
