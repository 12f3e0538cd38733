"""A service with its page on a sandbox: one account and one `segued` for every test."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from tests.faults.campaign.accounts import midday_zone
from tests.ports import free_port
from tools.browser import Browser, browser, missing

from segue.names import track_id_in
from segue.playlists.library import Play
from segued.cli.main import main
from segued.page.access import Keys
from segued.sandbox.calls import SandboxSettings
from segued.sandbox.server import Sandbox, running
from segued.store.access import TokenDocument
from segued.store.state import State

RECIPES = """
# Kept by hand; this comment stays.
[[playlist]]
name = "Mornings"   # the first
from = "liked"
length = 20
schedule = "@daily"
[playlist.sequence]
arc = "ramp"

# The evening.
[[playlist]]
name = "Evenings"
from = "liked"
length = 10

# At noon; never made.
[[playlist]]
name = "Noons"
from = "liked"
length = 11
"""


@dataclass
class Served:
    """A service with its page, and a way in."""

    sandbox: Sandbox
    folder: Path
    port: int
    process: subprocess.Popen[bytes]

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def link(self) -> str:
        """An address that signs in, as `segue page` makes one."""
        token = Keys.kept_in(self.folder / "state").link(datetime.now(UTC))
        return f"{self.base}/open?token={token}"

    def session(self) -> requests.Session:
        """A signed-in visitor without a browser."""
        found = requests.Session()
        assert found.get(self.link(), timeout=120, allow_redirects=False).status_code == 303
        return found

    def post(self, session: requests.Session, path: str, **values: str) -> requests.Response:
        """A form of the page, as its own pages send it."""
        cookie = next(iter(session.cookies)).value or ""
        token = Keys.kept_in(self.folder / "state").form_token(cookie)
        return session.post(
            self.base + path,
            data={"form_token": token, **values},
            headers={"Origin": self.base},
            timeout=60,
        )

    def until(self, holds: Callable[[], bool], seconds: float = 120.0) -> None:
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, self.log
            time.sleep(0.05)

    def state(self) -> State:
        return State.open(self.folder / "state")


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Mornings were made twice, Evenings never; nothing falls due, and no test writes a list."""
    with _serving(tmp_path_factory.mktemp("page")) as found:
        yield found


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """As `served`, for tests that write lists: tests run in any order."""
    with _serving(tmp_path_factory.mktemp("written")) as found:
        yield found


@contextmanager
def _serving(folder: Path) -> Iterator[Served]:
    port = free_port()
    with running(SandboxSettings(tracks=300, likes=120, playlists=5, play_days=20)) as sandbox:
        base = sandbox.accounts_url
        (folder / "config.toml").write_text(
            f"""
timezone = "{midday_zone(datetime.now(UTC))}"
[spotify]
client_id = "sandbox-client"
api_url = "{base}/v1"
accounts_url = "{base}"
[features]
reccobeats_url = "{sandbox.reccobeats_url}"
interval_seconds = 0.0
[lyrics]
enabled = false
[service]
status_port = {port}
[schedules]
sync = "@daily"
enrich = "@daily"
{RECIPES}"""
        )
        state = State.open(folder / "state")
        given, now = sandbox.tokens(), datetime.now(UTC)
        state.auth.set_token(
            TokenDocument(
                given["access_token"],
                given["refresh_token"],
                now + timedelta(days=1),
                given["scope"],
                now,
                "sandbox-client",
            )
        )
        state.close()
        environ = {**os.environ, "STATE_DIRECTORY": str(folder / "state"), "TZ": "UTC"}
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("STATE_DIRECTORY", environ["STATE_DIRECTORY"])
            call = ["--config", str(folder / "config.toml")]
            text = (folder / "config.toml").read_text()
            (folder / "config.toml").write_text(text.replace("length = 20", "length = 12"))
            assert main([*call, "-q", "refresh", "Mornings"]) == 0
            (folder / "config.toml").write_text(text)
            assert main([*call, "-q", "refresh", "Mornings"]) == 0
            _listen(folder / "state")
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "segued.service.main", *call], env=environ, stderr=log
            )
        found = Served(sandbox, folder, port, process)
        try:
            found.until(lambda: _answers(found))
            yield found
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(120) == 0


def _listen(folder: Path) -> None:
    """Mornings are heard twice: in order as far as row 6, once skipped, and shuffled."""
    with closing(State.open(folder)) as state:
        playlist = state.playlists.of_recipe("mornings")
        assert playlist is not None
        began = state.versions.list(playlist.summary.id)[0].taken_at
        for hours, rows in ((0, (0, 1, 3, 4, 5)), (2, (9, 2, 8, 1, 7, 0, 6))):
            moments = (began + timedelta(hours=hours, minutes=4 * n) for n in range(len(rows)))
            state.plays.add(
                Play(
                    track_id_in(playlist.uris[row]) or "",
                    moment,
                    skipped=row == 3,
                    context=f"spotify:playlist:{playlist.summary.id}",
                )
                for row, moment in zip(rows, moments, strict=True)
            )
        state.plays.commit()


def _answers(served: Served) -> bool:
    assert served.process.poll() is None, served.log
    try:
        return requests.get(f"{served.base}/healthz", timeout=120).ok
    except requests.ConnectionError:
        return False


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A browser for every test that clicks."""
    if why := missing():
        pytest.skip(f"no browser: {why}")
    with browser() as found:
        yield found
