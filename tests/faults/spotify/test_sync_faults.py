"""A sync that is cut, killed or refused: nothing is lost and little is repeated."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from segue.errors import QuotaExceededError, RateLimitedError, UnavailableError
from segued.sandbox.control.faults import Fault
from segued.store.files import storage
from segued.store.files.atomic import write_atomically
from segued.sync.wanted import Wanted
from segued.web.transport import AT_ONCE

CHILD = """
import os, signal, sys
from pathlib import Path
from datetime import datetime

import requests

from segued.config.sections import SpotifySection
from segued.config.schema import Settings
from segued.sync.account import sync
from segued.sync.wanted import Wanted
from segued.run import Run
from segued.store.state import State

api, accounts, folder, now, after = sys.argv[1:]
send, sent = requests.Session.send, []

def killed_once_answered(*args, **more):
    answer = send(*args, **more)
    sent.append(answer)
    if len(sent) == int(after):
        os.kill(os.getpid(), signal.SIGKILL)
    return answer

requests.Session.send = killed_once_answered
state = State.open(Path(folder))
section = SpotifySection(client_id="sandbox-client", api_url=api, accounts_url=accounts)
moment = datetime.fromisoformat(now)
sync(Run(Settings(spotify=section), state, {}, lambda: moment), Wanted(albums=True))
"""


def liked(account: Any) -> list[str]:
    return [saved.track_id for saved in account.state.library.liked()]


def assert_copied(account: Any) -> None:
    world = account.sandbox.world.account
    assert liked(account) == list(world.likes)
    assert set(liked(account)) <= set(account.state.library.tracks())
    stored = account.state.playlists.playlists()
    for record in (world.playlists[each] for each in world.listed):
        if record.owner_id == "segue-listener":
            assert stored[record.id].uris == record.uris


def long_playlist(account: Any, size: int = 320) -> str:
    tracks = account.sandbox.world.catalogue.tracks.values()
    return str(account.sandbox.human.create_playlist("Long", [t.uri for t in tracks][:size]))


def test_a_quota_wall_in_a_first_sync_loses_no_page(account: Any) -> None:
    account.sandbox.faults.add(Fault("quota", "GET", "/me/tracks", nth=3, retry_after=3600))
    with pytest.raises(QuotaExceededError):
        account.sync()
    account.restart()
    assert len(liked(account)) == 100
    with pytest.raises(QuotaExceededError):
        account.sync()
    assert "GET /me/tracks" not in account.endpoints
    account.sandbox.clock.advance(hours=1)
    account.sync()
    # The rest of the likes, and the top once more.
    assert account.endpoints.count("GET /me/tracks") == 2
    assert_copied(account)


def test_spotify_asking_to_wait_stops_the_sync_at_once(account: Any) -> None:
    account.sandbox.faults.add(Fault("rate_limit", "GET", "/me/tracks", retry_after=3600))
    with pytest.raises(RateLimitedError):
        account.sync()
    assert account.endpoints == ["GET /me", "GET /me/tracks"]


def test_plays_are_still_read_while_the_likes_are_cooling_down(account: Any) -> None:
    account.sandbox.faults.add(Fault("quota", "GET", "/me/tracks", retry_after=70_000))
    for _ in range(2):
        with pytest.raises(QuotaExceededError):
            account.sync()
    assert len(account.state.plays.all()) == 50
    assert account.state.playlists.summaries()


def test_a_long_playlist_that_was_cut_goes_on_at_its_next_page(account: Any) -> None:
    playlist_id = long_playlist(account)
    account.sandbox.faults.add(
        Fault("rate_limit", "GET", "/playlists/{id}/items", nth=4, retry_after=60)
    )
    with pytest.raises(RateLimitedError):
        account.sync()
    account.restart()
    assert account.state.playlists.playlist(playlist_id) is None
    account.sandbox.clock.advance(minutes=1)
    account.sync()
    # 320 rows: 100 came with the playlist, the first of five pages was asked for alone; which of
    # those side by side was refused is chance, and with it how many before it were kept.
    assert 1 <= account.endpoints.count("GET /playlists/{id}/items") <= 4
    assert_copied(account)


def test_a_very_long_playlist_is_not_written_to_the_disk_for_each_of_its_pages(
    account: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.sync()
    uris = [track.uri for track in account.sandbox.world.catalogue.tracks.values()][:250]
    account.sandbox.human.create_playlist("Everything", uris * 8, public=False)
    written: list[str] = []

    def watched(path: Path, content: bytes) -> None:
        written.append(path.name)
        write_atomically(path, content)

    monkeypatch.setattr(storage, "write_atomically", watched)
    account.sync()
    assert account.endpoints.count("GET /playlists/{id}/items") == 38
    assert written.count("library.json") < 15
    assert_copied(account)


def test_a_long_playlist_edited_after_the_cut_is_read_anew(account: Any) -> None:
    playlist_id = long_playlist(account)
    account.sandbox.faults.add(
        Fault("rate_limit", "GET", "/playlists/{id}/items", nth=4, retry_after=60)
    )
    with pytest.raises(RateLimitedError):
        account.sync()
    account.sandbox.human.reorder(playlist_id, 300, 0)
    account.sandbox.clock.advance(minutes=1)
    account.sync()
    assert_copied(account)


def test_an_edit_while_a_long_playlist_is_read_is_seen_by_the_next_sync(account: Any) -> None:
    playlist_id = long_playlist(account)
    account.sandbox.faults.add(
        Fault(
            "edit",
            "GET",
            "/playlists/{id}/items",
            nth=2,
            edit=lambda: account.sandbox.human.reorder(playlist_id, 319, 0),
        )
    )
    account.sync()
    account.sync()
    assert_copied(account)


@pytest.mark.parametrize("kind", ["error_before", "not_json", "truncated", "cut_before"])
def test_one_playlist_that_cannot_be_read_stops_nothing_and_is_named(
    account: Any, kind: str
) -> None:
    # The first is asked for alone: all three tries are its own.
    account.sandbox.faults.add(Fault(kind, "GET", "/playlists/{id}", times=3))
    outcome = account.sync()
    named = [why for why in outcome.skipped.values() if "GET /playlists/{id}" in why]
    assert len(named) == 1
    assert outcome.counts["playlists_read"] > 3
    again = account.sync()
    assert again.counts["playlists_read"] == 1
    assert_copied(account)


def test_a_playlist_that_is_refused_once_is_asked_for_by_the_next_sync(account: Any) -> None:
    account.sandbox.faults.add(Fault("cloudflare", "GET", "/playlists/{id}", nth=2))
    account.sync()
    account.sync()
    assert account.endpoints.count("GET /playlists/{id}") == 1
    assert_copied(account)


def test_a_playlist_that_two_syncs_were_refused_is_left_alone_for_a_week(account: Any) -> None:
    account.sandbox.faults.add(Fault("cloudflare", "GET", "/playlists/{id}", nth=2))
    first = account.sync().counts["playlists_read"]
    account.sandbox.faults.add(Fault("cloudflare", "GET", "/playlists/{id}"))
    account.sync()
    account.sync()
    assert "GET /playlists/{id}" not in account.endpoints
    assert len(account.state.playlists.unread()) == len(account.sync().skipped)
    account.sandbox.clock.advance(days=8)
    assert account.sync().counts["playlists_read"] == 1
    assert len(account.state.playlists.playlists()) == first + 1


def test_a_service_that_is_down_ends_the_sync_soon(account: Any) -> None:
    account.sandbox.faults.add(Fault("error_before", "GET", "/playlists/{id}", times=None))
    with pytest.raises(UnavailableError):
        account.sync()
    assert account.endpoints.count("GET /playlists/{id}") == 6


def test_what_was_read_of_a_playlist_before_outlives_a_failure(account: Any) -> None:
    account.sync()
    record = next(
        each
        for each in account.sandbox.world.account.playlists.values()
        if each.owner_id == "segue-listener"
    )
    before = record.uris
    account.sandbox.human.reorder(record.id, 0, 3)
    account.sandbox.faults.add(Fault("error_before", "GET", "/playlists/{id}", times=None))
    account.sync()
    account.restart()
    assert account.state.playlists.playlist(record.id).uris == before
    assert record.id in account.state.playlists.unread()


def test_a_like_that_was_a_null_row_for_a_moment_is_found_at_the_next_sync(account: Any) -> None:
    account.sandbox.faults.add(Fault("null_rows", "GET", "/me/tracks", nth=2, rows=(3,)))
    account.sync()
    assert len(liked(account)) == 129
    account.sync()
    assert account.endpoints.count("GET /me/tracks") == 2
    assert_copied(account)


def test_null_rows_in_the_list_of_playlists_delete_nothing(account: Any) -> None:
    account.sync()
    before = account.state.playlists.summaries()
    fault = Fault("null_rows", "GET", "/me/playlists", times=None, rows=(0, 2))
    account.sandbox.faults.add(fault)
    outcome = account.sync()
    assert outcome.counts["playlists_gone"] == 0
    assert {each.id for each in account.state.playlists.summaries()} == {e.id for e in before}
    assert any("not taken for deleted" in note for note in outcome.notes)


def test_a_part_that_is_refused_is_named_and_the_others_go_on(account: Any) -> None:
    account.sandbox.faults.add(Fault("cloudflare", "GET", "/me/top/tracks", times=None))
    outcome = account.sync(Wanted(top=frozenset({"short"})))
    assert "top tracks" in outcome.skipped
    assert not outcome.complete
    assert_copied(account)


@pytest.mark.slow
@pytest.mark.parametrize("after", [1, 3, 6, 9, 12, 15, 19])
def test_a_killed_sync_loses_nothing_and_repeats_little(account: Any, after: int) -> None:
    long_playlist(account)
    sandbox = account.sandbox
    arguments = [sandbox.api_url, sandbox.accounts_url, account.state.folder]
    arguments += [sandbox.clock.now().isoformat(), after]
    child = subprocess.run([sys.executable, "-c", CHILD, *map(str, arguments)], check=False)
    assert child.returncode == -signal.SIGKILL
    made = len(sandbox.requests)
    account.restart()
    account.sync(Wanted(albums=True))
    assert_copied(account)
    again = len(account.endpoints)
    clean = 1 + 3 + 1 + 1 + 1 + _playlist_requests(account)
    # What every sync asks anew: the top of the likes and of the albums, plays, playlists. And what
    # was under way when the kill came, with the page before it that was not yet on the disk.
    assert made + again <= clean + 4 + AT_ONCE + 1
    account.sync(Wanted(albums=True))
    assert len(account.endpoints) == 4


def _playlist_requests(account: Any) -> int:
    world = account.sandbox.world.account
    records = [world.playlists[each] for each in world.listed]
    sizes = [
        len(record.rows)
        for record in records
        if record.owner_id == "segue-listener" or record.collaborative
    ]
    return sum(1 + max(0, -(-(size - 100) // 50)) for size in sizes)
