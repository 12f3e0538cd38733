"""/healthz and /metrics on the loopback address, for monitors on the same machine."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import orjson

log = logging.getLogger(__name__)

ADDRESS = "127.0.0.1"
_KNOWN_HOSTS = ("127.0.0.1", "localhost")


class StatusServer:
    """Answers GET /healthz with `health()` (ok or not, and why) and /metrics with `metrics()`."""

    def __init__(
        self,
        port: int,
        health: Callable[[], dict[str, object]],
        metrics: Callable[[], tuple[bytes, str]],
    ) -> None:
        """Raises OSError where the port is taken."""
        answers = {"health": staticmethod(health), "metrics": staticmethod(metrics)}
        handler = type("Handler", (_Handler,), answers)
        self._server = ThreadingHTTPServer((ADDRESS, port), handler)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="status", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    server_version = "segued"
    sys_version = ""
    timeout = 10
    health: Callable[[], dict[str, object]]
    metrics: Callable[[], tuple[bytes, str]]

    def do_GET(self) -> None:
        """Answer one question."""
        host = self.headers.get("Host", "").rpartition(":")[0] or self.headers.get("Host", "")
        if host not in _KNOWN_HOSTS:  # a web page must not ask through a name of its own
            self._answer(403, b"this is answered on the loopback address only\n", "text/plain")
        elif self.path == "/healthz":
            found = self.health()
            body = orjson.dumps(found, option=orjson.OPT_APPEND_NEWLINE)
            self._answer(200 if found["ok"] else 503, body, "application/json")
        elif self.path == "/metrics":
            self._answer(200, *self.metrics())
        else:
            self._answer(404, b"there are /healthz and /metrics\n", "text/plain")

    def _answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Requests of monitors are worth a debug line."""
        log.debug(format, *args)
