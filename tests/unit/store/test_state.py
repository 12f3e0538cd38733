from __future__ import annotations

import stat
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from segue.errors import StoreError
from segue.music.track import Album, Artist, Track
from segue.playlists.library import Playlist, PlaylistEntry, PlaylistSummary, Saved, SavedAlbum
from segued.store.access import SuspectToken, TokenDocument
from segued.store.files.format import unsigned
from segued.store.playlists import Binding, Made
from segued.store.runs import RunRecord, RunStore
from segued.store.state import State

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TRACK = Track("t" * 22, "T", (Artist("A", "a"),), Album("B", "b", "2001-02"), 1000, "ISRC")
PLAYLIST = Playlist(
    PlaylistSummary("p1", "P", "me", "s1", description="d"),
    (
        PlaylistEntry(TRACK.uri, "track", "T", TRACK, NOW, "me"),
        PlaylistEntry("spotify:local:x", "local", "L"),
        PlaylistEntry("", "unknown", "?"),
    ),
)
TOKEN = TokenDocument("ACCESS", "REFRESH", NOW, "scope", NOW, "client")


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State.open(tmp_path / "state")


def again(state: State) -> State:
    return State.open(state.folder)


def test_the_folder_is_for_its_owner_only(state: State) -> None:
    assert stat.S_IMODE(state.folder.stat().st_mode) == 0o700


def test_opening_reads_no_store(state: State) -> None:
    (state.folder / "library.json").write_bytes(b"{")
    State.open(state.folder)


def test_the_library_comes_back(state: State) -> None:
    library = state.library
    library.put_tracks([TRACK])
    library.set_liked([Saved("n", NOW), Saved("a", NOW - timedelta(days=1))])
    library.set_albums([SavedAlbum("al", "Al", NOW, ("t", "u"))])
    library.set_top("long", ["t"])
    library.set_cursor("liked", {"offset": 50})
    library.commit()
    found = again(state).library
    assert found.track(TRACK.id) == TRACK
    assert dict(found.tracks()) == {TRACK.id: TRACK}
    assert [saved.track_id for saved in found.liked()] == ["n", "a"]
    assert found.albums()[0].track_ids == ("t", "u")
    assert found.top() == {"long": ("t",)}
    assert found.cursor("liked") == {"offset": 50}


def test_a_cursor_and_what_it_fetched_are_one_write(state: State) -> None:
    state.library.put_tracks([TRACK])
    state.library.set_cursor("liked", {"offset": 50})
    assert again(state).library.cursor("liked") is None
    state.library.commit()
    found = again(state).library
    assert (found.track(TRACK.id), found.cursor("liked")) == (TRACK, {"offset": 50})


def test_a_cursor_set_to_none_is_forgotten(state: State) -> None:
    state.library.set_cursor("liked", {"offset": 50})
    state.library.set_cursor("liked", None)
    assert state.library.cursor("liked") is None


def test_playlists_come_back_with_rows_that_are_no_tracks(state: State) -> None:
    state.playlists.put_playlist(PLAYLIST)
    state.playlists.set_summaries([PLAYLIST.summary])
    state.playlists.set_unread({"x": "followed"})
    state.playlists.commit()
    found = again(state).playlists
    assert found.playlist("p1") == PLAYLIST
    assert found.summaries() == (PLAYLIST.summary,)
    assert found.unread() == {"x": "followed"}


def test_tracks_no_playlist_holds_any_more_are_let_go(state: State) -> None:
    state.playlists.put_playlist(PLAYLIST)
    state.playlists.drop("p1")
    state.playlists.commit()
    content = orjson.loads((state.folder / "playlists.json").read_bytes())
    assert content["tables"]["tracks"] == {}


def test_a_binding_comes_back(state: State) -> None:
    binding = Binding("r", "p1", "R", "f", "why", ("in",), ("out",), (Made("w", ("u",)),), ("w",))
    state.playlists.bind(binding)
    state.playlists.commit()
    assert again(state).playlists.binding("r") == binding


def test_a_wrong_document_names_file_and_id(state: State) -> None:
    state.library.put_tracks([TRACK])
    state.library.commit()
    path = state.folder / "library.json"
    path.write_bytes(
        unsigned(path.read_bytes()).replace(b'"duration_ms":1000', b'"duration_ms":"x"')
    )
    with pytest.raises(StoreError, match=rf"library\.json: document 'track {TRACK.id}'"):
        again(state).library.track(TRACK.id)


