"""A job that takes more memory than it may."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from segue.errors import is_out_of_memory
from segued.schedule.policy import Outcome
from segued.worker.messages import Request, read_line, write_request

LIMIT_MIB = 600
HUNGRY = """
import sys
from segued.worker import child, jobs
jobs.JOBS["sync"] = lambda run, request: bytearray(2 * 1024**3)
sys.exit(child.main())
"""


def outcome_of(code: str, state: Path) -> tuple[Outcome, str]:
    """The outcome of a process that does one job, and its log."""
    request = Request("sync", (), "due", "", "config.toml", memory_mib=LIMIT_MIB)
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "STATE_DIRECTORY": str(state)},
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdin.write(write_request(request))
        child.stdin.flush()  # and left open: its end would be the service's
        outcome = [read_line(line).outcome for line in child.stdout][-1]
        log = child.stderr.read().decode()
    assert outcome is not None
    return outcome, log


def test_a_job_that_wants_more_memory_than_it_may_take_fails_and_says_so(tmp_path: Path) -> None:
    outcome, log = outcome_of(HUNGRY, tmp_path)
    (result,) = outcome.results
    assert (result.step, result.status) == ("died", "failed")
    assert f"more than {LIMIT_MIB} MiB" in result.text
    assert "job_memory_mib" in result.text
    assert "MemoryError" in log


def test_torch_s_own_error_about_memory_is_known() -> None:
    torch = pytest.importorskip("torch")
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**60, dtype=torch.uint8)
    assert is_out_of_memory(caught.value)


def test_another_error_of_a_library_is_no_want_of_memory() -> None:
    assert not is_out_of_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
