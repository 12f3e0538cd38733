"""A house whose Spotify lies: a relay between Segue and the sandbox that changes answers."""

from __future__ import annotations

import http.client
import importlib.util
import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from segued.sandbox.calls import SandboxSettings
from segued.sandbox.server import running

_PATH = Path(__file__).parents[2] / "integration" / "runs" / "conftest.py"
_SPEC = importlib.util.spec_from_file_location("lied_to_house", _PATH)
assert _SPEC is not None
assert _SPEC.loader is not None
_HOUSE = importlib.util.module_from_spec(_SPEC)
sys.modules["lied_to_house"] = _HOUSE  # dataclasses look their module up
_SPEC.loader.exec_module(_HOUSE)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SIZES = SandboxSettings(tracks=400, artists=80, likes=120, playlists=6, now=NOW)
Lie = Callable[[str, Any], None]


class Relay:
    """Passes requests on. `lie` changes the JSON of an answer to a GET in place, by its path.

    `told` counts the answers it changed; at `most` of them are.
    """

    def __init__(self, upstream: str) -> None:
        self.upstream = urlsplit(upstream)
        self.lie: Lie | None = None
        self.most: int | None = None
        self.told = 0

    def lies(self, lie: Lie | None, most: int | None = None) -> None:
        """Begin to lie, or end it."""
        self.lie, self.most, self.told = lie, most, 0

    def changed(self, path: str, body: bytes) -> bytes:
        """The body as it is passed on."""
        if self.lie is None or (self.most is not None and self.told >= self.most):
            return body
        document = json.loads(body)
        before = json.dumps(document)
        self.lie(path, document)
        after = json.dumps(document)
        self.told += after != before
        return after.encode()


def _handler(relay: Relay) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def _pass_on(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            there = http.client.HTTPConnection(str(relay.upstream.netloc), timeout=120)
            headers = {k: v for k, v in self.headers.items() if k.lower() != "accept-encoding"}
            there.request(self.command, self.path, self.rfile.read(size) or None, headers)
            answer = there.getresponse()
            body = answer.read()
            if self.command == "GET" and answer.status == 200:
                body = relay.changed(self.path, body)
            self.send_response_only(answer.status)  # without a date of its own
            for name, value in answer.getheaders():
                if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            there.close()

        do_GET = do_POST = do_PUT = do_DELETE = _pass_on  # noqa: N815

    return Handler


@contextmanager
def relayed_house(folder: Path) -> Iterator[tuple[Any, Relay]]:
    """A logged-in house on an account of its own, and the relay before its Web API."""
    with running(SIZES) as sandbox:
        relay = Relay(sandbox.accounts_url)
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(relay))
        url = f"http://127.0.0.1:{server.server_address[1]}/v1"
        house = _HOUSE.House(sandbox, folder / "state", api_url=url, now=NOW)
        house.log_in()
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield house, relay
        finally:
            server.shutdown()
            server.server_close()


@pytest.fixture(scope="session")
def open_house() -> Callable[[Path], Any]:
    """Opens a house behind a relay, as a context, with its state under a folder."""
    return relayed_house
