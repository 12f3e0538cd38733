"""Whatever ends a write half-way, the list of that moment is one the guards allow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from segue.errors import GuardError, RateLimitedError

POST, PUT, DELETE, READ = (
    "POST /playlists/{id}/items",
    "PUT /playlists/{id}/items",
    "DELETE /playlists/{id}/items",
    "GET /playlists/{id}",
)


def with_a_local_file(desk, uris: list[str]) -> None:
    desk.refresh(uris)
    desk.sandbox.human.add_local_file(desk.playlist_id, "Demo tape", "Me")
    desk.sandbox.human.reorder(desk.playlist_id, len(uris), len(uris) // 2)
    desk.refresh(uris)
    desk.smallest()


@pytest.mark.parametrize("kind", ["rate_limit", "quota", "revoked_token", "cut_before"])
@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT"])
@pytest.mark.parametrize("nth", [1, 2])
def test_a_list_with_a_local_file_stays_long_whatever_ends_its_write(
    desk, kind: str, method: str, nth: int
) -> None:
    uris = desk.tracks(130)
    with_a_local_file(desk, uris)
    desk.fault(kind, method, nth=nth, times=None, retry_after=600)
    desk.refresh(desk.shuffled([*uris[20:], *desk.tracks(20, start=200)]))
    assert len(desk.account) >= 66
    assert desk.smallest() >= 66


def test_a_reordered_list_with_a_greyed_out_row_stays_long(desk) -> None:
    uris = desk.tracks(120)
    unplayable = [
        f"spotify:track:{track.id}"
        for track in desk.sandbox.world.catalogue.tracks.values()
        if not track.playable
    ]
    desk.refresh(uris)
    desk.sandbox.human.add(desk.playlist_id, unplayable[:1], 3)
    desk.refresh(uris)
    desk.smallest()
    assert desk.refresh(desk.shuffled(uris)).status == "changed"
    assert unplayable[0] in desk.account
    assert desk.smallest() >= 61


def test_a_long_list_written_anew_stays_long(desk) -> None:
    desk.refresh(desk.tracks(300))
    desk.smallest()
    assert desk.refresh(desk.shuffled(desk.tracks(300))).status == "changed"
    assert desk.smallest() >= 150


def test_a_repeated_track_that_is_wanted_less_often_leaves_and_comes_back(desk) -> None:
    uris = desk.tracks(20)
    desk.refresh([*uris, uris[3], uris[3]])
    desk.smallest()
    wanted = [*uris, uris[3]]
    assert desk.refresh(wanted).status == "changed"
    assert desk.account == tuple(wanted)
    assert desk.smallest() >= 11


def test_an_undo_keeps_a_list_with_a_local_file_long(desk) -> None:
    uris = desk.tracks(130)
    with_a_local_file(desk, uris)
    before = desk.account
    desk.refresh(desk.shuffled(uris))
    desk.smallest()
    assert desk.undo().status == "changed"
    assert desk.account == before
    assert desk.smallest() >= 66


@pytest.mark.parametrize("endpoint", [POST, DELETE, READ])
def test_nothing_is_sent_while_an_endpoint_the_write_needs_is_cooling_down(
    desk, endpoint: str
) -> None:
    uris = desk.tracks(60)
    with_a_local_file(desk, uris)
    plan = desk.plan([*uris[5:], *desk.tracks(5, start=100)])
    desk.writes()
    cool_down(desk, endpoint)
    with pytest.raises(RateLimitedError):
        desk.apply(plan)
    assert desk.writes() == []
    assert desk.state.journal.open_intents() == ()


def test_a_playlist_is_not_created_while_it_could_not_be_filled(desk) -> None:
    plan = desk.plan(desk.tracks(20))
    cool_down(desk, POST)
    with pytest.raises(RateLimitedError):
        desk.apply(plan)
    assert desk.own == []


def test_an_undo_sends_nothing_while_it_could_not_be_finished(desk) -> None:
    uris = desk.tracks(60)
    with_a_local_file(desk, uris)
    desk.refresh([*uris[5:], *desk.tracks(5, start=100)])
    before = desk.account
    desk.writes()
    cool_down(desk, POST)
    with pytest.raises(RateLimitedError):
        desk.undo()
    assert (desk.writes(), desk.account) == ([], before)


def test_a_recovery_sends_nothing_while_it_could_not_be_finished(desk) -> None:
    uris = desk.tracks(130)
    with_a_local_file(desk, uris)
    desk.fault("revoked_token", "POST", nth=2, times=None)
    desk.refresh(desk.shuffled(uris))
    desk.sandbox.faults.clear()
    desk.again()
    desk.writes()
    cool_down(desk, DELETE)
    (left,) = desk.recover()
    assert (left.status, desk.writes()) == ("left", [])
    assert isinstance(left.error, RateLimitedError)


def test_where_no_row_may_be_missing_a_repeated_track_is_refused_before_the_first_request(
    desk,
) -> None:
    uris = desk.tracks(20)
    with_a_local_file(desk, [*uris, uris[3], uris[3]])
    desk.policy(max_shrink=0.0)
    plan = desk.plan([*uris, uris[3], *desk.tracks(1, start=50)])
    desk.writes()
    with pytest.raises(GuardError, match="repeated"):
        desk.apply(plan)
    assert desk.writes() == []


def cool_down(desk, endpoint: str) -> None:
    until = datetime.now(UTC) + timedelta(hours=5)
    desk.state.budget.set_cool_down(endpoint, until, "rate limit")
