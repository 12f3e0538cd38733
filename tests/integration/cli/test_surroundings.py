"""Commands under an odd environment: what cannot be obeyed is said in one sentence."""

from __future__ import annotations

import subprocess
import sys

import pytest

THREE_COMMANDS = """
import sys
from segued.cli.main import main
sys.exit(main(["schedule"]) or main(["config", "show"]) or main(["schedule", "--json"]))
"""


@pytest.mark.parametrize("given", ["", 'timezone = "local"\n'])
@pytest.mark.parametrize("command", [("schedule",), ("status",), ("config", "check"), ("plan",)])
def test_an_unknown_timezone_ends_a_command_with_2(segue, given: str, command) -> None:
    segue.config.write_text(given)
    done = segue.run(*command, TZ="Foo/Bar")
    assert done.returncode == 2
    assert "TZ is 'Foo/Bar'" in done.stderr
    assert "bug in Segue" not in done.stderr


def test_a_posix_rule_is_no_reason_to_stop(segue) -> None:
    segue.config.write_text('timezone = "local"\n')
    assert segue.run("config", "check", TZ="CET-1CEST,M3.5.0,M10.5.0/3").returncode == 0


def test_a_timezone_of_the_configuration_goes_before_the_environments(segue) -> None:
    segue.config.write_text('timezone = "Europe/London"\n')
    assert segue.run("config", "check", TZ="Foo/Bar").returncode == 0


@pytest.mark.parametrize(
    "surroundings",
    [
        {"LC_ALL": "xx_YY.bogus"},
        {"LC_ALL": "C"},
        {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "ascii"},
        {"LANG": "", "TERM": ""},
    ],
)
def test_letters_the_locale_lacks_do_not_end_a_command(segue, surroundings) -> None:
    words = 'name = "Sigur Rós ☂"\nfrom = "liked"\nschedule = "@daily"\n'
    segue.config.write_text(f"[[playlist]]\n{words}")
    done = subprocess.run(
        [sys.executable, "-c", THREE_COMMANDS],
        env={**segue.environ, **surroundings},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr


def test_a_name_that_looks_like_markup_is_shown_as_it_is(segue) -> None:
    name = "[/x] [bold]A[/bold] [red"
    segue.config.write_text(f'[[playlist]]\nname = "{name}"\nfrom = "liked"\nschedule = "@daily"\n')
    for command in ("schedule", "status"):
        done = segue.run(command)
        assert done.returncode == 0, done.stderr
        assert all(word in done.stdout for word in name.split())
