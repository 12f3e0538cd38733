"""The idle service with 50,000 tracks stored: resident memory and processor time, beside the same
process with the libraries that it leaves to its jobs.

The bound is 80 MB resident.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from segue.music.track import Album, Artist, Track
from segue.playlists.library import Saved
from segued.store.state import State

TRACKS = 50_000
BOUND_MB = 80
SETTLE_SECONDS = 8.0
CONFIG = """
[service]
status_port = {port}
[schedules]
sync = "every 24 hours"
enrich = "every 24 hours"
{playlists}
"""
WITH = {
    "segued": "",
    "segued, state opened whole": (
        "import os, pathlib; from segued.store.state import State;"
        "s = State.open(pathlib.Path(os.environ['STATE_DIRECTORY']));"
        "kept = [dict(s.library.tracks()), s.library.liked()];"
    ),
    "segued, jobs in the process": "import segued.worker.jobs;",
    "segued, torch imported": "import torch;",
}


def fill(folder: Path) -> None:
    """A library of liked tracks."""
    state = State.open(folder)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    state.library.put_tracks(
        Track(
            f"{n:022d}",
            f"Title number {n} of many",
            (Artist(f"Artist {n % 3000}", f"{n % 3000:022d}"),),
            Album(f"Album {n % 9000}", f"{n % 9000:022d}", "1999-01-01"),
            200_000,
            f"QZAAA{n:07d}",
            False,
            True,
        )
        for n in range(TRACKS)
    )
    state.library.set_liked(tuple(Saved(f"{n:022d}", now) for n in range(TRACKS)))
    state.library.commit()
    state.close()


def measure(folder: Path, more: str) -> tuple[float, float, int]:
    """Resident MB and CPU seconds an hour of the idle service, and its threads."""
    code = f"{more}import sys; from segued.service.main import main; sys.exit(main())"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "--config", str(folder / "config.toml")],
        env={**os.environ, "STATE_DIRECTORY": str(folder / "state")},
        stderr=subprocess.DEVNULL,
    )
    try:
        found = psutil.Process(process.pid)
        time.sleep(SETTLE_SECONDS)
        before = sum(found.cpu_times()[:2])
        time.sleep(SETTLE_SECONDS)
        spent = (sum(found.cpu_times()[:2]) - before) / SETTLE_SECONDS * 3600
        return found.memory_info().rss / 1e6, spent, found.num_threads()
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def main() -> None:
    """Print the table."""
    printed = Table(
        "", "resident MB", "CPU s an hour", "threads", title=f"idle, {TRACKS:,} tracks stored"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder / "state")
        playlists = "".join(
            f'[[playlist]]\nname = "List {n}"\nfrom = "liked"\nlength = 30\nschedule = "@daily"\n'
            for n in range(20)
        )
        for port, label in ((0, "no status page"), (19_377, "with the page")):
            text = CONFIG.format(port=port, playlists=playlists)
            (folder / "config.toml").write_text(text)
            for what, more in WITH.items() if not port else [("segued", "")]:
                memory, spent, threads = measure(folder, more)
                printed.add_row(f"{what}, {label}", f"{memory:.0f}", f"{spent:.1f}", str(threads))
        printed.add_row("bound", str(BOUND_MB), "", "")
    Console().print(printed)


if __name__ == "__main__":
    main()
