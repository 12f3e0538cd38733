"""`segue init` looks at the account and proposes recipes that fit it."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import timedelta

import pytest
import requests
from tests.integration.cli.conftest import Segue

from segued.inventory.proposals import proposals
from segued.inventory.reading import read_inventory
from segued.sandbox.calls import SandboxSettings
from segued.sandbox.server import Sandbox, running
from segued.store.state import State


@pytest.fixture(scope="module")
def account() -> Iterator[Sandbox]:
    settings = SandboxSettings(tracks=300, artists=30, likes=120, playlists=4, play_days=10)
    with running(settings) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def known(account: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Segue:
    """Segue with a login and no configuration."""
    segue = Segue(tmp_path_factory.mktemp("proposing"))
    process = segue.start("init", *flags(account), "--login", "--no-browser", "--take", "none")
    assert process.stdout is not None
    requests.get(process.stdout.readline().strip(), timeout=120)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert tomllib.loads(segue.config.read_text()).get("playlist") is None
    segue.config.unlink()
    return segue


def flags(account: Sandbox) -> tuple[str, ...]:
    urls = {
        "--api-url": account.api_url,
        "--accounts-url": account.accounts_url,
        "--reccobeats-url": account.reccobeats_url,
        "--lrclib-url": account.lrclib_url,
    }
    given = [part for pair in urls.items() for part in pair]
    return ("--client-id", "sandbox-client", "--redirect-port", "0", *given)


def test_five_recipes_are_proposed_with_counts_and_a_plan_of_each(
    known: Segue, account: Sandbox
) -> None:
    known.config.unlink(missing_ok=True)
    done = known.run("init", "--yes", *flags(account))
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    settings = tomllib.loads(known.config.read_text())
    assert len(settings["playlist"]) == 5
    (unheard,) = [recipe for recipe in settings["playlist"] if recipe["id"] == "long-unheard"]
    assert unheard["where"]["not_played_within"] == "60 days"
    now, likes = account.clock.now(), account.world.account.likes
    old = [each for each, at in likes.items() if now - at > timedelta(days=60)]
    (count,) = re.findall(r"(\d+) liked songs not played for 60 days", done.stderr)
    assert 0 < int(count) <= len(old)
    assert done.stderr.count(" tracks, ") >= 5
    assert "segue plan" in done.stderr
    for key, url in (("features", account.reccobeats_url), ("lyrics", account.lrclib_url)):
        assert url in settings[key].values()
    assert known.run("config", "check").returncode == 0
    assert known.config.read_text().count("# ") > 10


def test_what_is_counted_is_what_a_recipe_can_choose_from(known: Segue, account: Sandbox) -> None:
    state = State.open(known.folder / "state")
    found = proposals(read_inventory(state, (), {}, None), account.clock.now(), most=99)
    liked = len(state.library.liked())
    state.close()
    counts = {each.starter.id: each.count for each in found}
    assert len(counts) >= 7
    assert counts["long-unheard"] <= liked
    assert all(f"{each.count:,} " in each.why for each in found)
    assert all(each.count >= 5 for each in found)


def test_only_what_is_taken_is_written(known: Segue, account: Sandbox) -> None:
    known.config.unlink(missing_ok=True)
    done = known.run("init", *flags(account), "--take", "lately", "--take", "long-unheard")
    assert done.returncode == 0, done.stderr
    written = tomllib.loads(known.config.read_text())["playlist"]
    assert {recipe["id"] for recipe in written} == {"lately", "long-unheard"}


def test_what_is_not_proposed_cannot_be_taken(known: Segue, account: Sandbox) -> None:
    known.config.unlink(missing_ok=True)
    done = known.run("init", *flags(account), "--take", "latly")
    assert done.returncode == 2
    assert 'Did you mean "lately"' in done.stderr
    assert not known.config.exists()


def test_a_configuration_that_is_there_stays(known: Segue, account: Sandbox) -> None:
    known.config.write_text("# mine\n")
    account.clear_requests()
    done = known.run("init", *flags(account), "--yes", "--login")
    assert done.returncode == 2
    assert known.config.read_text() == "# mine\n"
    assert account.requests == []


def test_a_name_of_the_users_own_is_not_taken_from_them(known: Segue, account: Sandbox) -> None:
    account.human.create_playlist("lately", [])
    known.config.unlink(missing_ok=True)
    assert known.run("init", *flags(account), "--take", "lately").returncode == 0
    (written,) = tomllib.loads(known.config.read_text())["playlist"]
    assert written["name"] == "Lately by Segue"


def test_nobody_logged_in_and_nobody_to_ask_gives_playlists_for_everybody(
    segue: Segue, account: Sandbox
) -> None:
    account.clear_requests()
    done = segue.run("init", *flags(account))
    assert done.returncode == 0, done.stderr
    assert len(tomllib.loads(segue.config.read_text())["playlist"]) == 3
    assert "segue auth login" in done.stderr
    assert account.requests == []


def test_an_account_that_cannot_be_read_is_said_and_the_configuration_written(
    known: Segue, account: Sandbox
) -> None:
    known.config.unlink(missing_ok=True)
    elsewhere = [*flags(account), "--api-url", f"{account.accounts_url}/v2", "--yes"]
    done = known.run("init", *elsewhere)
    assert done.returncode == 0
    assert "was not looked at" in done.stderr
    assert known.config.exists()
    known.config.unlink()
    assert known.run("init", *elsewhere, "--login").returncode != 0
    assert known.config.exists()


def test_the_sync_of_init_is_in_the_history(known: Segue, account: Sandbox) -> None:
    known.config.unlink(missing_ok=True)
    assert known.run("init", *flags(account), "--take", "none").returncode == 0
    runs = json.loads(known.run("history", "--json").stdout)["runs"]
    assert {run["kind"] for run in runs} == {"sync"}


def test_on_a_terminal_it_asks_logs_in_and_asks_which_to_take(
    segue: Segue, account: Sandbox
) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "segued.cli.main", "init", *flags(account)[2:], "--no-browser"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**segue.environ, "TERM": "dumb", "COLUMNS": "200"},
        close_fds=True,
    )
    os.close(theirs)
    shown = b""

    def until(words: bytes) -> None:
        nonlocal shown
        while words not in shown:
            shown += os.read(ours, 4096)

    until(b"Client ID (empty")
    os.write(ours, b"not an id\nsandbox-client\n")
    until(b"Log in now")
    os.write(ours, b"y\n")
    until(b"paste the address")
    address = re.search(rb"http://127\S+/authorize\S+", shown)
    assert address is not None
    requests.get(address[0].decode(), timeout=120)
    for number, answer in enumerate(("y", "n", "y", "n", "n"), 1):
        until(f"\n{number}. ".encode())
        until(b"Take ")
        shown = shown[shown.index(b"Take ") + 5 :]
        os.write(ours, f"{answer}\n".encode())
    until(b"Next:")
    os.close(ours)
    assert process.wait(timeout=120) in (0, -1)  # the terminal is gone before its last line
    written = tomllib.loads(segue.config.read_text())
    assert written["spotify"]["client_id"] == "sandbox-client"
    assert [recipe["id"] for recipe in written["playlist"]] == ["long-unheard", "loose-ends"]
