"""The gate every request passes: log, faults, token, scope, regime, handler, answer."""

from __future__ import annotations

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from email.utils import format_datetime
from typing import NamedTuple, NoReturn

from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from segued.sandbox.account.world import World
from segued.sandbox.calls import (
    Answer,
    Call,
    Operation,
    RefusalError,
    forbidden,
    lacks_scope,
    rate_limited,
    unauthorised,
)
from segued.sandbox.control.faults import Edit, Fault, FaultBoard, misbehave, spoiled
from segued.sandbox.control.human import Human
from segued.sandbox.spotify.oauth import OAuth
from segued.sandbox.spotify.shapes import Shapes

_PIECES = 20
CONNECTION = "segue.connection"
"""Where the scope of a request keeps the server's own record of its connection."""


class LoggedRequest(NamedTuple):
    """One request that was answered. `status` 0 is one whose connection was cut."""

    method: str
    endpoint: str
    status: int


@dataclass(slots=True)
class Services:
    """Everything a request may need. `base` is the API's address, with /v1."""

    world: World
    oauth: OAuth
    faults: FaultBoard
    human: Human
    shapes: Shapes
    base: str
    log: list[LoggedRequest] = field(default_factory=list)
    after_write: Callable[[], None] | None = None
    late: list[Callable[[], object]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request with its body read, and the faults that struck it."""

    http: HttpRequest
    body: bytes
    faults: tuple[Fault, ...]


class _CutError(Exception):
    """The connection ends here, with no answer."""


class Gate(ABC):
    """An ASGI application for one operation: `respond` makes its answer."""

    def __init__(self, services: Services, method: str, template: str) -> None:
        self.services = services
        self.method = method
        self.template = template

    @abstractmethod
    def respond(self, incoming: Incoming) -> Answer:
        """The answer to a request that no fault kept from being answered."""

    def refuse(self, refusal: RefusalError) -> Answer:
        """A refusal in this service's words: those of the Web API unless it has its own."""
        return refusal.answer()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, with whatever is to go wrong."""
        request = HttpRequest(scope, receive)
        if latency := self.services.world.settings.latency_seconds:
            await asyncio.sleep(latency)
        faults = self.services.faults.strike(self.method, self.template)
        try:
            answer = await self._answer(Incoming(request, await request.body(), faults))
        except _CutError:
            self._note(0)
            _cut(scope)
            return
        self._note(answer.status)
        world = self.services.world
        if world.settings.dated:
            dated = format_datetime(world.clock.now(), usegmt=True)
            answer = replace(answer, headers={**answer.headers, "date": dated})
        await _send(answer, faults, scope, receive, send)

    async def _answer(self, incoming: Incoming) -> Answer:
        try:
            for fault in incoming.faults:
                await self._before(fault, incoming.http)
                if fault.kind == "late_write":
                    self._later(incoming, fault.seconds)
            answer = self._done(incoming)
        except RefusalError as refusal:
            answer = self.refuse(refusal)
        for fault in incoming.faults:
            if fault.kind == "error_after":
                answer = self.refuse(RefusalError(fault.status, "Server error."))
            elif fault.kind == "cut_after":
                raise _CutError
        return spoiled(answer, incoming.faults)

    def _done(self, incoming: Incoming) -> Answer:
        with self.services.world.lock:
            answer = self.respond(incoming)
            if self.method != "GET" and self.services.after_write is not None:
                self.services.after_write()
        return answer

    def _later(self, incoming: Incoming, seconds: float) -> NoReturn:
        """Have a request whose connection is cut take effect after a while, or when asked to."""
        if seconds:
            asyncio.get_running_loop().call_later(seconds, self._done, incoming)
        else:
            self.services.late.append(lambda: self._done(incoming))
        raise _CutError

    async def _before(self, fault: Fault, request: HttpRequest) -> None:
        if fault.kind in ("rate_limit", "rate_limit_bare", "quota"):
            retry_after = None if fault.retry_after is None else str(fault.retry_after)
            raise rate_limited(retry_after, quota=fault.kind == "quota")
        if fault.kind == "error_before":
            raise RefusalError(fault.status, "Server error.")
        if fault.kind == "cut_before":
            raise _CutError
        if fault.kind == "stall":
            # A request whose caller has left meanwhile never takes effect.
            if await _is_left(request, fault.seconds):
                raise _CutError
        elif fault.kind == "expired_token":
            raise unauthorised("The access token expired")
        elif fault.kind == "revoked_token":
            raise unauthorised("Invalid access token")
        elif fault.kind == "edit" and fault.edit is not None:
            # In a thread of its own, so that an edit may itself call the sandbox.
            await asyncio.to_thread(self._edit, fault.edit)

    def _edit(self, edit: Edit) -> None:
        try:
            if callable(edit):
                edit()
            else:
                self.services.human.perform(edit)
        except (KeyError, ValueError) as wrong:
            raise RefusalError(500, f"the sandbox cannot make this edit: {wrong}") from wrong

    def _note(self, status: int) -> None:
        self.services.log.append(LoggedRequest(self.method, self.template, status))


async def _is_left(request: HttpRequest, seconds: float) -> bool:
    """Wait so long; whether the caller closed the connection before that."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while not await request.is_disconnected():
                await asyncio.sleep(0.05)
            return True
    return False


class ApiGate(Gate):
    """The gate of an operation of the Web API: token, regime and scope are looked at here."""

    def __init__(self, services: Services, operation: Operation) -> None:
        super().__init__(services, operation.method, operation.template)
        self.operation = operation

    def respond(self, incoming: Incoming) -> Answer:
        """Check what the token allows and hand over to the operation's handler."""
        services, operation = self.services, self.operation
        access = services.oauth.check(incoming.http.headers.get("authorization"))
        if isinstance(access, str):
            raise unauthorised(access)
        if not services.world.settings.premium and not services.shapes.extended:
            raise RefusalError(
                403, "Active premium subscription required for the owner of the app."
            )
        if operation.removed and not services.shapes.extended:
            raise forbidden()
        scopes = frozenset(access.scope.split())
        if operation.scopes and not scopes.intersection(operation.scopes):
            raise lacks_scope()
        call = Call(
            world=services.world,
            shapes=services.shapes,
            base=services.base,
            query=incoming.http.query_params,
            path=incoming.http.path_params,
            body=incoming.body,
            scopes=scopes,
            faults=frozenset(fault.kind for fault in incoming.faults),
        )
        if operation.method == "GET" or "id" not in call.path:
            return operation.handler(call)
        record = services.world.account.playlists.get(call.path["id"])
        before = None if record is None else (record.rows, record.version)
        answer = operation.handler(call)
        if record is not None and before is not None:
            misbehave(record, before, incoming.faults, services.world.clock.now())
        return answer


async def _send(
    answer: Answer, faults: tuple[Fault, ...], scope: Scope, receive: Receive, send: Send
) -> None:
    payload = answer.payload()
    headers = {**answer.headers, "cache-control": "private, max-age=0"}
    slow = sum(fault.seconds for fault in faults if fault.kind == "slow_body")
    broken_off = any(fault.kind == "cut_body" for fault in faults)
    response = Response(payload, answer.status, headers, answer.media_type)
    if answer.status == 204 or not payload:
        del response.headers["content-type"]
    if not slow and not broken_off:
        await response(scope, receive, send)
        return
    start = {"type": "http.response.start", "status": answer.status}
    await send({**start, "headers": response.raw_headers})
    sent = payload[: len(payload) // 2] if broken_off else payload
    size = max(1, -(-len(sent) // _PIECES))
    for place in range(0, len(sent), size):
        await asyncio.sleep(slow / _PIECES)
        piece = {"type": "http.response.body", "body": sent[place : place + size]}
        await send({**piece, "more_body": broken_off or place + size < len(sent)})
    if broken_off:
        await asyncio.sleep(0.01)
        _cut(scope)


def _cut(scope: Scope) -> None:
    """End the connection without another byte. ASGI has no way to say so: reach the transport."""
    connection = scope.get(CONNECTION)
    if connection is None:
        raise RuntimeError("the server hands on no connection that could be cut")
    connection.disconnected = True
    connection.transport.abort()


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
