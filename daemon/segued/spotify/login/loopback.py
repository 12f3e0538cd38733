"""Where a login comes back to: a listener on 127.0.0.1, and pasted addresses beside it."""

from __future__ import annotations

import contextlib
import html
import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from segue.errors import UsageError

PATH = "/callback"
ANSWER_SECONDS = 60.0
"""How long a browser is kept waiting for the login to be finished."""

_PAGE = (
    "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport "
    'content="width=device-width"><title>Segue</title><body style="font:1.1rem/1.5 system-ui;'
    'max-width:32rem;margin:4rem auto;padding:0 1rem;color-scheme:light dark"><p>{}</p></body>'
    "</html>"
)


@dataclass(frozen=True, slots=True)
class Return:
    """An address Spotify sent the user back to. `done` takes what to tell them: (good, words)."""

    address: str
    done: Future[tuple[bool, str]] = field(default_factory=Future)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, returns: queue.SimpleQueue[Return]) -> None:
        self.returns = returns
        super().__init__(("127.0.0.1", port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = ANSWER_SECONDS

    def do_GET(self) -> None:  # the name http.server asks for
        """Take the way back from Spotify; answer when the login is finished."""
        if urlsplit(self.path).path != PATH:
            self._say(404, "There is nothing here but the way back from a login.")
            return
        returned = Return(self.path)
        self.server.returns.put(returned)
        try:
            good, words = returned.done.result(timeout=ANSWER_SECONDS)
        except TimeoutError:
            good, words = False, "Segue took too long. Look at the terminal it runs in."
        self._say(200 if good else 400, words)

    def _say(self, status: int, words: str) -> None:
        body = _PAGE.format(html.escape(words)).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        with contextlib.suppress(ConnectionError):
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # their name
        """Keep silent: the path holds a code that is a secret until it is exchanged."""


@contextlib.contextmanager
def listening(port: int) -> Iterator[tuple[str, queue.SimpleQueue[Return]]]:
    """Listen on 127.0.0.1 (port 0: any free one) and give the redirect address and a queue.

    Raises UsageError where the port is taken.
    """
    returns: queue.SimpleQueue[Return] = queue.SimpleQueue()
    try:
        server = _Server(port, returns)
    except OSError as error:
        raise UsageError(
            f"Port {port} on 127.0.0.1 cannot be listened on ({error.strerror}). Set another one "
            "in `[spotify] redirect_port`, and in the redirect URIs of your Spotify app."
        ) from error
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{PATH}", returns
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


def take_pasted(read_line: Callable[[], str], returns: queue.SimpleQueue[Return]) -> None:
    """Take addresses a person pastes, beside the listener, until the input ends.

    `read_line` blocks and answers "" at the end, as `sys.stdin.readline` does; it is left behind
    in a daemon thread when the login is over.
    """

    def read() -> None:
        while line := read_line():
            if line.strip():
                returns.put(Return(line.strip()))

    threading.Thread(target=read, daemon=True).start()
