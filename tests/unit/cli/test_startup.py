"""Starting: `COMMAND --help` waits for nothing that only the command's work needs."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("matplotlib", "numpy", "polars", "pydantic", "requests", "scipy", "spotipy", "starlette",
         "tinydb", "torch", "uvicorn")  # fmt: skip

EVERY_COMMAND = f"""
import sys
import click
from segued.cli.main import root

def walk(group, words):
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        command.get_help(click.Context(command, info_name=name, parent=context))
        for module in {HEAVY!r}:
            if module in sys.modules:
                sys.exit(f"segue {{' '.join([*words, name])}} --help imports {{module}}")
        if isinstance(command, click.Group):
            walk(command, [*words, name])

walk(root(), [])
"""


def test_no_help_imports_what_only_the_work_needs() -> None:
    done = subprocess.run(
        [sys.executable, "-c", EVERY_COMMAND], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
