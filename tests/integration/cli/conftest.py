"""A sandbox, a configuration that names it, and `segue` as it is run from a shell."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock

import pytest
import requests
from tests.faults.campaign.accounts import midday_zone

from segued.cli.call import Call
from segued.cli.main import main
from segued.config.load import load
from segued.sandbox.calls import SandboxSettings
from segued.sandbox.server import Sandbox, running
from segued.spotify.client import utc_now
from segued.spotify.login import auth
from segued.store.state import State

ZONE = midday_zone(datetime.now(UTC))
"""Where it is about noon now: no day, and with it no period of a recipe, ends during a test."""


@dataclass(frozen=True)
class Segue:
    """`segue` with a state folder and a configuration of its own."""

    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def environ(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("SEGUE_")}
        own = {"STATE_DIRECTORY": str(self.folder / "state"), "SEGUE_CONFIG": str(self.config)}
        return {**kept, **own, "HOME": str(self.folder), "TZ": ZONE}

    def start(self, *arguments: str, **environ: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "segued.cli.main", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**self.environ, **environ},
        )

    def run(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run a command in this process: what `start` does, without a new interpreter."""
        out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
        top = logging.getLogger()
        handlers, level = top.handlers[:], top.level
        try:
            with (
                mock.patch.dict(os.environ, {**self.environ, **environ}, clear=True),
                contextlib.redirect_stdout(out),
                contextlib.redirect_stderr(err),
            ):
                time.tzset()
                code = main(arguments, Call(sleep=lambda _: None))
        finally:
            time.tzset()
            top.handlers[:] = handlers
            top.setLevel(level)
        said = [stream.buffer.getvalue().decode() for stream in (out, err)]
        return subprocess.CompletedProcess(arguments, code, *said)

    def login(self) -> None:
        """Log in as a person does whose browser approves at once."""
        spotify = load(self.config, {}).settings.spotify
        state = State.open(self.folder / "state")
        auth.login(spotify, state.auth, utc_now, auth.Person(_open, _ignore), timeout_seconds=120)
        state.close()


def _open(address: str) -> None:
    threading.Thread(target=requests.get, args=(address,), kwargs={"timeout": 120}).start()


def _ignore(words: str) -> None:
    pass


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    settings = SandboxSettings(
        tracks=200, artists=40, likes=60, playlists=5, play_days=10, dated=True
    )
    with running(settings) as served:
        yield served


@pytest.fixture
def segue(tmp_path: Path) -> Segue:
    return Segue(tmp_path)


@pytest.fixture
def connected(segue: Segue, sandbox: Sandbox) -> Segue:
    """Segue with a first configuration that names the sandbox; nobody is logged in."""
    urls = ["--api-url", sandbox.api_url, "--accounts-url", sandbox.accounts_url]
    urls += ["--reccobeats-url", sandbox.reccobeats_url, "--lrclib-url", sandbox.lrclib_url]
    urls += ["--musicbrainz-url", sandbox.musicbrainz_url, "--lastfm-url", sandbox.lastfm_url]
    urls += ["--listenbrainz-url", sandbox.listenbrainz_url]
    done = segue.run(
        "init", "--yes", "--client-id", "sandbox-client", "--redirect-port", "0", *urls
    )
    assert done.returncode == 0, done.stderr
    # Features and lyrics come from services of their own, which these tests leave alone.
    text = segue.config.read_text()
    nothing = "before_refresh_features = 0\nbefore_refresh_tracks = 0\n"
    quiet = f"[enrich]\n{nothing}\n[[playlist]]"
    text = text.replace("[[playlist]]", quiet, 1)
    # What they make is put in an order that is found at once.
    segue.config.write_text(
        text.replace("[[playlist]]", '[[playlist]]\nsequence.method = "greedy"')
    )
    return segue
