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
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from segued.config.starter import PAGE_PORT
from tools.browser import browser
from tools.transcript import PATIENCE_SECONDS, Transcript, running

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "first-hour.md"
BEGIN, END = "<!-- transcript: begin -->", "<!-- transcript: end -->"
TAKEN = ("long-unheard", "lately", "loose-ends", "one-decade")
"""The proposals of `segue init` that become the four playlists."""
MOST_OF_INIT = 64
"""So many lines are shown of what `segue init` says: its proposals are what one decides by."""


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

    def run(self, *command: str, shown: str = "", blotted: str = "") -> str:
        """Run a command to its end; raises SystemExit with its output where it fails.

        What fits the pattern `blotted` is left out of the transcript.
        """
        began = time.monotonic()
        done = subprocess.run(
            command, env=self.environ, capture_output=True, text=True, timeout=3600, check=False
        )
        output = done.stderr + done.stdout
        if done.returncode:
            raise SystemExit(f"{shlex.join(command)} ended with {done.returncode}:\n{output}")
        output = re.sub(blotted, "token=…", output) if blotted else output
        self.transcript.add(shown or shlex.join(command), output, time.monotonic() - began)
        return done.stdout


def first_hour(
    folder: Path, transcript: Transcript, *, fresh: bool = False, quick: bool = False
) -> str:
    """Live through the hour in an empty folder; raises SystemExit where it fails.

    `quick` looks up no lyrics. Returns the transcript as text.
    """
    bin_ = folder / "venv" / "bin" if fresh else Path(sys.executable).parent
    hour = Hour(folder, bin_, transcript, quick, fresh)
    if fresh:
        _install(hour)
    with _sandbox(hour) as printed:
        _init(hour, printed)
        hour.run("segue", "plan", "-q")
        hour.run("segue", "refresh")
        _change(hour)
        with _service(hour) as name:
            _page(hour, name)
            hour.run("segue", "status")
    base = re.search(r"http://127\.0\.0\.1:\d+", printed)
    hidden = {str(bin_): "venv/bin", str(folder): "~"}
    hidden |= {base[0]: "http://127.0.0.1:8765"} if base else {}
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
    """A made-up Spotify on this machine: what it prints."""
    command = ["segue", "sandbox", "serve", "--port", "0", "--state", str(hour.folder / "account")]
    began = time.monotonic()
    with running(hour.environ, command) as lines:
        text = lines.until(r"segue init(.*\\\n)*.*[^\\]\n")
        hour.transcript.add("segue sandbox serve &", text, _since(began))
        yield text


def _init(hour: Hour, printed: str) -> None:
    """`segue init` as the sandbox prints it, and a person who follows the login's address."""
    found = re.search(r"segue init(.*\\\n)*.*", printed)
    own = f"--login --no-browser --take {' --take '.join(TAKEN)}"
    typed = f"{found[0] if found else ''} \\\n    {own}"
    command = shlex.split(typed.replace("\\\n", " "))
    began = time.monotonic()
    with running(hour.environ, command) as lines:
        text = lines.until(r"http://\S+/authorize\S+")
        address = re.search(r"http://\S+/authorize\S+", text)[0]  # type: ignore[index]
        with urllib.request.urlopen(address, timeout=30) as answer:  # noqa: S310 - our sandbox
            answer.read()
        whole = lines.rest()
    whole = whole.replace(address, "http://127.0.0.1:8765/authorize?…")
    hour.transcript.add(typed, whole, _since(began), most_lines=MOST_OF_INIT)


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
    text = file.read_text("utf-8").replace(f"status_port = {PAGE_PORT}", f"status_port = {port}")
    file.write_text(text, "utf-8")
    began = time.monotonic()
    with running(hour.environ, ["segued"]) as lines:
        text = lines.until("ready: .*")
        hour.transcript.add("segued &", text, _since(began))
        yield hour.names[0]


def _page(hour: Hour, name: str) -> None:
    """Open the page in Chromium, go to a playlist, and take its last version back by the button."""
    address = hour.run("segue", "page", "--no-browser", blotted=r"token=\S+").strip()
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
        transcript = first_hour(Path(folder), Transcript(), fresh=given.fresh)
    if given.write:
        PAGE.write_text(written(PAGE.read_text("utf-8"), transcript), "utf-8")
    else:
        print(transcript)  # noqa: T201 - it is what a script is asked for
    return 0


if __name__ == "__main__":
    sys.exit(main())