def test_a_restored_store_warns_through_the_state(state: State) -> None:
    for offset in (1, 2):
        state.library.set_cursor("liked", {"offset": offset})
        state.library.commit()
    (state.folder / "library.json").write_bytes(b"{")
    found = again(state)
    assert found.warnings == ()
    assert found.library.cursor("liked") == {"offset": 1}
    assert len(found.warnings) == 1


def test_runs_are_newest_first_and_of_one_recipe_if_asked(state: State) -> None:
    for number, recipe in enumerate(["a", "b", "a"]):
        state.runs.add(RunRecord(f"r{number}", "refresh", NOW, "ok", recipe, requests={"GET": 1}))
    assert [run.id for run in again(state).runs.recent(5)] == ["r2", "r1", "r0"]
    assert [run.id for run in state.runs.recent(5, "a")] == ["r2", "r0"]


def test_an_updated_run_keeps_its_place(state: State) -> None:
    first = RunRecord("r0", "sync", NOW, "running")
    state.runs.add(first)
    state.runs.add(RunRecord("r1", "sync", NOW, "running"))
    state.runs.update(replace(first, status="ok", ended_at=NOW))
    assert [(run.id, run.status) for run in state.runs.recent(5)] == [
        ("r1", "running"),
        ("r0", "ok"),
    ]


def test_the_oldest_runs_are_forgotten(state: State) -> None:
    runs = RunStore(state.folder / "few.json", keep=2, keep_each=1)
    for number in range(4):
        runs.add(RunRecord(f"r{number}", "sync", NOW, "ok"))
    assert [run.id for run in runs.recent(9)] == ["r3", "r2"]


def test_what_runs_often_leaves_room_for_what_runs_seldom(state: State) -> None:
    runs = RunStore(state.folder / "few.json", keep=6, keep_each=2)
    for number in range(3):
        runs.add(RunRecord(f"monthly{number}", "refresh", NOW, "ok", "monthly"))
    for number in range(30):
        runs.add(RunRecord(f"sync{number}", "sync", NOW, "ok"))
    assert [run.id for run in runs.recent(9)] == [
        "sync29", "sync28", "sync27", "sync26", "monthly2", "monthly1"
    ]  # fmt: skip
    assert [run.id for run in runs.recent(1, "monthly")] == ["monthly2"]


def test_a_budget_is_on_disk_at_once(state: State) -> None:
    day = date(2026, 11, 20)
    state.budget.count_request("GET /me", day)
    state.budget.count_request("GET /me", day, 2)
    state.budget.set_cool_down("GET /me", NOW, "QUOTA_EXCEEDED")
    found = again(state).budget.get("GET /me")
    assert (found.count(day), found.cool_down_until, found.reason) == (3, NOW, "QUOTA_EXCEEDED")


def test_a_budget_forgets_old_days(state: State) -> None:
    state.budget.count_request("GET /me", date(2026, 11, 1))
    found = state.budget.count_request("GET /me", date(2026, 11, 20))
    assert list(found.counts) == ["2026-11-20"]


def test_a_login_stored_by_another_process_is_seen(state: State) -> None:
    other = again(state)
    assert other.auth.token() is None
    state.auth.set_token(TOKEN)
    assert other.auth.token() == TOKEN


def test_a_login_shows_no_secret(state: State) -> None:
    token = replace(TOKEN, suspects=(SuspectToken("DEAD", NOW, "invalid_grant"),))
    assert not {"ACCESS", "REFRESH", "DEAD"} & set(repr(token).replace("'", " ").split())
    assert all(secret not in repr(token) for secret in ("ACCESS", "REFRESH", "DEAD"))


def test_a_login_file_is_for_its_owner_only(state: State) -> None:
    state.auth.set_token(TOKEN)
    assert stat.S_IMODE((state.folder / "auth.json").stat().st_mode) == 0o600


def test_after_a_logout_no_token_is_anywhere_in_the_folder(state: State) -> None:
    state.auth.set_token(TOKEN)
    state.auth.set_token(TOKEN)
    state.auth.clear()
    assert state.auth.token() is None
    assert again(state).auth.token() is None
    files = [path.read_bytes() for path in state.folder.rglob("*") if path.is_file()]
    assert not any(b"REFRESH" in content for content in files)
