"""What a shell is answered: names of commands, recipes and playlists, at once and silently."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import click
import pytest

from segued.cli.call import Call
from segued.cli.commands import COMMANDS, LazyGroup
from segued.cli.completion import _WITH_VALUE, completions
from segued.cli.main import main, root

CONFIG = """
[[playlist]]
name = "Late Lines"
[[playlist]]
name = "latest: *, the $best"
[[playlist]]
name = "Morning"
"""
PLAYLISTS = {"tables": {"summaries": {"a": {"name": "Rainy Sunday"}, "b": {"name": "Ärger"}}}}


@pytest.fixture(scope="module")
def environ(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("completion")
    (folder / "config.toml").write_text(CONFIG, encoding="utf-8")
    (folder / "playlists.json").write_text(json.dumps(PLAYLISTS), encoding="utf-8")
    return {"SEGUE_CONFIG": str(folder / "config.toml"), "STATE_DIRECTORY": str(folder)}


def values(environ: dict[str, str], *words: str) -> list[str]:
    found = completions(words[:-1], words[-1], environ)
    assert found is not None
    return [item.value for item in found]


def test_commands_come_with_what_they_do(environ: dict[str, str]) -> None:
    found = completions([], "un", environ)
    assert found is not None
    assert [(item.value, item.help) for item in found] == [("undo", COMMANDS["undo"].summary)]
    assert len(values(environ, "")) == len(COMMANDS)


@pytest.mark.parametrize("command", ["plan", "refresh", "undo", "explain", "show", "pause"])
def test_recipes_are_completed_in_any_case(environ: dict[str, str], command: str) -> None:
    assert values(environ, command, "LATE") == ["Late Lines", "latest: *, the $best"]


def test_a_recipe_that_stands_there_already_is_not_offered_again(environ: dict[str, str]) -> None:
    assert values(environ, "plan", "Late Lines", "Late") == ["latest: *, the $best"]
    assert completions(["undo", "Morning"], "", environ) is None


def test_the_configuration_that_the_line_names_is_read(
    environ: dict[str, str], tmp_path: Path
) -> None:
    other = tmp_path / "other.toml"
    other.write_text('[[playlist]]\nname = "Elsewhere"\n')
    assert values(environ, "--config", str(other), "plan", "") == ["Elsewhere"]
    assert values(environ, f"--config={other}", "plan", "") == ["Elsewhere"]


def test_playlists_are_those_of_the_account(environ: dict[str, str]) -> None:
    assert values(environ, "list", "rain") == ["Rainy Sunday"]
    assert values(environ, "list", "Ä") == ["Ärger"]


@pytest.mark.parametrize("text", ["playlist = 3", "not toml [", "[[playlist]]\nname = 7", ""])
def test_what_cannot_be_read_offers_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.toml").write_text(text)
    (tmp_path / "playlists.json").write_text(text)
    environ = {"SEGUE_CONFIG": str(tmp_path / "config.toml"), "STATE_DIRECTORY": str(tmp_path)}
    assert values(environ, "plan", "x") == []
    assert values(environ, "list", "") == []
    assert values({**environ, "STATE_DIRECTORY": "/nowhere"}, "list", "") == []


def test_the_table_knows_the_commands_of_every_group() -> None:
    group = root()
    assert isinstance(group, LazyGroup)
    with click.Context(group) as ctx:
        for name, entry in COMMANDS.items():
            command = group.get_command(ctx, name)
            inner = command.list_commands(ctx) if isinstance(command, click.Group) else []
            if name != "completion":
                assert sorted(entry.commands) == sorted(inner), name


def test_every_option_that_takes_a_value_is_known_and_no_other() -> None:
    group = root()
    found = set()
    with click.Context(group) as ctx:
        commands = [group.get_command(ctx, n) for n, e in COMMANDS.items() if e.names or e.commands]
    for command in commands:
        assert command is not None
        options = [each for each in command.params if isinstance(each, click.Option)]
        found |= {n for each in options if not each.is_flag and not each.count for n in each.opts}
    assert found == _WITH_VALUE


def test_names_follow_flags_and_the_values_of_options(environ: dict[str, str]) -> None:
    assert values(environ, "plan", "--offline", "mor") == ["Morning"]
    assert values(environ, "list", "--kept", "rai") == ["Rainy Sunday"]
    assert values(environ, "undo", "--to", "v3", "mor") == ["Morning"]
    assert completions(["undo", "--to"], "", environ) is None


def answer(environ: dict[str, str], protocol: str, words: str, at: str) -> tuple[int, str, str]:
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True), io.StringIO()
    asked = {"_SEGUE_COMPLETE": protocol, "COMP_WORDS": words, "COMP_CWORD": at}
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        for name, value in asked.items():
            patch.setenv(name, value)
        code = main([], Call(environ={**environ, **asked}))
    return code, out.buffer.getvalue().decode(), err.getvalue()


def test_bash_gets_every_name_as_one_word(environ: dict[str, str]) -> None:
    _, out, _ = answer(environ, "bash_complete", "segue\nplan\nlate", "2")
    assert out.split("\n")[:2] == ["plain,Late\\ Lines", "plain,latest\\:\\ \\*,\\ the\\ \\$best"]
    _, out, _ = answer(environ, "bash_complete", 'segue\nplan\n"late', "2")
    assert out.split("\n")[0] == "plain,Late Lines"


def test_options_are_found_out_from_the_command(environ: dict[str, str]) -> None:
    _, out, _ = answer(environ, "bash_complete", "segue\ncompletion\n--he", "2")
    assert out == "plain,--help\n"


@pytest.mark.parametrize(
    ("protocol", "words", "at"),
    [
        ("bash_complete", "segue\nnosuch\n", "2"),
        ("bash_complete", "segue\nnosuch\n--x", "2"),
        ("bash_complete", "segue", "x"),
        ("tcsh_complete", "segue", "1"),
        ("zsh_nonsense", "segue", "1"),
    ],
)
def test_nothing_is_said_whatever_goes_wrong(
    environ: dict[str, str], protocol: str, words: str, at: str
) -> None:
    _, out, err = answer(environ, protocol, words, at)
    assert (out.strip(), err) == ("", "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_asks_for_its_own_shell(shell: str) -> None:
    out = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True)
    with redirect_stdout(out):
        assert main(["completion", shell]) == 0
    text = out.buffer.getvalue().decode()
    assert f"_SEGUE_COMPLETE={shell}_complete" in text


def test_names_are_answered_without_importing_what_runs_a_command(environ: dict[str, str]) -> None:
    code = "import sys; from segued.cli.main import main; main([]); print(*sys.modules, sep='\\n')"
    asked = {"_SEGUE_COMPLETE": "bash_complete", "COMP_WORDS": "segue\nplan\nL", "COMP_CWORD": "2"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**environ, **asked, "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "plain,Late\\ Lines" in done.stdout
    heavy = {"pydantic", "numpy", "rich", "requests", "torch", "polars", "tinydb", "segued.run"}
    assert not heavy & set(done.stdout.split("\n"))
