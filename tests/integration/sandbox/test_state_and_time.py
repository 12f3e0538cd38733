"""State that survives a restart, and what grows while the clock moves."""

from __future__ import annotations

import stat

import pytest
import requests

from segue.errors import DataError
from segued.sandbox.server import running
from segued.sandbox.state_file import NAME


def test_a_saved_account_is_taken_up_again_whole(settings, caller, tmp_path):
    with running(settings(), state_folder=tmp_path) as sandbox:
        api = caller(sandbox)
        made = api("POST", "/me/playlists", {"name": "Kept", "public": False}).json()["id"]
        uris = [track.uri for track in sandbox.world.catalogue.tracks.values() if track.playable][
            :3
        ]
        api("PUT", f"/playlists/{made}/items", {"uris": uris})
        sandbox.human.unlike(next(iter(sandbox.world.account.likes)))
        sandbox.human.play(uris[0].split(":")[2])
        sandbox.clock.advance(days=2)
        bearer = api.session.headers["Authorization"]
        api = caller(sandbox)
        before = [api.get(path) for path in ("/me/playlists", "/me/tracks?limit=50")]
        plays = sandbox.world.plays()
    with running(settings(), sandbox.port, tmp_path) as again:
        assert again.world.plays() == plays
        response = requests.get(
            f"{again.api_url}/playlists/{made}/items",
            headers={"Authorization": bearer},
            timeout=120,
        )
        assert response.status_code == 401, "the token is known, and too old"
        api = caller(again)
        assert [api.get(path) for path in ("/me/playlists", "/me/tracks?limit=50")] == before
        assert api.uris(made) == uris


def test_a_login_survives_a_restart(settings, caller, tmp_path):
    with running(settings(), state_folder=tmp_path) as sandbox:
        bearer = caller(sandbox).session.headers["Authorization"]
    with running(settings(), state_folder=tmp_path) as again:
        headers = {"Authorization": bearer}
        assert requests.get(f"{again.api_url}/me", headers=headers, timeout=120).status_code == 200


def test_ids_made_after_a_restart_are_new_ones(settings, caller, tmp_path):
    made = []
    for _ in range(2):
        with running(settings(), state_folder=tmp_path) as sandbox:
            made.append(caller(sandbox)("POST", "/me/playlists", {"name": "One"}).json()["id"])
    assert made[0] != made[1]


def test_only_the_owner_reads_the_state(settings, tmp_path):
    with running(settings(), state_folder=tmp_path / "new"):
        mode = (tmp_path / "new" / NAME).stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_a_state_of_another_seed_is_refused_by_name(settings, tmp_path):
    with running(settings(), state_folder=tmp_path):
        pass
    with (
        pytest.raises(DataError, match=r"sandbox\.json.*seed"),
        running(settings(seed=8), state_folder=tmp_path),
    ):
        pass


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"schema": 99}'])
def test_a_broken_state_is_refused_by_name(settings, tmp_path, damage):
    (tmp_path / NAME).write_bytes(damage)
    with (
        pytest.raises(DataError, match=NAME),
        running(settings(), state_folder=tmp_path),
    ):
        pass


def test_plays_accumulate_as_the_clock_moves(settings, caller):
    with running(settings()) as sandbox:
        api = caller(sandbox)
        first = api.get("/me/player/recently-played?limit=50")
        cursor = first["cursors"]["after"]
        path = f"/me/player/recently-played?limit=50&after={cursor}"
        assert caller(sandbox).get(path)["items"] == []
        sandbox.clock.advance(days=4)
        rows = caller(sandbox).get(path)["items"]
        assert rows
        assert {row["played_at"] for row in rows}.isdisjoint(
            row["played_at"] for row in first["items"]
        )


def test_only_the_last_fifty_plays_are_reported_newest_first(settings, caller):
    with running(settings()) as sandbox:
        api = caller(sandbox)
        page = api.get("/me/player/recently-played?limit=20")
        seen = [row["played_at"] for row in page["items"]]
        while page["next"]:
            page = api.session.get(page["next"], timeout=120).json()
            seen += [row["played_at"] for row in page["items"]]
        assert len(seen) == len(set(seen)) == 50
        assert seen == sorted(seen, reverse=True)
        assert "total" not in page


def test_plays_of_under_thirty_seconds_are_not_reported(settings, caller):
    with running(settings()) as sandbox:
        track = next(iter(sandbox.world.catalogue.tracks))
        sandbox.human.play(track, ms_played=29_000)
        newest = caller(sandbox).get("/me/player/recently-played?limit=1")["items"][0]
        assert newest["track"]["id"] != track
        sandbox.human.play(track, ms_played=31_000)
        newest = caller(sandbox).get("/me/player/recently-played?limit=1")["items"][0]
        assert newest["track"]["id"] == track


def test_the_same_settings_give_the_same_bytes(settings, caller):
    paths = ("/me/tracks", "/me/playlists", "/me/player/recently-played", "/me/top/tracks")
    answers = []
    port = 0
    for _ in range(2):
        with running(settings(), port) as sandbox:
            port = sandbox.port
            api = caller(sandbox)
            answers.append([api("GET", path).content for path in paths])
    assert answers[0] == answers[1]


def test_another_seed_is_another_account(settings, caller):
    with running(settings(seed=8)) as eight, running(settings(seed=9)) as other:
        first, second = caller(eight).get("/me/tracks"), caller(other).get("/me/tracks")
        assert first["items"][0]["track"]["id"] != second["items"][0]["track"]["id"]
