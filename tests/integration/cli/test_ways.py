"""`segue lint`, `segue path` and `segue cluster`, on the account of the sandbox."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.integration.cli.conftest import Segue

from segued.config.load import check
from segued.sandbox.calls import SandboxSettings
from segued.sandbox.server import running
from segued.store.state import State


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Segue:
    """An account that was read and looked up once, with a list that has a song twice; nobody
    answers any more."""
    segue = Segue(tmp_path_factory.mktemp("ways"))
    settings = SandboxSettings(tracks=200, artists=60, likes=120, playlists=5, play_days=2)
    with running(settings) as sandbox:
        base = sandbox.accounts_url
        segue.config.write_text(
            f'[spotify]\nclient_id = "sandbox-client"\napi_url = "{base}/v1"\n'
            f'accounts_url = "{base}"\nredirect_port = 0\n'
            f'[features]\nreccobeats_url = "{base}/reccobeats"\ninterval_seconds = 0.0\n'
            "[lyrics]\nenabled = false\n"
            '[[playlist]]\nname = "Kept"\nfrom = "liked"\nlength = 12\n'
        )
        segue.login()
        likes = list(sandbox.world.account.likes)[:8]
        uris = [f"spotify:track:{track_id}" for track_id in (*likes, likes[2])]
        sandbox.human.create_playlist("By Hand", uris)
        assert segue.run("refresh").returncode == 0
        assert segue.run("enrich").returncode in (0, 3)
    return segue


def document(segue: Segue, *arguments: str) -> Any:
    done = segue.run(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_list_by_hand_is_judged_and_its_song_twice_is_named(account: Segue) -> None:
    found = document(account, "lint", "by hand")
    assert found["rows"] == 9
    assert [(each["rows"], each["same"]) for each in found["copies"]] == [([3, 9], True)]
    costs = [each["cost"] for each in found["worst"]]
    assert costs == sorted(costs, reverse=True)
    shown = account.run("lint", "By Hand").stdout
    assert "The same song in rows 3, 9" in shown
    assert "How it flows" in shown
    assert max(map(len, shown.splitlines())) <= 100


def test_a_recipes_playlist_is_judged_by_its_name_and_id(account: Segue) -> None:
    assert document(account, "lint", "Kept") == document(account, "lint", "kept")


def test_a_playlist_that_is_not_there_is_said_with_what_was_meant(account: Segue) -> None:
    done = account.run("lint", "By Hnd")
    assert done.returncode == 3
    assert "By Hand" in done.stderr


def test_a_way_leads_from_one_song_to_another(account: Segue) -> None:
    with closing(State.open(account.folder / "state")) as state:
        heard = {i for i, found in state.features.features().items() if not found.missing()}
    rows = [r for r in document(account, "show", "Kept")["items"] if r["uri"][14:] in heard]
    first, last = rows[0], rows[-1]
    words = f"{first['title']} - {first['artist'].split(',')[0]}"
    found = document(account, "path", words, last["uri"], "--length", "7")
    assert [found["songs"][0]["uri"], found["songs"][-1]["uri"]] == [first["uri"], last["uri"]]
    assert len({song["uri"] for song in found["songs"]}) == 7
    assert all(song["transition"] for song in found["songs"][1:])
    assert "7 songs" in account.run("path", words, last["uri"], "--length", "7").stdout


def test_a_song_that_is_not_in_the_library_is_said(account: Segue) -> None:
    done = account.run("path", "Nosuch - Nobody", "Neither - Nobody")
    assert done.returncode == 2
    assert "is not in your library" in done.stderr


def test_groups_come_as_recipes_that_the_configuration_takes(
    account: Segue, tmp_path: Path
) -> None:
    done = account.run("cluster", "--by", "sound", "--k", "3")
    assert done.returncode == 0, done.stderr
    whole = account.config.read_text() + done.stdout
    recipes = check(whole, "config.toml", {}).settings.playlists
    assert len(recipes) == 4
    groups = document(account, "cluster", "--by", "sound", "--k", "3")["groupings"][0]["groups"]
    kept = tmp_path / "config.toml"
    kept.write_text(whole)
    plans = document(account, "--config", str(kept), "plan", "--offline")["playlists"]
    for each in groups:
        (plan,) = (plan for plan in plans if plan["name"] == each["name"])
        assert plan["error"] is None
        assert each["chooses_from"] >= len(plan["after"]) >= 5
        others = {item["uri"][14:] for item in plan["after"]} - set(each["tracks"])
        assert len(others) <= 1, "another release of one song may lie across the border"


def test_a_second_time_no_name_of_a_recipe_that_is_there_is_used(account: Segue) -> None:
    first = account.run("cluster", "--by", "sound", "--k", "3").stdout
    before = account.config.read_text()
    account.config.write_text(before + first)
    try:
        second = account.run("cluster", "--by", "sound", "--k", "3").stdout
        check(before + first + second, "config.toml", {})
    finally:
        account.config.write_text(before)


def test_what_cannot_be_grouped_is_left_out_and_named_where_it_was_asked_for(
    account: Segue,
) -> None:
    every = account.run("cluster")
    assert every.returncode == 0
    assert "Left out: by lyrics" in every.stderr
    asked = account.run("cluster", "--by", "lyrics")
    assert asked.returncode != 0
    assert "by lyrics: known for 0 of" in asked.stderr


@pytest.mark.parametrize("k", ["1", "none", "99"])
def test_a_number_of_groups_that_cannot_be_is_refused(account: Segue, k: str) -> None:
    done = account.run("cluster", "--k", k)
    assert done.returncode == 2
    assert "auto or a number" in done.stderr
