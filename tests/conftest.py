"""What every test shares: properties are checked without a time limit on each example, and with
the same examples each time. `--hypothesis-profile explore` looks for others."""

from __future__ import annotations

import logging
import os
import signal
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

os.environ.pop("COLUMNS", None)  # what is printed to a pipe is as wide as it says
# Tests start processes by the hundred: each would compile every source anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# A shell that starts the tests in the background has them ignore Ctrl-C, and so would every process
# they start to be interrupted.
signal.signal(signal.SIGINT, signal.default_int_handler)

MEMORY = Path("/dev/shm")
LEAST_FREE = 2 * 2**30


def _keep_temporary_files_in_memory() -> None:
    """What tests write need not survive them, so no disk has to keep up with every file's fsync.

    Not where memory is short, or mounted so that nothing in it can be run (as in containers).
    """
    if not MEMORY.is_dir() or not os.access(MEMORY, os.W_OK) or "TMPDIR" in os.environ:
        return
    mounted = os.statvfs(MEMORY)
    if mounted.f_bavail * mounted.f_frsize >= LEAST_FREE and not mounted.f_flag & os.ST_NOEXEC:
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None  # a plugin may have asked for the place before


_keep_temporary_files_in_memory()

settings.register_profile("explore", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("segue", settings.get_profile("explore"), derandomize=True)
settings.load_profile("segue")


@pytest.fixture(autouse=True)
def _log_level_of_a_new_process() -> None:
    """A command that an earlier test ran in this process may have asked for less output."""
    logging.getLogger().setLevel(logging.WARNING)
