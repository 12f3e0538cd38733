"""The first hour as README tells it, driven from end to end against a sandbox.

    python -m tools.first_hour [--fresh] [--write]

Install, `segue init` with its login, a plan, four playlists, the service, its page in Chromium, and
one undo by its button. `--fresh` installs Segue into a new virtual environment first; without it
the environment at hand is used. `--write` puts the transcript with its times into
docs/first-hour.md; otherwise it is printed.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "first-hour.md"
BEGIN, END = "<!-- transcript: begin -->", "<!-- transcript: end -->"
CLIENT_ID = "0123456789abcdef0123456789abcdef"
TAKEN = ("long-unheard", "lately", "loose-ends", "one-decade")
"""The proposals of `segue init` that become the four playlists."""

MOST_LINES = 14
PATIENCE_SECONDS = 300.0


@dataclass
class Transcript:
    """What was typed, what came, and how long each step took."""

    steps: list[tuple[str, str, float]] = field(default_factory=list)

    def add(self, command: str, output: str, seconds: float) -> None:
        """Note one step."""
        self.steps.append((command, output, seconds))
        print(f"{seconds:7.1f} s  {command}", file=sys.stderr)  # noqa: T201 - the progress of a script

    def text(self, hidden: Mapping[str, str]) -> str:
        """The transcript in Markdown; what is `hidden` stands under another name."""
        parts = []
        for command, output, seconds in self.steps:
            shown = output.rstrip().splitlines()
            if len(shown) > MOST_LINES:
                rest = f"… and {len(shown) - MOST_LINES} lines more"
                shown = [*shown[: MOST_LINES - 4], rest, *shown[-4:]]
            body = "\n".join([f"$ {command}", *(line.rstrip() for line in shown)])
            parts.append(f"```text\n{body}\n```\n\n*{seconds:.1f} s*\n")
        whole = "\n".join(parts)
        for secret, name in hidden.items():
            whole = whole.replace(secret, name)
        total = sum(seconds for *_, seconds in self.steps)
        return f"{whole}\nAll of it took {total:.0f} seconds.\n"


@dataclass(frozen=True)
class Hour:
    """Where the hour happens: a folder of its own, and the environment commands run in."""

    folder: Path
    bin: Path
    transcript: Transcript
    quick: bool = False
    fresh: bool = False

    @property
    def config(self) -> Path:
        """The configuration that `segue init` writes."""
        return self.folder / "config" / "segue" / "config.toml"

    @property
    def names(self) -> list[str]:
        """The names of its playlists."""
        return re.findall(r'^name = "(.*)"', self.config.read_text("utf-8"), re.MULTILINE)

    @property
    def environ(self) -> dict[str, str]:
        """The environment of a user who has just begun, with our commands on the path."""
        own = {
            "HOME": str(self.folder),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "XDG_STATE_HOME": str(self.folder / "state"),
            "TZ": "UTC",
            "COLUMNS": "80",
            "OMP_NUM_THREADS": "1",
            "PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}",
        }
        kept = ["LANG", "PIP_INDEX_URL", "PIP_CONFIG_FILE", "SSL_CERT_FILE"]
        kept += [] if self.fresh else ["PYTHONPATH"]
        own |= {"SEGUE_LYRICS__ENABLED": "false"} if self.quick else {}
        return {**{name: os.environ[name] for name in kept if name in os.environ}, **own}

    def run(self, *command: str, shown: str = "") -> str:
        """Run a command to its end; raises SystemExit with its output where it fails."""
        began = time.monotonic()
        done = subprocess.run(
            command, env=self.environ, capture_output=True, text=True, timeout=3600, check=False
        )
        output = done.stderr + done.stdout
        if done.returncode:
            raise SystemExit(f"{shlex.join(command)} ended with {done.returncode}:\n{output}")
        self.transcript.add(shown or shlex.join(command), output, time.monotonic() - began)
        return done.stdout


def first_hour(folder: Path, *, fresh: bool = False, quick: bool = False) -> str:
    """Live through the hour in an empty folder; raises SystemExit where it fails.

    `quick` looks up no lyrics.
    """
    transcript = Transcript()
    bin_ = folder / "venv" / "bin" if fresh else Path(sys.executable).parent
    hour = Hour(folder, bin_, transcript, quick, fresh)
    if fresh:
        _install(hour)
    with _sandbox(hour) as base:
        _init(hour, base)
        hour.run("segue", "plan", "-q")
        hour.run("segue", "refresh")
        _change(hour)
        with _service(hour) as name:
            _page(hour, name)
        hour.run("segue", "status")
    hidden = {str(folder): "~", str(bin_): "venv/bin", base: "http://127.0.0.1:8765"}
    return transcript.text(hidden)


def _install(hour: Hour) -> None:
    python = str(hour.bin / "python")
    hour.run(sys.executable, "-m", "venv", str(hour.bin.parent), shown="python3 -m venv venv")
    hour.run(
        python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
        "--constraint", str(ROOT / "constraints.txt"), f"{ROOT}[offline]",
        shown="venv/bin/pip install '.[offline]'",
    )  # fmt: skip


@contextmanager
def _sandbox(hour: Hour) -> Iterator[str]:
    """A made-up Spotify on this machine: its address."""
    command = ["segue", "sandbox", "serve", "--port", "0", "--state", str(hour.folder / "account")]
    began = time.monotonic()
    with _running(hour, command) as lines:
        text = lines.until(r"http://127\.0\.0\.1:\d+")
        hour.transcript.add("segue sandbox serve &", text, time.monotonic() - began)
        yield re.search(r"http://127\.0\.0\.1:\d+", text)[0]  # type: ignore[index]  # it was found


def _init(hour: Hour, base: str) -> None:
    """`segue init`, and a person who follows the login's address in a browser."""
    urls = {"api": f"{base}/v1", "accounts": base, "reccobeats": f"{base}/reccobeats"}
    command = ["segue", "init", "--client-id", CLIENT_ID, "--redirect-port", "0"]
    for name, url in {**urls, "lrclib": f"{base}/lrclib"}.items():
        command += [f"--{name}-url", url]
    command += ["--login", "--no-browser"]
    for proposal in TAKEN:
        command += ["--take", proposal]
    began = time.monotonic()
    with _running(hour, command) as lines:
        text = lines.until(r"http://\S+/authorize\S+")
        address = re.search(r"http://\S+/authorize\S+", text)[0]  # type: ignore[index]
        with urllib.request.urlopen(address, timeout=30) as answer:  # noqa: S310 - our sandbox
            answer.read()
        whole = lines.rest()
    shown = f"segue init --take {' --take '.join(TAKEN)}"
    hour.transcript.add(shown, whole.replace(address, f"{base}/authorize?…"), _since(began))


