"""The web application: every route of the sandbox behind its gate."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from segued.sandbox.answers import not_found
from segued.sandbox.control.routes import control_routes
from segued.sandbox.gate import CONNECTION, ApiGate, Services
from segued.sandbox.providers import genius, lrclib, reccobeats
from segued.sandbox.providers.gate import provider_routes
from segued.sandbox.spotify import catalogue, library, me, old, playlist_writes, playlists
from segued.sandbox.spotify.accounts import account_routes

OPERATIONS = (
    *me.OPERATIONS,
    *library.OPERATIONS,
    *playlists.OPERATIONS,
    *playlist_writes.OPERATIONS,
    *catalogue.OPERATIONS,
    *old.OPERATIONS,
)


class _Door:
    """Takes /me/ for /me, as the service does, and keeps hold of the connection to cut it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and len(scope["path"]) > 1:
            scope["path"] = scope["path"].rstrip("/")
        scope[CONNECTION] = getattr(send, "__self__", None)
        await self.app(scope, receive, send)


def make_app(services: Services) -> ASGIApp:
    """The application that answers for all services."""
    routes: list[BaseRoute] = [
        Route(f"/v1{operation.template}", ApiGate(services, operation), methods=[operation.method])
        for operation in OPERATIONS
    ]
    routes += account_routes(services)
    routes += control_routes(services)
    for provider in (reccobeats, lrclib, genius):
        routes += provider_routes(services, provider.ROUTES, provider.worded)
    app = Starlette(routes=routes, exception_handlers={404: _unknown, 405: _unknown})
    return _Door(app)


async def _unknown(*_: object) -> Response:
    """What no route answers."""
    answer = not_found().answer()
    return Response(answer.payload(), answer.status, media_type=answer.media_type)
