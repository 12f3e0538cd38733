"""What happens on a terminal only: prompts and colour."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import tomllib

import pytest

APP = "0123456789abcdef0123456789abcdef"


def on_a_terminal(segue, *arguments: str, typed: str = "") -> tuple[int, str]:
    """Run a command on a terminal of its own; its exit code and everything shown."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "segued.cli.main", *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**segue.environ, "TERM": "xterm-256color", "COLUMNS": "80"},
        close_fds=True,
    )
    os.close(theirs)
    os.write(ours, typed.encode())
    shown = b""
    while True:
        try:
            piece = os.read(ours, 4096)
        except OSError:  # Linux answers EIO when the other side is gone
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    return process.wait(timeout=120), shown.decode()


def test_init_asks_and_takes_the_answers(segue) -> None:
    code, shown = on_a_terminal(segue, "init", typed=f"my app\n{APP}\nn\ny\nn\ny\n")
    assert code == 0, shown
    assert "developer.spotify.com" in shown
    assert "32 hexadecimal digits" in shown
    settings = tomllib.loads(segue.config.read_text())
    assert settings["spotify"]["client_id"] == APP
    assert [recipe["id"] for recipe in settings["playlist"]] == ["fresh-favourites", "lately"]


def test_init_can_be_left_without_writing_anything(segue) -> None:
    code, shown = on_a_terminal(segue, "init", typed="\x04")
    assert code == 130, shown
    assert not segue.config.exists()


def test_purge_asks_and_no_means_no(segue) -> None:
    code, shown = on_a_terminal(segue, "purge", "all", typed="n\n")
    assert code == 130, shown
    assert "delete" in shown


@pytest.mark.parametrize("command", ["status", "doctor --offline"])
def test_colour_is_for_terminals_only(connected, command: str) -> None:
    assert "\x1b[" not in connected.run(*command.split()).stdout
    assert "\x1b[" in on_a_terminal(connected, *command.split())[1]


def test_a_key_of_the_configuration_cannot_speak_to_the_terminal(segue) -> None:
    odd = '\n"\\u001b]0;owned\\u0007\\u009b31m\\u202eder" = 1\n'
    segue.config.write_text(segue.config.read_text() + odd if segue.config.exists() else odd)
    code, shown = on_a_terminal(segue, "config", "check")
    assert code == 2
    assert "owned" in shown
    for control in ("\x1b]", "\x07", "\x9b", "\u202e"):
        assert control not in shown
