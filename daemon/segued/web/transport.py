"""One request in bounded time and memory, headers and body alike.

The timeout of requests bounds the silence between two bytes, not an answer: a service that
trickles would hold a run, and the writer's lock, for ever. Here every read of the socket, the
status line and the headers included, ends at one moment; a body is unpacked piece by piece and
given up where it grows too large. And the pauses between requests, which end with whoever waits.
"""

from __future__ import annotations

import http.client
import io
import json
import math
import re
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError
from dataclasses import dataclass
from typing import Any, Protocol

import orjson
import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, ReadTimeoutError

from segue.errors import MalformedAnswerError

_PIECE = 64 * 1024


class Paced(Protocol):
    """A section of the configuration that says how a service is asked, in seconds."""

    interval_seconds: float
    timeout_seconds: float


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of a request. `timeout_seconds` is the longest silence, `deadline_seconds` the
    longest a whole request may take, `max_bytes` the largest body once it is unpacked,
    `interval_seconds` the least time between two requests, `most_redirects` how many redirections
    that stay on their host are followed."""

    interval_seconds: float = 0.0
    timeout_seconds: float = 20.0
    deadline_seconds: float = 30.0
    max_bytes: int = 8 * 1024 * 1024
    most_redirects: int = 0

    @classmethod
    def of(cls, section: Paced, most_redirects: int = 0) -> Limits:
        """The pause and the silence that a section of the configuration names."""
        interval, timeout = section.interval_seconds, section.timeout_seconds
        return cls(interval, timeout, most_redirects=most_redirects)


class Answer(requests.Response):
    """An answer whose body is in memory. Its JSON is decoded once, and leniently."""

    _unset: object = object()
    decoded: object = _unset

    def json(self, **_: object) -> Any:  # Any: the signature of requests
        """The JSON of the body; raises ValueError where it is none."""
        if self.decoded is Answer._unset:
            self.decoded = decode(self.content)
        return self.decoded


class BoundedAdapter(HTTPAdapter):
    """Sends the requests of a session within `limits`.

    Raises requests.ReadTimeout where a request takes too long, requests.ConnectionError where an
    answer is cut or cannot be unpacked, and MalformedAnswerError where its body is too large.
    """

    def __init__(self, service: str, limits: Limits) -> None:
        self._service = service
        self._limits = limits
        self._deadline = _Deadline()
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Connections whose reads end at the deadline, direct ones …"""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _pools(self._deadline)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """… and those through a proxy."""
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = _pools(self._deadline)
        return manager

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: ARG002  # always read piece by piece
        timeout: Any = None,  # noqa: ARG002  # `limits` holds for every request
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        """Send a request and read its whole answer."""
        self._deadline.at = time.monotonic() + self._limits.deadline_seconds
        response = super().send(
            request,
            stream=True,
            timeout=self._limits.timeout_seconds,
            verify=verify,
            cert=cert,
            proxies=proxies,
        )
        body = self._body(response)
        answer = Answer()
        answer.__dict__.update(response.__dict__, _content=body, _content_consumed=True)
        return answer

    def _body(self, response: requests.Response) -> bytes:
        body = bytearray()
        try:
            while piece := response.raw.read1(_PIECE, decode_content=True):
                body += piece
                if len(body) > self._limits.max_bytes:
                    raise MalformedAnswerError(
                        f"{self._service} sent more than {self._limits.max_bytes:,} bytes in one "
                        "answer, so nothing of it was kept. If this goes on, check what stands "
                        "between Segue and the service.",
                        status=response.status_code,
                    )
                if time.monotonic() > self._deadline.at:
                    raise requests.ReadTimeout("the deadline passed", request=response.request)
        except ReadTimeoutError as error:
            raise requests.ReadTimeout(error, request=response.request) from error
        except (HTTPError, OSError) as error:
            if isinstance(error, requests.RequestException):
                raise
            raise requests.ConnectionError(error, request=response.request) from error
        finally:
            response.close()
        return bytes(body)


def bounded_session(service: str, limits: Limits) -> requests.Session:
    """A session of requests whose requests all stay within `limits`; it follows no redirection."""
    session = requests.Session()
    session.max_redirects = 0
    for scheme in ("https://", "http://"):
        session.mount(scheme, BoundedAdapter(service, limits))
    return session


class _Deadline(threading.local):
    """When the request under way in this thread is given up, by the monotonic clock."""

    at = float("inf")


class _TimedReader(io.RawIOBase):
    """A socket's bytes, given up at the deadline however steadily they trickle."""

    def __init__(self, stream: io.RawIOBase, sock: socket.socket, deadline: _Deadline) -> None:
        self._stream = stream
        self._sock = sock
        self._deadline = deadline
        self._silence = sock.gettimeout()

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """The next bytes; raises TimeoutError at the deadline."""
        left = self._deadline.at - time.monotonic()
        if left <= 0:
            raise TimeoutError("the deadline passed")
        self._sock.settimeout(left if self._silence is None else min(left, self._silence))
        return self._stream.readinto(buffer)

    def close(self) -> None:
        """Close the stream too."""
        if not self.closed:
            self._stream.close()
        super().close()


def _pools(deadline: _Deadline) -> dict[str, type[HTTPConnectionPool]]:
    """urllib3's pools over connections whose answers are read against `deadline`."""

    class Response(http.client.HTTPResponse):
        def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
            super().__init__(sock, *args, **kwargs)
            reader = _TimedReader(self.fp.detach(), sock, deadline)
            self.fp = io.BufferedReader(reader)

    class Plain(HTTPConnection):
        response_class = Response

    class Secure(HTTPSConnection):
        response_class = Response

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


# The second half of a valid pair is taken with its first; "\\" takes its own next letter.
_ESCAPES = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|(?P<lone>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
REPLACEMENT = "\\ufffd"


def decode(body: bytes) -> object:
    """The value a JSON body holds; raises ValueError where it is none.

    NaN, infinities and numbers too large for a double become None, lone surrogates and bytes
    that are not UTF-8 become U+FFFD.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        refused = error
    text = body.decode("utf-8-sig", errors="replace")
    text = _ESCAPES.sub(lambda m: REPLACEMENT if m["lone"] else m[0], text)
    try:
        return json.loads(
            text,
            strict=False,
            parse_constant=lambda _: None,
            parse_float=_finite,
            parse_int=_finite,
        )
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except ValueError:
        raise refused from None


def _finite(digits: str) -> int | float | None:
    number = float(digits)
    if not math.isfinite(number):
        return None
    return int(digits) if digits.lstrip("-").isdigit() and abs(number) < 2**63 else number


AT_ONCE = 8
"""How many requests to one service are under way at once."""

_thread = threading.local()
"""`stopped`: the event that ends what a thread of ours is doing."""


def pause(seconds: float, sleep: Callable[[float], None] = time.sleep) -> None:
    """Wait between two requests; raises CancelledError as soon as nobody wants the second any more.

    Without that, a command that is stopped by hand would go on for as long as its pauses take.
    """
    stopped: threading.Event | None = getattr(_thread, "stopped", None)
    if stopped is None or sleep is not time.sleep:
        sleep(seconds)
    else:
        stopped.wait(seconds)
    if stopped is not None and stopped.is_set():
        raise CancelledError


def stop_pauses_by(stopped: threading.Event) -> None:
    """End what this thread pauses for as soon as an event is set."""
    _thread.stopped = stopped
