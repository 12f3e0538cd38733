"""A model hub that cannot be reached is asked once."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

LOAD = """
from segue.errors import UnavailableError
from segued.providers.encoders.loading import EncoderChoice, load_model
try:
    load_model(EncoderChoice())
except UnavailableError as error:
    print(error)
"""


@pytest.fixture
def hub() -> Iterator[tuple[str, list[str]]]:
    """The address of a hub that is down, and the requests it was sent."""
    asked: list[str] = []

    class Down(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def _answer(self) -> None:
            asked.append(self.path)
            self.send_response(503)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_HEAD = _answer  # noqa: N815

    server = ThreadingHTTPServer(("127.0.0.1", 0), Down)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", asked
    server.shutdown()
    server.server_close()


def test_a_hub_that_is_down_is_asked_once(hub: tuple[str, list[str]], tmp_path: Path) -> None:
    address, asked = hub
    done = subprocess.run(
        [sys.executable, "-c", LOAD],
        env={**os.environ, "HF_ENDPOINT": address, "HF_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert len([path for path in asked if "/resolve/" in path]) == 1
    assert "could not be loaded from the model hub" in done.stdout
    assert done.stderr == ""
