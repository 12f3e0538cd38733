"""The page in a thread of the service."""

from __future__ import annotations

import ipaddress
import socket
import threading
import time

import uvicorn

from segued.config.secrets import read_secret
from segued.page.access import Keys, SignIn
from segued.page.app import make_app
from segued.page.guard import Door
from segued.page.now import Backend
from segued.page.view import Page

_START_SECONDS = 10.0
_END_SECONDS = 5.0


class _Server(uvicorn.Server):
    """Waits for the word to end, where uvicorn's own looks ten times a second."""

    page: Page

    async def main_loop(self) -> None:
        """Serve until the page ends."""
        await self.page.ended()


class PageServer:
    """Serves the page on the port and address of `[service]`, from its making until `close`."""

    def __init__(self, backend: Backend) -> None:
        """Raises OSError where the port is taken, UsageError for a password that is not there."""
        section = backend.settings().service
        password = (
            read_secret(section.page_password, backend.environ).reveal()
            if section.page_password
            else ""
        )
        Keys.kept_in(backend.folder)
        door = Door(
            listen=section.listen,
            names=tuple(name.lower() for name in section.page_hosts),
            password=password,
            keys=lambda: Keys.kept_in(backend.folder),
            clock=backend.clock,
            sign_in=SignIn(backend.folder),
        )
        self._page = Page(backend)
        self._socket = _listening(section.listen, section.status_port)
        self.port: int = self._socket.getsockname()[1]
        config = uvicorn.Config(
            make_app(self._page, door),
            log_config=None,
            log_level="warning",
            access_log=False,
            date_header=False,
            lifespan="off",
            loop="asyncio",
            http="h11",
            ws="none",
            server_header=False,
            limit_concurrency=64,
            timeout_keep_alive=15,
            timeout_graceful_shutdown=1,
        )
        self._server = _Server(config)
        self._server.page = self._page
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name="page", daemon=True
        )
        self._thread.start()
        deadline = time.monotonic() + _START_SECONDS
        while not self._server.started and self._thread.is_alive() and time.monotonic() < deadline:
            time.sleep(0.005)

    def close(self) -> None:
        """Stop answering, and end the process that reads for the page."""
        self._server.should_exit = True
        self._page.end()
        self._thread.join(_END_SECONDS)
        self._socket.close()


def _listening(address: str, port: int) -> socket.socket:
    version = ipaddress.ip_address(address).version
    family = socket.AF_INET6 if version == 6 else socket.AF_INET
    # With the protocol named, asyncio turns Nagle's delay off; without, answers wait 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen(64)
    except OSError:
        listener.close()
        raise
    return listener
