"""A whole installation on a sandbox: its state, its configuration, and commands as processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from segued.sandbox.calls import SandboxSettings
from segued.sandbox.server import Sandbox, running
from segued.store.access import TokenDocument
from segued.store.state import State

ROOT = Path(__file__).parent.parent
RECIPES = """
[[playlist]]
name = "Bench {n}"
from = "liked"
length = {length}
max_per_artist = 2
score = {{ {score} = 1.0 }}
{where}
"""
SCORES = ("novelty", "recency", "plays")


_WATCH = """
import json, os, sys, time
began = time.perf_counter()
process = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, used = os.wait4(process, 0)
took = [time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss]
with open(sys.argv[1], "w") as file:
    json.dump([os.waitstatus_to_exitcode(status), *took], file)
"""
"""Runs a command from a small process: the kernel counts as a command's peak what the process had
that began it, and ours holds a sandbox."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A command as it ended: its exit code and output, seconds and peak memory (MiB)."""

    code: int
    output: str
    wall: float
    cpu: float
    peak: float


@dataclass
class Installation:
    """A state folder, a configuration and the code that works on them, at `root`."""

    sandbox: Sandbox | Served
    folder: Path
    config: str
    root: Path = ROOT
    prefix: Sequence[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        (self.folder / "config.toml").write_text(self.config, encoding="utf-8")
        parts = [self.root / "core", self.root / "daemon"]
        subprocess.run(
            [sys.executable, "-m", "compileall", "-q", *parts], env=self.environ, check=True
        )
        given, far = self.sandbox.tokens(), datetime.now(UTC) + timedelta(days=1)
        state = State.open(self.folder / "state")
        state.auth.set_token(
            TokenDocument(
                *(given["access_token"], given["refresh_token"], far, given["scope"]),
                *(datetime.now(UTC), "sandbox-client"),
            )
        )
        state.close()

    @property
    def environ(self) -> dict[str, str]:
        """The environment of a command: this installation's and no other's."""
        unlike = ("SEGUE", "PYTHONDONTWRITEBYTECODE")  # an installed Segue has bytecode
        kept = {name: value for name, value in os.environ.items() if not name.startswith(unlike)}
        return kept | {
            "STATE_DIRECTORY": str(self.folder / "state"),
            "SEGUE_CONFIG": str(self.folder / "config.toml"),
            "HOME": str(self.folder),
            "OMP_NUM_THREADS": "1",
            "PYTHONPATH": f"{self.root / 'core'}{os.pathsep}{self.root / 'daemon'}",
        }

    def run(self, *arguments: str) -> Ran:
        """Run `segue` with these arguments."""
        segue = [sys.executable, "-m", "segued.cli.main", *arguments]
        watch = [sys.executable, "-S", "-c", _WATCH, str(self.folder / "used")]
        with (self.folder / "output").open("w+b") as output:
            subprocess.run(
                [*watch, *self.prefix, *segue],
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=True,
            )
            output.seek(0)
            text = output.read().decode(errors="replace")
        code, wall, cpu, peak = json.loads((self.folder / "used").read_text())
        return Ran(code, text, wall, cpu, peak / 1024)


def recipes(count: int) -> str:
    """The sections of so many recipes over the likes, no two alike."""
    return "".join(
        RECIPES.format(
            n=number,
            length=20 + number,
            score=SCORES[number % len(SCORES)],
            where='where = { not_played_within = "30 days" }' if number % 4 == 0 else "",
        )
        for number in range(count)
    )


def config_for(sandbox: Sandbox | Served, playlists: str, *, lyrics: str = "") -> str:
    """A configuration that leads to a sandbox and to nothing else."""
    words = lyrics or "enabled = false"
    return f"""
[spotify]
client_id = "sandbox-client"
api_url = "{sandbox.api_url}"
accounts_url = "{sandbox.accounts_url}"
redirect_port = 0

[features]
reccobeats_url = "{sandbox.reccobeats_url}"
interval_seconds = 0.0

[enrich]
before_refresh_features = 0

[lyrics]
lrclib_url = "{sandbox.lrclib_url}"
genius_api_url = "{sandbox.genius_url}"
genius_web_url = "{sandbox.genius_url}"
interval_seconds = 0.0
{words}
{playlists}
"""


@contextmanager
def installation(
    settings: SandboxSettings, playlists: str, *, root: Path = ROOT, lyrics: str = ""
) -> Iterator[Installation]:
    """A logged-in installation on an account of these settings, gone at the end."""
    served = running(settings) if root == ROOT else serving(settings, root)
    with TemporaryDirectory() as folder, served as sandbox:
        config = config_for(sandbox, playlists, lyrics=lyrics)
        yield Installation(sandbox, Path(folder), config, root)


_SERVE = """
import json, sys, time
from segued.sandbox import gate
from segued.sandbox.server import running
try:
    from segued.sandbox.calls import SandboxSettings
except ImportError:  # where it was at the commit f76db6a
    from segued.sandbox.server import SandboxSettings
wanted = json.loads(sys.argv[1])
latency = wanted.pop("latency_seconds")
answer = gate.Gate.__call__
async def slowly(self, *given):
    import asyncio
    await asyncio.sleep(latency)
    await answer(self, *given)
gate.Gate.__call__ = slowly
with running(SandboxSettings(**wanted)) as sandbox:
    about = [getattr(sandbox, name) for name in sys.argv[2:]]
    print(json.dumps([*about, sandbox.tokens()]), flush=True)
    for line in sys.stdin:
        print(json.dumps([list(each)[:3] for each in sandbox.requests]), flush=True)
        sandbox.clear_requests()
"""
_URLS = ("api_url", "accounts_url", "reccobeats_url", "lrclib_url", "genius_url")


class Served:
    """The sandbox of another checkout, in a process of its own: it fits that code, ours may not."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        assert process.stdout is not None
        *urls, self._tokens = json.loads(process.stdout.readline())
        self.api_url, self.accounts_url, self.reccobeats_url, self.lrclib_url, self.genius_url = (
            urls
        )

    def tokens(self) -> dict[str, str]:
        """A ready token document."""
        return dict(self._tokens)

    @property
    def requests(self) -> list[list[object]]:
        """The requests since they were last asked for."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        found: list[list[object]] = json.loads(self._process.stdout.readline())
        return found

    def clear_requests(self) -> None:
        """Forget the requests so far."""
        _ = self.requests


@contextmanager
def serving(settings: SandboxSettings, root: Path) -> Iterator[Served]:
    """A sandbox of the checkout at `root`, for what `settings` say of the account."""
    names = ("tracks", "artists", "likes", "playlists", "latency_seconds")
    wanted = json.dumps({name: getattr(settings, name) for name in names})
    path = f"{root / 'core'}{os.pathsep}{root / 'daemon'}"
    process = subprocess.Popen(
        [sys.executable, "-c", _SERVE, wanted, *_URLS],
        env={**os.environ, "PYTHONPATH": path},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Served(process)
    finally:
        process.terminate()
        process.wait()


def beside() -> Path | None:
    """The other checkout that `--base FOLDER` names, to measure its code in the same run."""
    named = sys.argv[sys.argv.index("--base") + 1 :] if "--base" in sys.argv else []
    return Path(named[0]).resolve() if named else None
