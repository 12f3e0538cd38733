"""One refusal while eight requests are in flight and more wait for their place."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from segue.errors import RateLimitedError, SegueError
from segued.store.access import BudgetStore
from segued.web.source import Source, phrases_for
from segued.web.transport import AT_ONCE, Limits

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CALLS = 4 * AT_ONCE


class Crowded:
    """Answers once eight requests are there: the first of them with 429, the rest when all calls
    have heard of it or, after a short wait, been told to come again."""

    def __init__(self, retry_after: str) -> None:
        self.asked = 0
        self.refused = 0
        self.let_go = threading.Event()
        full, lock, service = threading.Barrier(AT_ONCE), threading.Lock(), self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                with lock:
                    service.asked += 1
                    number = service.asked
                if number <= AT_ONCE:
                    full.wait(120)
                if number == 1:
                    service.refused += 1
                    self.send_response(429)
                    self.send_header("Retry-After", retry_after)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                if number <= AT_ONCE:
                    service.let_go.wait(120)
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.let_go.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def crowded(request: pytest.FixtureRequest) -> Iterator[Crowded]:
    service = Crowded(request.param)
    yield service
    service.close()


def source(service: Crowded, folder: Path, **more: object) -> Source:
    return Source(
        phrases_for("busy"),
        f"http://127.0.0.1:{service.server.server_port}",
        Limits(),
        BudgetStore(folder / "budget.json"),
        clock=lambda: NOW,
        **more,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("crowded", ["600"], indirect=True)
def test_after_a_refusal_whoever_waits_for_a_place_sends_nothing(
    crowded: Crowded, tmp_path: Path
) -> None:
    made = source(crowded, tmp_path)
    heard = threading.Event()

    def call(_: int) -> str:
        try:
            made.get_json("/", {})
        except RateLimitedError:
            heard.set()
            return "refused"
        except SegueError as error:
            return type(error).__name__
        return "answered"

    with ThreadPoolExecutor(CALLS) as pool:
        calls = [pool.submit(call, number) for number in range(CALLS)]
        assert heard.wait(120)
        crowded.let_go.set()
        ended = [each.result() for each in calls]
    assert ended.count("answered") == AT_ONCE - 1
    assert ended.count("refused") == CALLS - AT_ONCE + 1
    assert crowded.asked == AT_ONCE
    made.close()


@pytest.mark.parametrize("crowded", ["2"], indirect=True)
def test_a_pause_one_was_asked_for_is_kept_by_all_who_wait_for_a_place(
    crowded: Crowded, tmp_path: Path
) -> None:
    asked_while_resting: list[int] = []

    def rest(seconds: float) -> None:
        assert seconds == 2.0
        crowded.let_go.set()  # the places of the seven others come free during the pause
        while ended < AT_ONCE - 1:
            resting.wait(0.01)
        asked_while_resting.append(crowded.asked)

    resting, ended, lock = threading.Event(), 0, threading.Lock()
    made = source(crowded, tmp_path, sleep=rest)

    def call(_: int) -> None:
        nonlocal ended
        made.get_json("/", {})
        with lock:
            ended += 1

    with ThreadPoolExecutor(CALLS) as pool:
        for each in [pool.submit(call, number) for number in range(CALLS)]:
            each.result()
    assert asked_while_resting == [AT_ONCE]
    assert crowded.asked == CALLS + 1
    made.close()
