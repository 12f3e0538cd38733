"""What a newcomer reads: each of these was once wrong, odd or missing."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from tests.integration.cli.conftest import Segue
from tests.integration.cli.test_terminal import on_a_terminal

from segued.sandbox.calls import SandboxSettings
from segued.sandbox.server import Sandbox, running
from segued.store.files.lock import service_lock


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    settings = SandboxSettings(tracks=80, artists=20, likes=20, playlists=4, play_days=2)
    with running(settings) as served:
        yield served


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory, sandbox: Sandbox) -> Segue:
    """A library that was read, and one playlist that was made."""
    segue = Segue(tmp_path_factory.mktemp("words"))
    segue.config.write_text(
        f'[spotify]\nclient_id = "sandbox-client"\napi_url = "{sandbox.api_url}"\n'
        f'accounts_url = "{sandbox.accounts_url}"\nredirect_port = 0\n'
        "[enrich]\nbefore_refresh_features = 0\nbefore_refresh_tracks = 0\n"
        '[schedules]\nsync = "@hourly"\nenrich = "@daily"\nlearn = ""\n'
        '[[playlist]]\nname = "Newest"\nfrom = "liked"\nlength = 5\nschedule = "@weekly"\n'
    )
    segue.login()
    done = segue.run("refresh")
    assert done.returncode == 0, done.stderr
    return segue


def test_old_plays_are_purged_by_either_way_of_saying_it(account: Segue) -> None:
    for what in ((), ("plays",)):
        done = account.run("purge", *what, "--plays-older-than", "9 years", "-y")
        assert (done.returncode, "0 plays" in done.stderr) == (0, True), done.stderr
    done = account.run("purge", "library", "--plays-older-than", "9 years", "-y")
    assert done.returncode == 2
    assert "plays alone" in done.stderr
    assert "[WHAT]..." in account.run("purge", "--help").stdout


def test_no_at_the_question_of_purge_says_that_nothing_was_deleted(account: Segue) -> None:
    code, shown = on_a_terminal(account, "purge", "runs", typed="n\n")
    assert code == 130
    assert "nothing was deleted" in shown
    assert "what was done so far" not in shown


def test_a_folder_that_cannot_hold_an_account_is_not_called_a_taken_port(segue: Segue) -> None:
    done = segue.run("sandbox", "serve", "--port", "0", "--state", "/dev/null/x")
    assert done.returncode == 2
    assert "/dev/null/x" in done.stderr
    assert "--state" in done.stderr
    assert "port" not in done.stderr


@pytest.mark.parametrize("command", [(), ("config",), ("import",)])
def test_a_bare_command_prints_its_help_and_nothing_beside_it(
    segue: Segue, command: tuple[str, ...]
) -> None:
    done = segue.run(*command)
    said = done.stdout + done.stderr
    assert said.startswith("Usage: segue")
    assert "Try:" not in said


@pytest.mark.parametrize("key", ["cover", "sort"])
def test_a_key_that_is_nowhere_is_not_taken_for_another(segue: Segue, key: str) -> None:
    segue.config.write_text(f'[[playlist]]\nname = "A"\nfrom = "liked"\n{key} = "x"\n')
    done = segue.run("config", "check")
    assert "Did you mean" not in done.stderr
    assert "(A)" in done.stderr


def test_a_key_at_the_wrong_level_is_pointed_to_its_place(segue: Segue) -> None:
    segue.config.write_text('[[playlist]]\nname = "A"\nfrom = "liked"\ndescription = "x"\n')
    assert "[playlist.write]" in segue.run("config", "check").stderr


def test_a_missing_file_is_no_mistake_in_it(segue: Segue) -> None:
    done = segue.run("status")
    assert "there is no configuration" in done.stderr
    assert "mistake" not in done.stderr
    assert "segue init" in done.stderr


def test_a_broken_file_is_corrected_line_by_line_and_not_made_anew(segue: Segue) -> None:
    segue.config.write_text('[[playlist]]\nname = "A"\nfrom = "likd"\nlength = "many"\n')
    lines = segue.run("doctor", "--offline").stdout.splitlines()
    assert [line.split()[:2] for line in lines[1:] if "line " in line] == [
        ["line", "3:"],
        ["line", "4:"],
    ]
    step = next(line for line in lines if "→" in line)
    assert "segue config check" in step
    assert "init" not in step


def test_albums_that_were_never_read_are_not_counted_as_none(account: Segue) -> None:
    shown = account.run("status").stdout
    assert "album" not in shown.split("\n")[1]
    assert json.loads(account.run("status", "--json").stdout)["stored"]["albums_read"] is False


def test_the_schedule_has_a_row_for_each_and_the_jobs_among_them(account: Segue) -> None:
    found = json.loads(account.run("schedule", "--json").stdout)["runs"]
    assert sorted(run["name"] for run in found) == ["Newest", "enrich", "sync"]
    newest = json.loads(account.run("schedule", "Newest", "--json").stdout)["runs"]
    assert [run["name"] for run in newest] == ["Newest"] * 10


def test_an_unreadable_playlist_is_counted_not_repeated(account: Segue) -> None:
    for command in ("sync", "status"):
        shown = account.run(command).stdout
        (line,) = [line for line in shown.splitlines() if line.startswith("Not read")]
        assert "segue list" in line


def test_a_version_that_there_is_not_leaves_no_undo_in_the_history(account: Segue) -> None:
    assert account.run("undo", "Newest", "--to", "v9").returncode == 2
    runs = json.loads(account.run("history", "--json").stdout)["runs"]
    assert "undo" not in {run["kind"] for run in runs}


def test_the_service_is_shown_though_the_configuration_is_wrong(account: Segue) -> None:
    text = account.config.read_text()
    account.config.write_text(text + "nonsense = 1\n")
    with service_lock(account.folder / "state"):
        done = account.run("status")
    account.config.write_text(text)
    assert done.returncode == 2
    assert "The service is running" in done.stderr


def test_a_second_recipe_beside_a_removed_one_is_not_asked_about(account: Segue) -> None:
    text = account.config.read_text()
    recipe = '[[playlist]]\nname = "{}"\nfrom = "plays"\nlength = 5\n'
    without = text[: text.index("[[playlist]]")]
    account.config.write_text(without + recipe.format("One") + recipe.format("Two"))
    done = account.run("plan", "--offline", "--json")
    account.config.write_text(text)
    assert "new to Segue" not in done.stdout


def test_a_command_says_what_is_wrong_with_the_address_and_does_not_go_on(
    account: Segue, sandbox: Sandbox
) -> None:
    done = account.run("plan", SEGUE_SPOTIFY__API_URL=sandbox.accounts_url)
    assert done.returncode == 2
    assert "[spotify] api_url" in done.stderr
