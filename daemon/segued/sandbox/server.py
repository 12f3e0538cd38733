"""The sandbox as an application, served on the loopback address."""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from segued.sandbox.account.world import Clock, World, make_world, start_clock, utc_now
from segued.sandbox.calls import Json, SandboxSettings, not_found
from segued.sandbox.control.faults import FaultBoard
from segued.sandbox.control.human import Human
from segued.sandbox.control.routes import account_routes, control_routes
from segued.sandbox.gate import CONNECTION, ApiGate, LoggedRequest, Services, provider_routes
from segued.sandbox.providers import lyrics, reccobeats, similar, tags
from segued.sandbox.spotify import catalogue, me, playlist_writes, playlists
from segued.sandbox.spotify.oauth import SCOPES, OAuth
from segued.sandbox.spotify.shapes import Shapes
from segued.sandbox.state_file import StateFile

_START_SECONDS = 30.0
_END_SECONDS = 0.1


class _PromptServer(uvicorn.Server):
    """A server that notices within ten milliseconds that it is to end, and then ends."""

    async def main_loop(self) -> None:
        """Keep the server's own clock until the end is asked for."""
        count = 0
        while not await self.on_tick(count):
            count += 1
            await asyncio.sleep(0.01)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End when every connection is closed; what is being answered then has a moment."""
        for server in self.servers:
            server.close()
        for listener in sockets or ():
            listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        deadline = time.monotonic() + _END_SECONDS
        while self.server_state.connections and time.monotonic() < deadline:
            await asyncio.sleep(0.001)


class Sandbox:
    """A sandbox: its addresses, its state and the handles by which tests steer it."""

    def __init__(
        self,
        settings: SandboxSettings,
        port: int,
        state_folder: Path | None = None,
        wall: Callable[[], datetime] = utc_now,
    ) -> None:
        self.settings = settings
        self.port = port
        self.clock: Clock = start_clock(settings.now, wall)
        file = None if state_folder is None else StateFile(state_folder, settings)
        opened_at = None if file is None else file.opened_at()
        self.world: World = make_world(settings, self.clock, opened_at)
        self.oauth = OAuth(settings, self.clock)
        self._file = file
        if file is not None:
            file.restore(self.world, self.oauth, self.clock)
        self.faults = FaultBoard()
        self.human = Human(self.world)
        self.services = Services(
            world=self.world,
            oauth=self.oauth,
            faults=self.faults,
            human=self.human,
            shapes=Shapes(self.world.catalogue, self.api_url, settings.mode),
            base=self.api_url,
            after_write=self.save,
        )
        self.save()

    def save(self) -> None:
        """Write the state into its folder, where there is one."""
        if self._file is not None:
            self._file.save(self.world, self.oauth, self.clock)

    @property
    def accounts_url(self) -> str:
        """Where /authorize and /api/token are."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def api_url(self) -> str:
        """Where the Web API is."""
        return f"{self.accounts_url}/v1"

    @property
    def reccobeats_url(self) -> str:
        """Where ReccoBeats is, in the place of https://api.reccobeats.com."""
        return f"{self.accounts_url}/reccobeats"

    @property
    def lrclib_url(self) -> str:
        """Where LRCLIB is, in the place of https://lrclib.net."""
        return f"{self.accounts_url}/lrclib"

    @property
    def genius_url(self) -> str:
        """Where Genius is: both its API and its pages."""
        return f"{self.accounts_url}/genius"

    @property
    def musicbrainz_url(self) -> str:
        """Where MusicBrainz is, in the place of https://musicbrainz.org."""
        return f"{self.accounts_url}/musicbrainz"

    @property
    def listenbrainz_url(self) -> str:
        """Where ListenBrainz is, in the place of https://api.listenbrainz.org."""
        return f"{self.accounts_url}/listenbrainz"

    @property
    def labs_url(self) -> str:
        """Where ListenBrainz' labs are, in the place of https://labs.api.listenbrainz.org."""
        return f"{self.listenbrainz_url}/labs"

    @property
    def lastfm_url(self) -> str:
        """Where Last.fm is, in the place of https://ws.audioscrobbler.com."""
        return f"{self.accounts_url}/lastfm"

    @property
    def requests(self) -> list[LoggedRequest]:
        """Every request since the start or the last clearing: method, endpoint, status."""
        return list(self.services.log)

    def clear_requests(self) -> None:
        """Forget the requests so far."""
        self.services.log.clear()

    def land(self) -> None:
        """Have the requests of the fault `late_write` that wait take effect, in their order."""
        waiting, self.services.late[:] = [*self.services.late], []
        for take_effect in waiting:
            take_effect()

    def tokens(self, scope: str | None = None, client_id: str = "sandbox-client") -> Json:
        """A ready token document, for tests that do not want to log in.

        The fields of the token endpoint's reply, with `expires_at` and `authorized_at` (seconds
        since 1970, by the sandbox's clock). Every scope by default.
        """
        now = self.clock.now()
        granted = " ".join(sorted(SCOPES)) if scope is None else scope
        reply = self.oauth.issue(client_id, granted, now)
        seconds = int(now.timestamp())
        return {**reply, "expires_at": seconds + 3600, "authorized_at": seconds}


