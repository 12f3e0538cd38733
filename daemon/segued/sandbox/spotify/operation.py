"""An operation of the Web API, and a call of it as its handler sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import orjson

from segued.sandbox.account.world import World
from segued.sandbox.answers import Answer, Json, RefusalError, page_at
from segued.sandbox.spotify.shapes import Shapes

Item = TypeVar("Item")


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
