"""A refresh with nothing to do: few requests, no plan, and the whole way for whatever differs."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from segued.sandbox.control.faults import Fault
from segued.sandbox.server import Sandbox

TEN = '[[playlist]]\nname = "Ten"\nid = "ten"\nfrom = "liked"\nlength = 10\n'


@pytest.fixture
def settled(connected, sandbox: Sandbox):
    """Logged in, with one playlist of ten likes that was written."""
    head = connected.config.read_text().split("[[playlist]]")[0]
    connected.config.write_text(head + TEN)
    connected.login()
    assert connected.run("refresh").returncode == 0
    sandbox.clear_requests()
    return connected


def refresh(segue, *arguments: str) -> dict:
    done = segue.run("refresh", "--json", *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def asked(sandbox: Sandbox) -> list[str]:
    return [f"{request[0]} {request[1]}" for request in sandbox.requests]


def short(sandbox: Sandbox) -> bool:
    """Whether the requests since the last clearing are those of a refresh with nothing to do."""
    lists = ("tracks", "player/recently-played", "playlists")
    return asked(sandbox) == [f"GET /me/{name}" for name in lists]


def mine(sandbox: Sandbox) -> str:
    account = sandbox.world.account
    return next(each for each in account.listed if account.playlists[each].name == "Ten")


def test_the_second_refresh_asks_little_and_says_what_stands(settled, sandbox: Sandbox) -> None:
    (playlist,) = refresh(settled)["playlists"]
    rows = list(sandbox.world.account.playlists[mine(sandbox)].uris)
    assert playlist["status"] == "unchanged"
    assert [item["uri"] for item in playlist["after"]] == playlist["before"] == rows
    assert short(sandbox)
    assert "nothing to change" in settled.run("history", "ten").stdout


def test_plan_and_plan_offline_go_by_the_same_key(settled, sandbox: Sandbox) -> None:
    assert "nothing to change" in settled.run("plan").stdout
    assert short(sandbox)
    sandbox.clear_requests()
    assert "nothing to change" in settled.run("plan", "--offline").stdout
    assert asked(sandbox) == []


def test_a_note_of_all_recipes_holds_for_those_that_are_named(settled, sandbox: Sandbox) -> None:
    for name in ("Ten", "ten"):
        assert "nothing to change" in settled.run("plan", "--offline", name).stdout
    assert asked(sandbox) == []
    assert settled.run("plan", "--offline", "Eleven").returncode == 2
    assert "nothing to change" in settled.run("refresh", "ten").stdout
    assert short(sandbox)


def test_a_plan_offline_loads_nothing_that_learns_asks_or_writes(settled) -> None:
    modules = "spotify.answers", "web.judging", "refresh.recover", "refresh.write.execute"
    heavy = ("scipy", "polars", "requests", "spotipy", *(f"segued.{name}" for name in modules))
    program = (
        "import sys\nfrom segued.cli.main import main\n"
        "code = main(['--seed', '7', 'plan', '--offline'])\n"
        f"print(code, [name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=settled.environ, capture_output=True, text=True
    )
    assert done.stdout.splitlines()[-1] == "0 []", done.stdout + done.stderr


def test_saved_models_are_used_without_torch(settled, tmp_path) -> None:
    """All five learners saved, and a score and a beam that ask them: no torch is imported."""
    settled.run("sync")
    switch = ("--set", "learn.enabled=true", "--set", "learn.effort=0.05")
    assert settled.run("learn", *switch).returncode == 0
    names = ("association", "continuation", "embedding", "taste")
    scores = ", ".join(f"{name} = 1.0" for name in names)
    head = settled.config.read_text().split("[[playlist]]")[0]
    body = f'score = {{ {scores} }}\nsequence = {{ method = "beam" }}\n'
    settled.config.write_text(head + TEN + body + "[learn]\nenabled = true\n")
    program = (
        "import sys\nfrom segued.cli.main import main\ncode = main(['refresh'])\n"
        "print(code, 'torch' in sys.modules, 'segue.models.scorer' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=settled.environ, capture_output=True, text=True
    )
    assert done.stdout.splitlines()[-1] == "0 False True", done.stdout + done.stderr


def _edit(_, sandbox: Sandbox) -> None:
    first = sandbox.world.account.playlists[mine(sandbox)].uris[0]
    sandbox.services.human.remove(mine(sandbox), [first])


def _like(_, sandbox: Sandbox) -> None:
    known = sandbox.world.account.likes
    new = next(t for t in sandbox.world.catalogue.tracks if t not in known)
    sandbox.services.human.like(new)


def _unlike(_, sandbox: Sandbox) -> None:
    sandbox.services.human.unlike(list(sandbox.world.account.likes)[-1])


def _longer(segue, _) -> None:
    segue.config.write_text(segue.config.read_text().replace("length = 10", "length = 12"))


def _undo(segue, _) -> None:
    _longer(segue, _)
    refresh(segue)
    assert segue.run("undo", "ten").returncode == 0


def _other_list(_, sandbox: Sandbox) -> None:
    sandbox.services.human.create_playlist("Another")


def _deleted(_, sandbox: Sandbox) -> None:
    sandbox.services.human.delete_playlist(mine(sandbox))


CHANGES = (_edit, _like, _unlike, _longer, _undo, _other_list, _deleted)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__.strip("_"))
def test_whatever_changes_is_seen_at_once(settled, sandbox: Sandbox, change) -> None:
    change(settled, sandbox)
    sandbox.clear_requests()
    note = settled.folder / "state" / "unchanged.json"
    before = note.read_bytes()
    settled.run("refresh")
    assert not short(sandbox) or note.read_bytes() != before  # only the whole way leaves another
    if change is _edit:
        assert len(sandbox.world.account.playlists[mine(sandbox)].uris) == 10


@pytest.mark.parametrize("option", [("--allow", "min_tracks"), ("--seed", "5")])
def test_an_option_of_the_refresh_goes_the_whole_way(settled, sandbox: Sandbox, option) -> None:
    whole = settled.folder / "state" / "unchanged.json"
    before = whole.read_bytes()
    refresh(settled, *option)
    assert (whole.read_bytes() == before) == (option[0] == "--allow")


def test_a_refusal_of_the_account_ends_it_as_it_ends_a_sync(settled, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault("rate_limit", endpoint="/me/tracks", retry_after=600))
    done = settled.run("refresh")
    assert done.returncode == 5
    assert asked(sandbox) == ["GET /me/tracks"]
    sandbox.clear_requests()
    settled.run("refresh")
    assert "GET /me/tracks" not in asked(sandbox)


def test_nothing_large_is_imported_where_nothing_is_to_do(settled) -> None:
    program = (
        "import sys\nfrom segued.cli.main import main\ncode = main(['refresh'])\n"
        "print(sorted({'torch', 'spotipy', 'numpy', 'polars', 'segue.playlists.build'}"
        " & set(sys.modules)))\nsys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=settled.environ, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_plan_that_asks_nobody_imports_nothing_that_makes_requests(settled) -> None:
    program = (
        "import sys\nfrom segued.cli.main import main\n"
        "code = main(['--seed', '5', 'plan', '--offline'])\n"
        "print('segue.playlists.build' in sys.modules,"
        " sorted({'torch', 'requests', 'urllib3', 'spotipy', 'redis'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=settled.environ, capture_output=True, text=True
    )
    assert done.stdout.splitlines()[-1] == "True []", done.stdout + done.stderr
