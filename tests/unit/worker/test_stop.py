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

switch = StopSwitch(leave_seconds=0.2)
switch.install()
try:
"""
END = """
    print("went on")
except Stopped:
    print("stopped")
switch.over()  # the alarm does not strike while Python ends
"""


@pytest.mark.parametrize(
    ("steps", "ending"),
    [
        ("term()", "stopped"),
        ("switch.working = True; term()", "went on"),
        ("switch.working = True; term(); switch.check()", "stopped"),
        ("switch.working = True; term(); time.sleep(5)", "stopped"),
        ("switch.working = True; switch.over(); term(); time.sleep(0.5)", "went on"),
        ("switch.working = True; term(); switch.over(); time.sleep(0.5)", "went on"),
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
    script = f"{BEGIN}    {steps}{END}"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == ending
