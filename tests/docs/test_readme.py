"""The README is one screen with one picture, and what it points to is there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
MOST_LINES = 70


def test_it_is_one_screen_with_one_picture_and_two_commands_to_begin_with() -> None:
    assert len(TEXT.splitlines()) <= MOST_LINES
    assert TEXT.count("![") == 1
    first = re.search(r"^```sh\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    assert first is not None
    assert len(first[1].splitlines()) == 2


def test_every_file_it_points_to_is_there() -> None:
    targets = [target for target in re.findall(r"\]\(([^)\s]+)\)", TEXT) if "://" not in target]
    assert len(targets) > 10
    missing = [target for target in targets if not (ROOT / target.partition("#")[0]).exists()]
    assert not missing


def test_every_command_it_gives_exists() -> None:
    from segued.cli.commands import COMMANDS

    make = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert set(re.findall(r"\bsegue ([a-z]+)", TEXT)) <= COMMANDS.keys()
    assert all(f"\n{name}:" in make for name in re.findall(r"^make (\w+)", TEXT, re.MULTILINE))
