"""The command line's frame: help without imports, one error boundary, exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest

from segue import errors
from segued.cli import main as cli
from segued.cli.commands import COMMANDS, Entry, LazyGroup

HEAVY = ("torch", "numpy", "pydantic", "rich", "spotipy", "requests", "tinydb", "transformers")


def run(*arguments: str) -> int:
    return cli.main(arguments)


def modules_after(arguments: str) -> set[str]:
    code = (
        "import sys; from segued.cli.main import main; main(sys.argv[1:]);"
        "print('\\n' + '\\n'.join(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments.split()], capture_output=True, text=True, check=True
    )
    return set(done.stderr.split())


def test_help_imports_no_command_and_nothing_heavy() -> None:
    loaded = modules_after("--help")
    assert not loaded.intersection(HEAVY)
    assert not loaded.intersection(f"segued.cli.{entry.module}" for entry in COMMANDS.values())


def test_help_names_every_command_that_exists(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--help") == 0
    shown = capsys.readouterr().out
    group = cli.root()
    for name in group.list_commands(click.Context(group)):
        assert f"  {name} " in shown
        assert COMMANDS[name].summary in " ".join(shown.split())


def test_help_fits_80_columns(capsys: pytest.CaptureFixture[str]) -> None:
    group = cli.root()
    for name in group.list_commands(click.Context(group)):
        run(name, "--help")
    run("--help")
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80


def test_a_command_that_is_not_installed_is_not_shown() -> None:
    group = LazyGroup({"later": Entry("not_yet_written", "Later", "Look")}, name="segue")
    assert group.list_commands(click.Context(group)) == []


def test_a_mistyped_command_suggests_a_near_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("statsu") == 2
    assert "Did you mean 'status'" in capsys.readouterr().err


def test_a_mistyped_option_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("status", "--jsno") == 2
    assert "--json" in capsys.readouterr().err


def test_the_version_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--version") == 0
    assert capsys.readouterr().out.startswith("segue 0.")


def ending(monkeypatch: pytest.MonkeyPatch, error: BaseException, *arguments: str) -> int:
    """Run a command that ends with an error."""

    @click.command("ends")
    def command() -> None:
        raise error

    monkeypatch.setattr(LazyGroup, "get_command", lambda *_: command)
    return run(*arguments, "status")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.SegueError("words"), 1),
        (errors.UsageError("words"), 2),
        (errors.ConfigError("words", ()), 2),
        (errors.AuthorisationError("words"), 4),
        (errors.RateLimitedError("words", retry_at=datetime.now(UTC)), 5),
        (errors.LockedError("words"), 5),
        (errors.GuardError("words"), 6),
    ],
)
def test_an_error_of_ours_is_its_message_and_its_code(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: errors.SegueError,
    code: int,
) -> None:
    assert ending(monkeypatch, error) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("segue: words")
    assert "Traceback" not in said.err


def test_with_json_an_error_is_a_document_too(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert run("--config", str(tmp_path / "none.toml"), "plan", "--json") == 2
    error = json.loads(capfdbinary.readouterr().out)["error"]
    assert (error["kind"], error["exit_code"]) == ("ConfigError", 2)
    assert "segue init" in error["text"]


def test_ctrl_c_ends_with_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ending(monkeypatch, KeyboardInterrupt()) == 130
    assert "stopped" in capsys.readouterr().err


def test_a_bug_is_shown_in_short_with_where_to_report_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ending(monkeypatch, ZeroDivisionError("division by zero")) == 1
    said = capsys.readouterr().err
    assert "ZeroDivisionError: division by zero" in said
    assert "report it" in said
    assert "Traceback" not in said


def test_verbose_shows_the_traceback_of_a_bug(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ending(monkeypatch, ZeroDivisionError("x"), "--verbose") == 1
    assert "Traceback" in capsys.readouterr().err


def test_no_token_of_an_error_is_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    error = RuntimeError("GET /me with Authorization: Bearer BQDabcdef123456 failed")
    ending(monkeypatch, error, "--verbose")
    assert "BQDabcdef123456" not in capsys.readouterr().err
