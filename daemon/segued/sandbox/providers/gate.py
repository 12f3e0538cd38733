"""The gate of the other services: log and faults as for the Web API, refusals in their words."""

from __future__ import annotations

from collections.abc import Callable

from starlette.routing import Route

from segued.sandbox.answers import Answer, RefusalError
from segued.sandbox.gate import Gate, Incoming, Services

Respond = Callable[[Services, Incoming], Answer]
Word = Callable[[RefusalError], Answer]


class ProviderGate(Gate):
    """A gate whose answers come from a function, and whose refusals another one words."""

    def __init__(
        self, services: Services, method: str, template: str, respond: Respond, word: Word
    ) -> None:
        super().__init__(services, method, template)
        self._respond = respond
        self._word = word

    def respond(self, incoming: Incoming) -> Answer:
        """What the service answers."""
        return self._respond(self.services, incoming)

    def refuse(self, refusal: RefusalError) -> Answer:
        """What the service says where it refuses."""
        return self._word(refusal)


def provider_routes(
    services: Services, routes: tuple[tuple[str, Respond], ...], word: Word
) -> list[Route]:
    """GET routes of one service, all with its way of refusing."""
    return [
        Route(path, ProviderGate(services, "GET", path, respond, word), methods=["GET"])
        for path, respond in routes
    ]
