"""Run a command as if on another date: `python tools/on_date.py DATE COMMAND…`.

DATE is a local date or moment with an optional zone, as in "2028-02-29", "2026-12-31T23:58" or
"2027-03-28T01:58 Europe/Berlin"; `daily` takes another one of a list each day. The wall clock of
the command and of every process it starts is moved there, and goes on. (libfaketime would do, but
threads hang under it that wait while another one is in `select`.)
"""

from __future__ import annotations

import math
import os
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

AWKWARD = (
    "2028-02-29T11:00 UTC",
    "2026-12-31T23:59 UTC",
    "2027-03-28T01:59 Europe/Berlin",
    "2027-11-07T00:59 America/New_York",
    "2027-02-28T23:59 Pacific/Auckland",
    "2027-04-04T01:59 Australia/Lord_Howe",
    "2027-01-01T00:01 Asia/Kathmandu",
    "2028-02-29T23:59 America/Los_Angeles",
    "2026-10-25T02:30 Europe/London",
    "2027-01-03T23:59 Pacific/Kiritimati",
    "2027-10-31T12:00 America/St_Johns",
)
"""Moments shortly before, at and after leaps of the calendar and of the clock."""
SHIFT = Path(__file__).with_name("clock_shift.c")


def moment_of(text: str) -> tuple[datetime, str]:
    """The moment and the zone that a DATE names. Raises ValueError for what is neither."""
    stamp, _, zone = text.partition(" ")
    zone = zone or "UTC"
    local = datetime.fromisoformat(stamp)
    if local.time() == datetime.min.time() and "T" not in stamp:
        local = local.replace(hour=12)
    return local.replace(tzinfo=ZoneInfo(zone)), zone


def library(folder: Path) -> Path:
    """Build what moves the clock. Raises SystemExit without a C compiler."""
    compiler = os.environ.get("CC", "cc")
    if shutil.which(compiler) is None:
        raise SystemExit("a C compiler is needed to move the clock: apt-get install gcc libc6-dev")
    made = folder / "clock_shift.so"
    options = ["-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror"]
    subprocess.run([compiler, *options, "-o", made, SHIFT, "-ldl"], check=True)
    return made


def main(arguments: list[str]) -> None:
    """Run the command under the moved clock and end as it does."""
    if len(arguments) < 2:
        raise SystemExit(__doc__)
    date, *command = arguments
    now = datetime.now(UTC)
    if date == "daily":
        date = AWKWARD[now.toordinal() % len(AWKWARD)]
    moment, zone = moment_of(date)
    print(f"as if begun at {moment.isoformat()} in {zone}", flush=True)  # noqa: T201
    # An offset, not a start: every process reads the same clock, however late it is started.
    shift = math.ceil((moment - now).total_seconds())  # never on the day before
    with tempfile.TemporaryDirectory() as folder:
        moved = {"LD_PRELOAD": str(library(Path(folder))), "CLOCK_SHIFT_SECONDS": str(shift)}
        done = subprocess.run(command, env=os.environ | moved | {"TZ": zone}, check=False)
    raise SystemExit(done.returncode)


if __name__ == "__main__":
    main(sys.argv[1:])
