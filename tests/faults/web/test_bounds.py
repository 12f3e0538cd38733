"""Answers without an end, in bytes, seconds or rows: each costs an error of ours, and little."""

from __future__ import annotations

import gzip
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
import requests

from segue.errors import MalformedAnswerError
from segued.web.transport import Limits, bounded_session

Talk = Callable[[socket.socket], None]
LIMITS = Limits(timeout_seconds=2.0, deadline_seconds=0.6, max_bytes=1_000_000)


@contextmanager
def speaking(talk: Talk) -> Iterator[str]:
    """A server that says, byte by byte, whatever a test wants."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65_536)
                    with suppress(OSError):
                        talk(connection)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"


def trickle(text: bytes, said: list[int]) -> Talk:
    """Say byte after byte, each noted."""

    def talk(connection: socket.socket) -> None:
        for byte in text:
            connection.sendall(bytes([byte]))
            said.append(byte)
            time.sleep(0.05)

    return talk


HEADERS = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    "text",
    [
        b"HTTP/1.1 200 " + b"O" * 400,
        HEADERS + b"X-Header: " + b"a" * 400,
        HEADERS + b"X: y\r\n" * 80,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 20,
        HEADERS + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\na\r\n" * 60,
        HEADERS + b"Content-Length: 4000\r\n\r\n" + b" " * 400,
    ],
    ids=["status line", "one header", "many headers", "continue", "chunks", "body"],
)
def test_an_answer_that_trickles_ends_at_the_deadline(text: bytes) -> None:
    said: list[int] = []
    with speaking(trickle(text, said)) as url, bounded_session("It", LIMITS) as session:
        with pytest.raises(requests.ReadTimeout):
            session.get(url)
        assert len(said) < len(text)


def answer(body: bytes, encoding: str) -> Talk:
    head = HEADERS + f"Content-Encoding: {encoding}\r\nContent-Length: {len(body)}\r\n\r\n".encode()

    def talk(connection: socket.socket) -> None:
        connection.sendall(head + body)

    return talk


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_a_bomb_costs_an_error_and_little_memory(depth: int) -> None:
    body = bytes(300_000_000 if depth == 1 else 50_000_000)
    for _ in range(depth):
        body = gzip.compress(body, 6)
    limits = Limits(deadline_seconds=30, max_bytes=1_000_000)
    encoding = ", ".join(["gzip"] * depth)
    with speaking(answer(body, encoding)) as url, bounded_session("It", limits) as session:
        tracemalloc.start()
        try:
            with pytest.raises(MalformedAnswerError, match="more than 1,000,000 bytes"):
                session.get(url)
            assert tracemalloc.get_traced_memory()[1] < 10_000_000
        finally:
            tracemalloc.stop()


def test_an_answer_that_says_it_is_packed_and_is_not_is_a_failed_connection() -> None:
    with (
        speaking(answer(b"not packed", "gzip")) as url,
        bounded_session("It", Limits()) as session,
        pytest.raises(requests.ConnectionError),
    ):
        session.get(url)


def test_two_answers_may_come_over_one_connection() -> None:
    seen: list[int] = []

    def talk(connection: socket.socket) -> None:
        for _ in range(2):
            seen.append(connection.fileno())
            connection.sendall(HEADERS + b"Content-Length: 2\r\n\r\n{}")
            if not connection.recv(65_536):
                return

    with speaking(talk) as url, bounded_session("It", Limits()) as session:
        assert [session.get(url).json() for _ in range(2)] == [{}, {}]
    assert len(seen) == 2
