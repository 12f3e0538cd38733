"""The demo's account with a service and its page, for screenshots and measurements."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from segued.sandbox.calls import SandboxSettings
from segued.sandbox.server import running

_SCHEDULES = {
    "Morning Rise": '"0 7 * * mon-fri"',
    "Forgotten Favourites": '"0 18 * * fri"',
    "A Calm Hour": '"every 6 hours"',
}


@dataclass(frozen=True, slots=True)
class DemoPage:
    """A running service with its page."""

    base: str
    config: Path
    environ: dict[str, str]
    process: subprocess.Popen[bytes]

    def segue(self, *arguments: str) -> str:
        """What a command of `segue` prints."""
        call = [sys.executable, "-m", "segued.cli.main", "--config", str(self.config), *arguments]
        return subprocess.run(
            call, env=self.environ, check=True, capture_output=True, text=True
        ).stdout

    def link(self) -> str:
        """An address that signs in."""
        return self.segue("page", "--no-browser").strip()


@contextlib.contextmanager
def served_demo(folder: Path) -> Iterator[DemoPage]:
    """The demo in a folder, made there where it is not yet, served with its account."""
    config = folder / "config.toml"
    if not config.exists():
        call = [sys.executable, "-m", "segued.cli.main", "-q", "demo", "--folder", str(folder)]
        subprocess.run(call, check=True, stdout=subprocess.DEVNULL)
    text = config.read_text()
    scheduled = "\nschedule" in text
    if not scheduled:
        for name, words in _SCHEDULES.items():
            text = text.replace(f'name = "{name}"\n', f'name = "{name}"\nschedule = {words}\n')
        config.write_text(text)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with running(SandboxSettings(), state_folder=folder / "account") as sandbox:
        base = sandbox.accounts_url
        environ = {
            **os.environ,
            "STATE_DIRECTORY": str((folder / "state").absolute()),
            "SEGUE_SERVICE__STATUS_PORT": str(port),
            "SEGUE_SPOTIFY__API_URL": f"{base}/v1",
            "SEGUE_SPOTIFY__ACCOUNTS_URL": base,
            "SEGUE_FEATURES__RECCOBEATS_URL": f"{base}/reccobeats",
            "SEGUE_LYRICS__LRCLIB_URL": f"{base}/lrclib",
        }
        if not scheduled:  # a recipe that was changed is made anew: nothing is to be pending
            refresh = ["-m", "segued.cli.main", "-q", "--config", str(config), "refresh"]
            subprocess.run(
                [sys.executable, *refresh], env=environ, check=True, stdout=subprocess.DEVNULL
            )
        call = [sys.executable, "-m", "segued.service.main", "--config", str(config)]
        process = subprocess.Popen(call, env=environ, stderr=subprocess.DEVNULL)
        try:
            page = DemoPage(f"http://127.0.0.1:{port}", config, environ, process)
            _wait(page)
            yield page
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def _wait(page: DemoPage) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"{page.base}/healthz", timeout=5):  # noqa: S310
                return
        except urllib.error.URLError:
            if time.monotonic() > deadline or page.process.poll() is not None:
                raise
        time.sleep(0.1)