def _change(hour: Hour) -> None:
    """Make one playlist shorter, so that there is a version to go back to."""
    file, name = hour.config, hour.names[0]
    file.write_text(file.read_text("utf-8").replace("length = 30", "length = 20", 1), "utf-8")
    hour.transcript.add(f"(length = 20 is written for “{name}”)", "", 0.0)
    hour.run("segue", "refresh", name)


@contextmanager
def _service(hour: Hour) -> Iterator[str]:
    """`segued` with its page: the name of a playlist that was just made."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    file = hour.config
    file.write_text(f"{file.read_text('utf-8')}\n[service]\nstatus_port = {port}\n", "utf-8")
    began = time.monotonic()
    with _running(hour, ["segued"]) as lines:
        text = lines.until("ready: .*")
        hour.transcript.add("segued &", text, _since(began))
        yield hour.names[0]


def _page(hour: Hour, name: str) -> None:
    """Open the page in Chromium, go to a playlist, and take its last version back by the button."""
    from tools.browser import browser

    address = hour.run("segue", "page", "--no-browser").strip()
    began = time.monotonic()
    with browser() as window:
        window.size(1280, 900)
        window.open(address)
        window.until(lambda: name in window.text("body"))
        hour.transcript.add(f"(Chromium opens the page; it shows “{name}”)", "", _since(began))
        began = time.monotonic()
        window.run(
            "[...document.querySelectorAll('a')].find(a => a.textContent.includes(arguments[0]))"
            ".setAttribute('data-first-hour', '')",
            name,
        )
        window.click("a[data-first-hour]")
        window.until(lambda: bool(window.run(UNDO)))
        window.click("button[data-first-hour]")
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not _undone(hour, name):
            if time.monotonic() > deadline:
                raise SystemExit("the undo button did nothing: " + window.text("body")[:2000])
            time.sleep(0.2)
        hour.transcript.add(f"(the button “undo” of “{name}” is clicked)", "", _since(began))


UNDO = """
const found = [...document.querySelectorAll('button')].find(b => /undo/i.test(b.textContent));
if (found) found.setAttribute('data-first-hour', '');
return Boolean(found);
"""


def _undone(hour: Hour, name: str) -> bool:
    done = subprocess.run(
        [hour.bin / "segue", "history", name, "--json"],
        env=hour.environ,
        capture_output=True,
        check=True,
    )
    runs = json.loads(done.stdout)["runs"]
    return any(run["kind"] == "undo" and run["status"] == "changed" for run in runs)


class Lines:
    """What a running command has printed so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._text = ""
        self._grown = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._grown:
                self._text += line
                self._grown.notify_all()

    def until(self, pattern: str) -> str:
        """What was printed, once it holds a pattern. Raises SystemExit where it never does."""
        with self._grown:
            found = self._grown.wait_for(
                lambda: re.search(pattern, self._text) or self._process.poll() is not None,
                PATIENCE_SECONDS,
            )
            if not found or not re.search(pattern, self._text):
                raise SystemExit(f"{self._process.args} said only:\n{self._text}")
            return self._text

    def rest(self) -> str:
        """All that was printed, once it has ended. Raises SystemExit where it failed."""
        code = self._process.wait(PATIENCE_SECONDS)
        self._reader.join(PATIENCE_SECONDS)
        if code:
            raise SystemExit(f"{self._process.args} ended with {code}:\n{self._text}")
        return self._text

    def close(self) -> None:
        """Let go of what the command, which has ended, printed to."""
        self._reader.join(PATIENCE_SECONDS)
        if self._process.stdout is not None:
            self._process.stdout.close()


@contextmanager
def _running(hour: Hour, command: list[str]) -> Iterator[Lines]:
    """A command that goes on meanwhile, and is ended by Ctrl-C where it has not ended itself."""
    process = subprocess.Popen(
        command, env=hour.environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    lines = Lines(process)
    try:
        yield lines
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
        lines.close()


def _since(began: float) -> float:
    return time.monotonic() - began


def written(page: str, transcript: str) -> str:
    """The page with another transcript."""
    before, _, rest = page.partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n\n{transcript}\n{END}{after}"


def main() -> int:
    """Live through it, and print or write the transcript."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fresh", action="store_true", help="install into a new environment")
    parser.add_argument("--write", action="store_true", help=f"into {PAGE.relative_to(ROOT)}")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="segue-first-hour-") as folder:
        transcript = first_hour(Path(folder), fresh=given.fresh)
    if given.write:
        PAGE.write_text(written(PAGE.read_text("utf-8"), transcript), "utf-8")
    else:
        print(transcript)  # noqa: T201 - it is what a script is asked for
    return 0


if __name__ == "__main__":
    sys.exit(main())
