"""The sandbox in the foreground, as `segue sandbox serve` runs it."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest
import requests

from segued.sandbox.server import running, serve
from segued.sandbox.state_file import NAME

PROGRAM = """
import sys
from pathlib import Path
from segued.sandbox.server import serve
from segued.sandbox.calls import SandboxSettings

settings = SandboxSettings(tracks=100, artists=20, likes=40, playlists=2)
serve(settings, 0, Path(sys.argv[1]), lambda one: print(one.accounts_url, flush=True))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_asked_to_end_and_keeps_its_state(tmp_path, number):
    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        address = process.stdout.readline().strip()
        overview = requests.get(f"{address}/_sandbox", timeout=120).json()
        process.send_signal(number)
        assert process.wait(timeout=120) == 0
        assert process.stdout.read() == "", "it prints nothing of its own"
    assert overview["tracks"] == 100
    assert (tmp_path / NAME).stat().st_size > 1000


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly_when_asked_the_moment_it_says_where_it_is(settings, number):
    asked = []

    def stop(served):
        asked.append(served.port)
        signal.raise_signal(number)

    serve(settings(), 0, started=stop)
    assert asked, "it served before it ended"


def test_a_taken_port_is_an_error_at_once(sandbox, settings):
    with pytest.raises(OSError, match="in use"), running(settings(), sandbox.port):
        pass


def test_it_answers_on_loopback_only(sandbox):
    assert sandbox.api_url.startswith("http://127.0.0.1:")


def test_two_sandboxes_run_side_by_side(settings, caller):
    with running(settings()) as first, running(settings()) as other:
        made = caller(first)("POST", "/me/playlists", {"name": "Only here"}).json()["id"]
        assert caller(other)("GET", f"/playlists/{made}").status_code == 404
