"""The fixtures of the integration tests of this room, for services that misbehave."""

from __future__ import annotations

import runpy
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

_SHARED = runpy.run_path(str(Path(__file__).parents[2] / "integration" / "spotify" / "conftest.py"))
account = _SHARED["account"]
open_account = _SHARED["open_account"]

Answer = tuple[int, dict[str, str], bytes]


@contextmanager
def _serving(answer: Callable[[str], Answer]) -> Iterator[tuple[str, list[str]]]:
    """A server with one way to answer; its address and the paths it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            # A connection closed over bytes nobody read is reset, and the answer lost with it.
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked.append(self.path)
            status, headers, body = answer(self.path)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_PUT = do_GET  # noqa: N815  # names http.server asks for

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def serving() -> Callable[..., object]:
    """See `_serving`."""
    return _serving
