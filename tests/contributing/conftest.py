"""Walks the steps of CONTRIBUTING.md on a copy of the sources."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(
    r"(?:[Nn]ew file `(?P<new>[^`]+)`|"
    r"[Ii]n `(?P<old>[^`]+)`,\s+after\s+the\s+line\s+`(?P<line>[^`]+)`)"
    r":\n\n```\w*\n(?P<text>.*?)```",
    re.DOTALL,
)


@dataclass(frozen=True)
class House:
    """A copy of the sources, and which of its files a walk touched."""

    folder: Path
    touched: list[str] = field(default_factory=list)

    def walk(self, section: str) -> House:
        """Write what the blocks of a section of CONTRIBUTING.md say."""
        text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
        found = re.search(rf"^## {re.escape(section)}\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.M)
        assert found, f"CONTRIBUTING.md has no section {section!r}"
        for block in BLOCK.finditer(found[1]):
            name = block["new"] or block["old"]
            path = self.folder / name
            if block["new"]:
                assert not path.exists(), f"{name} is there already"
                path.write_text(block["text"], encoding="utf-8")
            else:
                before = path.read_text(encoding="utf-8")
                line = f"{block['line']}\n"
                assert before.count(line) == 1, f"{name} has no one line {block['line']!r}"
                path.write_text(before.replace(line, line + block["text"]), encoding="utf-8")
            self.touched.append(name)
        return self

    def python(self, code: str) -> str:
        """What a program prints in this house; an error of its own fails the test."""
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONPATH": f"{self.folder / 'core'}:{self.folder / 'daemon'}"},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A copy of core and daemon that a walk may change; what it leaves is compiled already."""
    ignored = shutil.ignore_patterns("*.pyc.*")  # on the way to its name, and soon gone
    for room in ("core", "daemon"):
        shutil.copytree(ROOT / room, tmp_path / room, ignore=ignored)
    return House(tmp_path)


@pytest.fixture
def walked(house: House) -> Callable[[str], House]:
    """Walk a section and give the house it leads to."""
    return house.walk