@contextmanager
def running(
    settings: SandboxSettings | None = None,
    port: int = 0,
    state_folder: Path | None = None,
    wall: Callable[[], datetime] = utc_now,
) -> Iterator[Sandbox]:
    """Serve a sandbox on the loopback address in a thread. Port 0 picks a free one.

    With a `state_folder` the account is taken up from there and kept there. `wall` is the clock
    that the sandbox's own runs with.
    Raises DataError for a catalogue or a state that cannot be used, OSError for a taken port.
    """
    with _listening(port) as listener:
        chosen = settings or SandboxSettings()
        sandbox = Sandbox(chosen, listener.getsockname()[1], state_folder, wall)
        server = _PromptServer(_config(sandbox))
        thread = threading.Thread(
            target=server.run, kwargs={"sockets": [listener]}, name="sandbox", daemon=True
        )
        thread.start()
        deadline = time.monotonic() + _START_SECONDS
        while not server.started:
            if not thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError("the sandbox did not start")
            time.sleep(0.002)
        try:
            yield sandbox
        finally:
            server.should_exit = server.force_exit = True
            thread.join(timeout=5)
            sandbox.save()


def serve(
    settings: SandboxSettings,
    port: int,
    state_folder: Path | None = None,
    started: Callable[[Sandbox], None] | None = None,
) -> None:
    """Serve a sandbox in the foreground until interrupted. `started` is called when it answers.

    Raises DataError for a catalogue or a state that cannot be used, OSError for a taken port.
    """
    with running(settings, port, state_folder) as sandbox:
        stop = threading.Event()
        previous = {
            number: signal.signal(number, lambda *_: stop.set())
            for number in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            if started is not None:
                started(sandbox)  # from here on whoever reads it may stop us
            stop.wait()
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)


@contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    # With the protocol named, asyncio turns Nagle's delay off; without, answers wait 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    with listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
        yield listener


def _config(sandbox: Sandbox) -> uvicorn.Config:
    return uvicorn.Config(
        make_app(sandbox.services),
        log_level="critical",
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=1,
    )


OPERATIONS = (
    *me.OPERATIONS,
    *playlists.OPERATIONS,
    *playlist_writes.OPERATIONS,
    *catalogue.OPERATIONS,
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
    for paths, worded in (
        (reccobeats.ROUTES, reccobeats.worded),
        (lyrics.LRCLIB_ROUTES, lyrics.lrclib_worded),
        (lyrics.GENIUS_ROUTES, lyrics.genius_worded),
        (tags.ROUTES, tags.worded),
        (similar.ROUTES, tags.worded),
        (similar.LASTFM_ROUTES, tags.last_fm_worded),
    ):
        routes += provider_routes(services, paths, worded)
    app = Starlette(routes=routes, exception_handlers={404: _unknown, 405: _unknown})
    return _Door(app)


async def _unknown(*_: object) -> Response:
    """What no route answers."""
    answer = not_found().answer()
    return Response(answer.payload(), answer.status, media_type=answer.media_type)
