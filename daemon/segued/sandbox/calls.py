"""What a sandbox is started with; a call of the Web API as its handler sees it, and its answer
before it meets HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar
from urllib.parse import urlencode

import orjson

if TYPE_CHECKING:
    from segued.sandbox.account.world import World
    from segued.sandbox.spotify.shapes import Shapes


Mode = Literal["development", "extended"]


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """What a sandbox is started with. The same settings give the same account, byte for byte.

    `mode` is the regime of the app that calls: "development" is what every new self-hosted app
    meets, "extended" keeps the old surface. `now` (aware UTC) is where the clock starts; the
    clock then stands still until it is moved. Without it the clock runs with the wall clock.
    `catalogue` is a CSV of real tracks (plain or gzip) that takes the place of the generated
    ones. `refresh_rotates` False leaves `refresh_token` out of refresh replies,
    `refresh_names_scope` False leaves `scope` out. `consent_page` shows a page with a button
    where the default approves a login at once. `most_rows` is the size limit of a playlist.
    `latency_seconds` pass before every answer, as on a way through the network. Where it is `dated`
    each answer has a Date, by the sandbox's clock.
    """

    seed: int = 7
    mode: Mode = "development"
    tracks: int = 2000
    artists: int = 300
    genres: int = 24
    likes: int = 800
    playlists: int = 25
    play_days: int = 90
    now: datetime | None = None
    catalogue: Path | None = None
    premium: bool = True
    refresh_rotates: bool = True
    refresh_names_scope: bool = True
    consent_page: bool = False
    most_rows: int = 10_000
    latency_seconds: float = 0.0
    dated: bool = False
    user_id: str = "segue-listener"
    display_name: str = "Robin Listener"

    def __post_init__(self) -> None:
        for name in ("tracks", "artists", "genres"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} has to be 1 or more")
        for name in ("seed", "likes", "playlists", "play_days"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} has to be 0 or more")
        if self.now is not None and self.now.tzinfo is None:
            raise ValueError("now needs a time zone")


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


@dataclass(frozen=True, slots=True)
class Call:
    """One authorised request as a handler sees it. `base` is where the API is, with /v1.

    `faults` names the kinds of fault that struck it.
    """

    world: World
    shapes: Shapes
    base: str
    query: Mapping[str, str]
    path: Mapping[str, str]
    body: bytes
    scopes: frozenset[str]
    faults: frozenset[str] = frozenset()

    def json_body(self) -> object:
        """The body as JSON; {} where there is none."""
        if not self.body:
            return {}
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError as broken:
            raise RefusalError(400, "Error parsing JSON.") from broken

    def json_object(self) -> Json:
        """The body as a JSON object; {} where there is none."""
        body = self.json_body()
        if not isinstance(body, dict):
            raise RefusalError(400, "Error parsing JSON.")
        return body

    def limit(self, *, default: int, maximum: int) -> int:
        """The page size asked for. Refuses what is no number, under 1 or over `maximum`."""
        return self._number("limit", default, 1, maximum)

    def offset(self, *, maximum: int = 100_000) -> int:
        """The index of the first row asked for."""
        return self._number("offset", 0, 0, maximum)

    def page(
        self,
        path: str,
        items: Sequence[Item],
        shape: Callable[[Item], object],
        *,
        default: int = 20,
        maximum: int = 50,
        extra: tuple[tuple[str, str], ...] = (),
    ) -> Json:
        """One page of a list, only its own rows shaped, with absolute links to its neighbours."""
        limit = self.limit(default=default, maximum=maximum)
        return page_at(
            self.base + path, items, shape, offset=self.offset(), limit=limit, extra=extra
        )

    def _number(self, name: str, default: int, lowest: int, highest: int) -> int:
        text = self.query.get(name)
        if text is None or text == "":
            return default
        try:
            number = int(text)
        except ValueError as wrong:
            raise RefusalError(400, f"Invalid {name}") from wrong
        if not lowest <= number <= highest:
            raise RefusalError(400, f"Invalid {name}")
        return number


Handler = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the API: where it is, who may call it and in which regime.

    `scopes` are alternatives, of which the token needs one. `removed` is one that a Development
    Mode app is refused.
    """

    method: str
    template: str
    handler: Handler
    scopes: tuple[str, ...] = ()
    removed: bool = False
