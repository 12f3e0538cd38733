"""The figures of the house: each limit is kept by an exit code, and what is over it is named."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "tools" / "house.py"


def figures_of(root: Path, files: dict[str, str]) -> subprocess.CompletedProcess[str]:
    for name, text in files.items():
        path = root / "core" / "segue" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (root / "tools").mkdir()
    shutil.copy(SCRIPT, root / "tools")
    command = [sys.executable, root / "tools" / "house.py", "--all"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_house_within_its_limits_passes(tmp_path: Path) -> None:
    files = {f"room/m{number}.py": "X = 1\n" * 300 for number in range(14)}
    done = figures_of(tmp_path, files)
    assert (done.returncode, done.stderr) == (0, "")
    assert "files                                      14" in done.stdout


@pytest.mark.parametrize(
    ("files", "named"),
    [
        ({"long.py": "X = 1\n" * 301}, "segue.long (301)"),
        ({f"room/m{number}.py": "X = 1\n" for number in range(15)}, "core/segue/room (15)"),
        ({"wide.py": "def f(a, b, c, d, e, g, h): ...\n"}, "segue.wide.f (7)"),
    ],
)
def test_what_is_over_a_limit_fails_and_is_named(
    tmp_path: Path, files: dict[str, str], named: str
) -> None:
    done = figures_of(tmp_path, files)
    assert done.returncode == 1
    assert named in done.stdout.splitlines()


def test_more_files_than_allowed_fail(tmp_path: Path) -> None:
    done = figures_of(tmp_path, {f"room{n // 10}/m{n}.py": "X = 1\n" for n in range(301)})
    assert done.returncode == 1
    assert done.stderr == "files: 301, at most 300; --all names them\n"
