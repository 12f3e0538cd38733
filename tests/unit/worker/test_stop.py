"""When a job that is asked to end does end. Each in a process of its own: signals are real."""

from __future__ import annotations

import subprocess
import sys

import pytest

BEGIN = """
import signal, time
from segue.progress import Stopped
from segued.worker.child import StopSwitch

def term():
    signal.raise_signal(signal.SIGTERM)

switch = StopSwitch(leave_seconds={leave_seconds})
switch.install()
try:
"""
END = """
    print("went on")
except Stopped:
    print("stopped")
switch.over()  # the alarm does not strike while Python ends
"""
NO_ALARM = "assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)"


@pytest.mark.parametrize(
    ("steps", "ending"),
    [
        ("term()", "stopped"),
        ("switch.working = True; term()", "went on"),
        ("switch.working = True; term(); switch.check()", "stopped"),
        ("switch.working = True; term(); time.sleep(240)", "stopped"),
        (f"switch.working = True; switch.over(); term(); {NO_ALARM}", "went on"),
        (f"switch.working = True; term(); switch.over(); {NO_ALARM}", "went on"),
    ],
    ids=[
        "at once before work",
        "not in the middle of a step",
        "between two steps",
        "in a step that takes too long",
        "never once the job is over",
        "nor after it, when asked before",
    ],
)
def test_a_job_ends(steps: str, ending: str) -> None:
    leave_seconds = 0.2 if "sleep" in steps else 600  # no alarm but where one is waited for
    script = f"{BEGIN.format(leave_seconds=leave_seconds)}    {steps}{END}"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=240, check=True
    )
    assert done.stdout.strip() == ending
