"""A first sync whose pages are asked for side by side: refused, cut or edited meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from segue.errors import RateLimitedError, UnavailableError
from segued.run import Run
from segued.sandbox.calls import SandboxSettings
from segued.sandbox.control.faults import Fault
from segued.sandbox.server import running
from segued.store.state import State
from segued.sync.account import sync
from segued.web.transport import AT_ONCE

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LIKES = 800


@pytest.fixture
def house(tmp_path, new_house):
    with running(
        SandboxSettings(tracks=900, artists=120, likes=LIKES, playlists=8, now=NOW)
    ) as sandbox:
        found = new_house(sandbox, tmp_path / "state")
        found.log_in()
        yield found


def read(house, hours: int = 0) -> tuple[list[str], dict[str, int]]:
    """Sync, and give the stored likes in order and what was counted."""
    house.now = NOW.replace(hour=12 + hours)
    state = State.open(house.folder)
    try:
        with Run(house.settings, state, {}, lambda: house.now) as run:
            counts = sync(run).counts
            return [saved.track_id for saved in state.library.liked()], counts
    finally:
        state.close()


def asked(house, path: str = "/me/tracks") -> int:
    return sum(request[1] == path for request in house.sandbox.requests)


def on_account(house) -> list[str]:
    return list(house.sandbox.world.account.likes)


def test_the_likes_are_stored_in_their_order_and_each_page_is_asked_for_once(house) -> None:
    likes, _ = read(house)
    assert likes == on_account(house)
    assert asked(house) == LIKES // 50


def test_after_a_refusal_no_page_is_asked_for_again_and_a_later_sync_goes_on(house) -> None:
    house.sandbox.faults.add(Fault("rate_limit", endpoint="/me/tracks", nth=4, retry_after=600))
    with pytest.raises(RateLimitedError):
        read(house)
    refused = asked(house)
    assert refused <= 4 + AT_ONCE
    house.sandbox.faults.clear()
    with pytest.raises(RateLimitedError):
        read(house)
    assert asked(house) == refused
    likes, _ = read(house, hours=1)
    assert likes == on_account(house)


def test_a_failure_in_the_middle_leaves_what_came_before_it(house) -> None:
    fault = Fault("error_before", endpoint="/me/tracks", nth=5, times=40, status=502)
    house.sandbox.faults.add(fault)
    with pytest.raises(UnavailableError):
        read(house)
    house.sandbox.faults.clear()
    state = State.open(house.folder)
    kept = [saved.track_id for saved in state.library.liked()]
    state.close()
    assert len(kept) >= 100  # the first two pages were asked for one by one
    assert kept == on_account(house)[: len(kept)]
    likes, _ = read(house)
    assert likes == on_account(house)


def test_a_list_that_is_edited_while_its_pages_are_read_is_read_right(house) -> None:
    gone = on_account(house)[300]
    house.sandbox.faults.add(
        Fault("edit", endpoint="/me/tracks", nth=5, edit=lambda: house.sandbox.human.unlike(gone))
    )
    read(house)
    likes, _ = read(house)
    assert likes == on_account(house)


def test_every_playlist_is_read_once_and_whole(house) -> None:
    _, counts = read(house)
    state = State.open(house.folder)
    stored = state.playlists.playlists()
    account = house.sandbox.world.account
    assert len(stored) == counts["playlists_read"] >= 8
    assert {i: stored[i].uris for i in stored} == {i: account.playlists[i].uris for i in stored}
    state.close()
