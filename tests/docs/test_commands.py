"""docs/commands.md names every command, and none that does not exist."""

from __future__ import annotations

import re
from pathlib import Path

from segued.cli.commands import COMMANDS

TEXT = (Path(__file__).parents[2] / "docs" / "commands.md").read_text(encoding="utf-8")


def test_the_page_names_the_commands_there_are() -> None:
    named = set(re.findall(r"`segue ([a-z]+)", TEXT))
    assert named <= COMMANDS.keys()
    assert COMMANDS.keys() - named <= {"demo"}, "the README begins with it"
