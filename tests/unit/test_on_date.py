"""The date a command is run on: which it is, and that every process of the command has it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tools.on_date import AWKWARD, moment_of

SCRIPT = Path(__file__).parents[2] / "tools" / "on_date.py"
SHOWN = (
    "import subprocess, sys, time; from datetime import datetime; print(datetime.now());"
    "began = time.monotonic(); time.sleep(0.01); print(0 < time.monotonic() - began < 60);"
    "subprocess.run([sys.executable, '-c', 'from datetime import date; print(date.today())'])"
)


@pytest.mark.parametrize("text", AWKWARD)
def test_every_date_of_the_list_is_a_moment_of_its_zone(text: str) -> None:
    moment, zone = moment_of(text)
    assert f"{moment:%Y-%m-%dT%H:%M} {zone}" == text


def test_a_day_alone_is_its_noon_in_utc() -> None:
    assert moment_of("2028-02-29") == (datetime(2028, 2, 29, 12, tzinfo=UTC), "UTC")


def test_midnight_can_be_named() -> None:
    assert moment_of("2028-02-29T00:00")[0].hour == 0


@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")
def test_a_command_and_what_it_starts_have_the_date_and_time_goes_on() -> None:
    command = [sys.executable, str(SCRIPT), "2028-02-29T10:00", sys.executable, "-c", SHOWN]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    said, now, passes, child = done.stdout.splitlines()
    assert "2028-02-29T10:00:00+00:00" in said
    assert now.startswith("2028-02-29 10:0")
    assert passes == "True"
    assert child == "2028-02-29"
