"""A proxy before the sandbox that lies: what passes through is changed as it is told.

It is no part of the sandbox, so that what Segue meets here was thought of by nobody who wrote the
sandbox. It speaks HTTP by sockets, so that it can be as rude as it likes.
"""

from __future__ import annotations

import gzip
import http.client
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_ID = re.compile(r"/(playlists|tracks|albums|artists|users)/[^/?]+")


@dataclass(frozen=True, slots=True)
class Request:
    """A request on its way in. `endpoint` is "GET /v1/playlists/{id}/items"."""

    method: str
    path: str
    body: bytes
    headers: Mapping[str, str]

    @property
    def endpoint(self) -> str:
        """Method and path, ids left out."""
        path = _ID.sub(r"/\1/{id}", self.path.split("?", 1)[0].rstrip("/"))
        return f"{self.method} {path}"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer on its way back. `trickle` is seconds between its bytes, `cut` where it breaks."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    trickle: float = 0.0
    cut: int | None = None
    head_trickle: float = 0.0

    @property
    def document(self) -> Any:
        """The body as JSON, None where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def with_document(self, document: object) -> Reply:
        """The same with another document."""
        return replace(self, body=json.dumps(document).encode())


class CutError(Exception):
    """The connection ends without an answer."""


Forward = Callable[[], Reply]
Lie = Callable[[Request, Forward], Reply]


def honest(_: Request, forward: Forward) -> Reply:
    """No lie."""
    return forward()


class _Server(ThreadingHTTPServer):
    """Says nothing of clients that hang up, as those do whose patience is over."""

    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing."""


class Proxy:
    """Passes on to the sandbox at `port`; `lie` is asked what becomes of each request."""

    def __init__(self, port: int) -> None:
        self.upstream = port
        self.lie: Lie = honest
        self.struck = 0
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 30

            def do_GET(self) -> None:
                proxy._serve(self)

            do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Proxy:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("content-length") or 0)
        body = handler.rfile.read(length) if length else b""
        request = Request(handler.command, handler.path, body, dict(handler.headers.items()))
        try:
            reply = self.lie(request, lambda: self._forward(request))
            _send(handler, reply)
        except (CutError, OSError):
            handler.close_connection = True
            with _quietly():
                handler.connection.shutdown(socket.SHUT_RDWR)

    def _forward(self, request: Request) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.upstream, timeout=120)
        dropped = ("host", "connection", "accept-encoding", "content-length")
        headers = {k: v for k, v in request.headers.items() if k.lower() not in dropped}
        try:
            connection.request(request.method, request.path, request.body or None, headers)
            answer = connection.getresponse()
            payload = answer.read()
        finally:
            connection.close()
        passed = ("content-type", "retry-after")
        kept = {k: v for k, v in answer.getheaders() if k.lower() in passed}
        there = f"http://127.0.0.1:{self.upstream}".encode()
        return Reply(answer.status, payload.replace(there, self.address.encode()), kept)


class _quietly:  # noqa: N801 - reads as a word
    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        return kind is not None and issubclass(kind, OSError)


def zipped(content: bytes) -> bytes:
    """Content as a service packs it."""
    return gzip.compress(content, 1)


def _send(handler: BaseHTTPRequestHandler, reply: Reply) -> None:
    head = [f"HTTP/1.1 {reply.status} Said"]
    head += [f"{key}: {value}" for key, value in reply.headers.items()]
    head += [f"content-length: {len(reply.body)}", "", ""]
    _write(handler, "\r\n".join(head).encode("latin-1", "replace"), reply.head_trickle)
    if reply.cut is not None:
        _write(handler, reply.body[: reply.cut], 0.0)
        raise CutError
    _write(handler, reply.body, reply.trickle)


def _write(handler: BaseHTTPRequestHandler, content: bytes, pause: float) -> None:
    if not pause:
        handler.wfile.write(content)
        return
    for place in range(len(content)):
        handler.wfile.write(content[place : place + 1])
        handler.wfile.flush()
        time.sleep(pause)
