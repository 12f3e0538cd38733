"""`segued` as a process, on a sandbox, listened to as systemd does."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.faults.campaign.accounts import midday_zone

from segued.config.schema import timetable
from segued.notify import Notifier
from segued.sandbox.calls import SandboxSettings
from segued.sandbox.server import Sandbox, running
from segued.schedule.scheduler import Scheduler
from segued.service.reporter import Configuration, Reporter, login_of
from segued.store.access import TokenDocument
from segued.store.runs import ScheduleState
from segued.store.state import State

PATIENCE_SECONDS = 200.0
"""How long is waited for what comes soon, unless the machine is very busy."""
RECIPES = """
[[playlist]]
name = "Mornings"
from = "liked"
length = 20
sequence.method = "greedy"
schedule = "@daily"
[[playlist]]
name = "Evenings"
from = "liked"
length = 10
sequence.method = "greedy"
schedule = "@daily"
"""


@dataclass
class Systemd:
    """The other end of NOTIFY_SOCKET."""

    path: Path
    heard: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self.path))
        self._socket.setblocking(False)

    def listen(self) -> list[str]:
        """Every message so far."""
        while True:
            try:
                self.heard.append(self._socket.recv(4096).decode())
            except BlockingIOError:
                return self.heard

    def wait_for(self, words: str, seconds: float = PATIENCE_SECONDS, after: int = 0) -> str:
        """The first message with these words, waited for."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for message in self.listen()[after:]:
                if words in message:
                    return message
            time.sleep(0.02)
        raise AssertionError(f"{words!r} was not said; heard: {self.heard}")

    def close(self) -> None:
        self._socket.close()


@dataclass
class Home:
    """A folder with a configuration and a state; `segued` runs in it."""

    sandbox: Sandbox
    folder: Path
    systemd: Systemd
    processes: list[subprocess.Popen[str]] = field(default_factory=list)
    launcher: Callable[..., list[str]] = lambda *program: list(program)

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def environ(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("SEGUE_")}
        own = {"STATE_DIRECTORY": str(self.folder / "state"), "HOME": str(self.folder)}
        return {**kept, **own, "NOTIFY_SOCKET": str(self.systemd.path), "TZ": "UTC"}

    def write_config(self, more: str = "", recipes: str = RECIPES) -> None:
        base = self.sandbox.accounts_url
        self.config.write_text(
            f"""
timezone = "{midday_zone(datetime.now(UTC))}"
[spotify]
client_id = "sandbox-client"
api_url = "{base}/v1"
accounts_url = "{base}"
[features]
reccobeats_url = "{self.sandbox.reccobeats_url}"
interval_seconds = 0.0
[lyrics]
enabled = false
[schedules]
sync = "@daily"
enrich = ""
{more}
{recipes}"""
        )

    def log_in(self, authorized_at: datetime | None = None) -> None:
        given = self.sandbox.tokens()
        now = datetime.now(UTC)
        with self.state() as state:
            state.auth.set_token(
                TokenDocument(
                    given["access_token"],
                    given["refresh_token"],
                    now + timedelta(days=1),
                    given["scope"],
                    authorized_at or now,
                    "sandbox-client",
                )
            )

    def state(self) -> _Opened:
        return _Opened(self.folder / "state")

    def make_due(self, *keys: str) -> None:
        """As if the service had run, and then not for a while: everything was due then."""
        with self.state() as state:
            known = state.schedules.all() or self._first_known(state)
            past = datetime.now(UTC) - timedelta(days=1, hours=1)
            state.schedules.change(
                keys or tuple(known), lambda state: replace(state, next_due=past, owed=None)
            )

    def _first_known(self, state: State) -> Mapping[str, ScheduleState]:
        """What a service notes of its schedules when it first starts, noted without a process."""
        settings = Configuration(self.config, self.environ).settings
        scheduler = Scheduler(
            state.schedules,
            {},
            runner=lambda task: pytest.fail(f"{task} was run"),
            listener=Reporter(state, Notifier(settings.notify, state.schedules, _no_message)),
            login=lambda: login_of(state.auth, datetime.now(UTC)),
            clock=lambda: datetime.now(UTC),
        )
        scheduler.replace(timetable(settings))
        return scheduler.states()

    def start(self, *arguments: str, **environ: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "segued.service.main", "--config", str(self.config)]
        with (self.folder / "log").open("a") as log:
            process = subprocess.Popen(
                self.launcher(*command, *arguments),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                text=True,
                env={**self.environ, **environ},
            )
        self.processes.append(process)
        return process

    def once(self, **environ: str) -> int:
        """Do everything once; the exit code."""
        return self.end_of(self.start("--once", **environ))

    def end_of(self, process: subprocess.Popen[str]) -> int:
        """The exit code of a process, waited for."""
        return process.wait(PATIENCE_SECONDS)

    def serve(self, **environ: str) -> subprocess.Popen[str]:
        """A service that has said it is ready."""
        before = len(self.systemd.listen())
        process = self.start(**environ)
        self.systemd.wait_for("READY=1", after=before)
        return process

    def stop(self, process: subprocess.Popen[str]) -> int:
        process.send_signal(signal.SIGTERM)
        return self.end_of(process)

    @property
    def struck(self) -> bool:
        """Whether a fault has met a request."""
        return any(fault.struck for fault in self.sandbox.faults.armed)

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def runs(self) -> list[tuple[str, str, str]]:
        """Kind, status and reason of every run, oldest first."""
        with self.state() as state:
            return [(run.kind, run.status, run.reason) for run in state.runs.recent(500)][::-1]

    def wait_until(self, true: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
        deadline = time.monotonic() + seconds
        while not true():
            self.systemd.listen()
            assert time.monotonic() < deadline, self.log
            time.sleep(0.05)

    @property
    def mine(self) -> dict[str, tuple[str, ...]]:
        """The playlists Segue made: their URIs on the account, by name."""
        account = self.sandbox.world.account
        records = [account.playlists[playlist_id] for playlist_id in account.listed]
        return {record.name: record.uris for record in records if "segue:" in record.description}


def _no_message(title: str, text: str) -> bool:
    raise AssertionError(f"a message was sent: {title}: {text}")


@dataclass
class _Opened:
    folder: Path

    def __enter__(self) -> State:
        self._state = State.open(self.folder)
        return self._state

    def __exit__(self, *_: object) -> None:
        self._state.close()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    settings = SandboxSettings(tracks=200, artists=40, likes=60, playlists=5, play_days=10)
    systemd = Systemd(tmp_path / "notify")
    with running(settings) as sandbox:
        found = Home(sandbox, tmp_path, systemd)
        found.write_config()
        found.log_in()
        try:
            yield found
        finally:
            for process in found.processes:
                if process.poll() is None:
                    process.kill()
                process.wait()
            systemd.close()
