"""`segue list`: the playlists of the account."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.integration.cli.conftest import Segue

from segue.playlists.library import PlaylistSummary
from segued.cli.playlists.list import whose_is
from segued.sandbox.calls import SandboxSettings
from segued.sandbox.server import Sandbox, running


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Segue:
    segue = Segue(tmp_path_factory.mktemp("listing"))
    settings = SandboxSettings(tracks=80, artists=20, likes=20, playlists=5, play_days=2)
    with running(settings) as sandbox:
        _prepare(segue, sandbox)
    return segue


def _prepare(segue: Segue, sandbox: Sandbox) -> None:
    text = (
        f'[spotify]\nclient_id = "sandbox-client"\napi_url = "{sandbox.api_url}"\n'
        f'accounts_url = "{sandbox.accounts_url}"\nredirect_port = 0\n'
        "[enrich]\nbefore_refresh_features = 0\nbefore_refresh_tracks = 0\n"
        '[[playlist]]\nname = "Newest"\nfrom = "liked"\nlength = 5\n'
    )
    segue.config.write_text(text)
    segue.login()
    sandbox.human.create_playlist("Twice", [])
    sandbox.human.create_playlist("twice", [])
    done = segue.run("refresh")
    assert done.returncode == 0, done.stderr
    assert segue.run("sync").returncode == 0


def listed(account: Segue, *arguments: str) -> list[dict[str, object]]:
    done = account.run("list", "--json", *arguments)
    assert done.returncode == 0, done.stderr
    playlists: list[dict[str, object]] = json.loads(done.stdout)["playlists"]
    return playlists


def test_every_playlist_is_listed_with_its_owner_tracks_and_recipe(account: Segue) -> None:
    rows = listed(account)
    (made,) = [row for row in rows if row["name"] == "Newest"]
    assert (made["whose"], made["recipe"], made["tracks"]) == ("yours", "Newest", 5)
    assert made["owner"] == "Robin Listener"
    assert {row["whose"] for row in rows} == {"yours", "shared", "followed"}
    assert {row["whose"] for row in rows if row["unread"]} == {"followed"}
    shown = account.run("list").stdout
    assert all(str(row["name"]) in shown for row in rows)


def test_the_list_is_narrowed_by_text_kind_and_recipe(account: Segue) -> None:
    assert [row["name"] for row in listed(account, "NEWE")] == ["Newest"]
    assert [row["name"] for row in listed(account, "--kept")] == ["Newest"]
    assert {row["whose"] for row in listed(account, "--whose", "followed")} == {"followed"}
    assert listed(account, "no such thing") == []
    assert "None of your" in account.run("list", "no such thing").stdout


def test_a_name_that_two_playlists_bear_is_shown_with_its_ids(account: Segue) -> None:
    rows = [row for row in listed(account) if str(row["name"]).lower() == "twice"]
    shown = account.run("list").stdout
    assert len(rows) == 2
    assert all(str(row["id"]) in shown for row in rows)
    (newest,) = listed(account, "Newest")
    assert str(newest["id"]) not in shown
    assert str(newest["id"]) in account.run("list", "--ids", "Newest").stdout


def test_what_spotify_makes_is_spotifys() -> None:
    weekly = PlaylistSummary("37i9dQZEVXcQ9COmYvdajy", "Discover Weekly", "spotify", "")
    assert whose_is(weekly, "me") == "spotify"


def test_before_the_first_sync_there_is_nothing_to_list(tmp_path: Path) -> None:
    segue = Segue(tmp_path)
    segue.config.write_text("")
    done = segue.run("list")
    assert done.returncode == 2
    assert "segue sync" in done.stderr
