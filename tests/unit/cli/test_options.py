"""Global options stand before a command or after it."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from segued.cli.call import Call, pass_call
from segued.cli.commands import LazyGroup
from segued.cli.main import root

seen: list[Call] = []


@click.command("status")
@pass_call
def command(call: Call) -> None:
    seen.append(call)


@pytest.fixture
def call_of(monkeypatch: pytest.MonkeyPatch):
    from segued.cli.call import with_global_options

    shown = with_global_options(command)
    monkeypatch.setattr(LazyGroup, "get_command", lambda *_: shown)

    def run(*arguments: str) -> Call:
        seen.clear()
        result = CliRunner().invoke(root(), arguments, obj=Call(), catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return seen[0]

    return run


@pytest.mark.parametrize(
    "arguments",
    [
        ("--dry-run", "--seed", "5", "--config", "c.toml", "-v", "status"),
        ("status", "--dry-run", "--seed", "5", "--config", "c.toml", "-v"),
        ("--dry-run", "--seed", "5", "status", "--config", "c.toml", "-v"),
    ],
)
def test_an_option_means_the_same_before_and_after_a_command(call_of, arguments) -> None:
    call = call_of(*arguments)
    assert (call.dry_run, call.seed, call.config, call.verbose) == (True, 5, Path("c.toml"), 1)


def test_the_later_place_wins(call_of) -> None:
    assert call_of("--seed", "1", "status", "--seed", "0").seed == 0


def test_settings_can_be_set_more_than_once(call_of) -> None:
    assert call_of("status", "--set", "a=1", "--set", "b=2").sets == ("a=1", "b=2")


def test_without_options_nothing_is_set(call_of) -> None:
    call = call_of("status")
    assert (call.dry_run, call.seed, call.config, call.verbose, call.sets) == (
        False,
        None,
        None,
        0,
        (),
    )


def test_a_commands_own_option_is_left_to_it() -> None:
    from segued.cli.demo.command import sandbox

    runner = CliRunner()
    result = runner.invoke(sandbox, ["serve", "--help"])
    assert result.output.count("--seed") == 1
