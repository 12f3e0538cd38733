"""Tracks that Spotify will not take are found, left out for a while, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from segue.errors import GuardError, UnavailableError


def killed(desk, uris: list[str]):
    for uri in uris:
        desk.sandbox.human.kill(uri)
    return uris


@pytest.fixture
def revived(desk):
    yield
    desk.sandbox.world.dead_uris.clear()


@pytest.mark.usefixtures("revived")
@pytest.mark.parametrize("place", [0, 57, 99, 250])
def test_a_dead_track_among_hundreds_is_found_in_about_twenty_requests(desk, place: int) -> None:
    desk.refresh(desk.tracks(300, start=50))
    wanted = desk.shuffled(desk.tracks(300))
    new = [uri for uri in wanted if uri not in desk.account]
    dead = new[min(place, len(new) - 1)]
    killed(desk, [dead])
    plan = desk.plan(wanted)
    desk.sandbox.clear_requests()
    assert desk.apply(plan).dead == (dead,)
    # Beside the writes of the plan and two reads of 300 rows.
    assert len(desk.sandbox.requests) - 6 - 2 * 6 <= 26
    assert desk.account == tuple(uri for uri in wanted if uri != dead)


@pytest.mark.usefixtures("revived")
def test_more_dead_tracks_than_fifty_requests_find_end_the_write_and_say_so(desk) -> None:
    desk.refresh(desk.tracks(100, start=200))
    before = desk.account
    wanted = [*desk.tracks(100, start=220), *desk.tracks(100)]
    killed(desk, desk.tracks(100)[::4])
    desk.sandbox.clear_requests()
    outcome = desk.refresh(wanted)
    assert outcome.status == "failed"
    assert isinstance(outcome.error, GuardError)
    assert "50 requests more than planned" in str(outcome.error)
    assert desk.account == before
    assert outcome.dead
    assert desk.binding.banned(desk.now) == set(outcome.dead)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("times", [1, 2])
def test_a_short_outage_is_no_dead_track(desk, status: int, times: int) -> None:
    uris = desk.tracks(30)
    desk.refresh(uris)
    wanted = [*uris, *desk.tracks(1, start=90)]
    desk.fault("error_before", "POST", times=times, status=status)
    assert desk.refresh(wanted).dead == ()
    assert desk.account == tuple(wanted)
    assert desk.binding.bans == ()


@pytest.mark.parametrize("count", [4, 5, 6, 7, 12, 40])
def test_where_no_addition_works_at_all_more_than_three_tracks_are_no_dead_ones(
    desk, count: int
) -> None:
    uris = desk.tracks(30)
    desk.refresh(uris)
    wanted = [*uris, *desk.tracks(count, start=90)]
    desk.fault("error_before", "POST", times=None, status=502)
    assert desk.refresh(wanted).status == "failed"
    assert desk.binding.banned(desk.now) == frozenset()
    desk.sandbox.faults.clear()
    desk.refresh(wanted)
    assert desk.account == tuple(wanted)
    assert desk.binding.bans == ()


@pytest.mark.parametrize("status", [500, 503])
def test_an_outage_of_additions_alone_bans_nothing(desk, status: int) -> None:
    uris = desk.tracks(30)
    desk.refresh(uris)
    desk.fault("error_before", "POST", times=None, status=status)
    outcome = desk.refresh([*uris, *desk.tracks(3, start=90)])
    assert outcome.status == "failed"
    assert isinstance(outcome.error, UnavailableError)
    assert (desk.account, desk.binding.bans) == (tuple(uris), ())


def test_bad_gateways_for_every_addition_ban_nothing(desk) -> None:
    uris = desk.tracks(30)
    desk.refresh(uris)
    desk.fault("error_before", "POST", times=None, status=502)
    outcome = desk.refresh([*uris, *desk.tracks(20, start=90)])
    assert outcome.status == "failed"
    assert desk.account == tuple(uris)
    assert desk.binding.banned(desk.now) == frozenset()


@pytest.mark.usefixtures("revived")
def test_a_track_that_nothing_is_added_beside_is_left_out_but_not_blamed(desk) -> None:
    uris = desk.tracks(30)
    desk.refresh(uris)
    (dead,) = killed(desk, desk.tracks(1, start=90))
    for _ in range(2):
        outcome = desk.refresh([*uris, dead])
        assert (outcome.dead, outcome.doubted, outcome.left_out) == ((), (dead,), (dead,))
        assert desk.account == tuple(uris)
        assert desk.binding.banned(desk.now) == frozenset()
        assert desk.binding.kept_out == ()


@pytest.mark.parametrize("count", [1, 2, 3])
def test_an_outage_of_additions_bans_not_even_a_few_tracks(desk, count: int) -> None:
    uris = desk.tracks(30)
    desk.refresh(uris)
    wanted = [*uris, *desk.tracks(count, start=90)]
    desk.fault("error_before", "POST", times=None, status=502)
    for _ in range(2):
        desk.refresh(wanted)
        assert desk.binding.banned(desk.now) == frozenset()
    desk.sandbox.faults.clear()
    desk.refresh(wanted)
    assert desk.account == tuple(wanted)
    assert desk.binding.bans == ()


@pytest.mark.usefixtures("revived")
@pytest.mark.parametrize("count", [7, 12, 40])
@pytest.mark.parametrize("nth", [4, 5, 6, 8])
def test_an_outage_that_begins_among_the_additions_bans_no_healthy_track(
    desk, count: int, nth: int
) -> None:
    uris = desk.tracks(30)
    desk.refresh(uris)
    healthy = desk.tracks(count, start=90)
    (dead,) = killed(desk, desk.tracks(1, start=140))
    wanted = [*uris, *healthy[:-1], dead, healthy[-1]]
    desk.fault("error_before", "POST", nth=nth, times=None, status=502)
    assert desk.refresh(wanted).status == "failed"
    assert desk.binding.banned(desk.now) <= {dead}
    desk.sandbox.faults.clear()
    for _ in range(2):
        desk.refresh([uri for uri in wanted if uri not in desk.binding.banned(desk.now)])
    assert desk.account == (*uris, *healthy)


@pytest.mark.usefixtures("revived")
@pytest.mark.parametrize("retry_after", [None, 3600])
@pytest.mark.parametrize("nth", range(4, 9))
def test_no_track_is_taken_out_to_see_whether_additions_work_while_they_do_not(
    desk, nth: int, retry_after: int | None
) -> None:
    """Spotify takes up to three of four new tracks, and nothing from some addition on."""
    uris = desk.tracks(30)
    desk.refresh(uris)
    (dead,) = killed(desk, desk.tracks(1, start=140))
    wanted = [*uris, *desk.tracks(3, start=90), dead]
    kind = "error_before" if retry_after is None else "rate_limit"
    desk.fault(kind, "POST", nth=nth, times=None, status=502, retry_after=retry_after)
    record = desk.sandbox.world.account.playlists[desk.playlist_id]
    record.versions.clear()
    desk.refresh(wanted)
    sizes = [len(rows) for rows in record.versions.values()]
    if sizes[-1] == len(uris):  # it was taken back, in one
        sizes.pop()
    assert sizes == sorted(sizes)


@pytest.mark.usefixtures("revived")
def test_a_ban_ends_by_itself_and_the_next_one_is_longer(desk) -> None:
    uris = desk.tracks(30)
    desk.refresh(uris)
    (dead,) = killed(desk, desk.tracks(1, start=90))
    (first, second) = desk.tracks(2, start=100)
    desk.refresh([*uris, dead, first])
    (ban,) = desk.binding.bans
    assert ban.until - ban.since == timedelta(days=1)
    assert desk.binding.banned(ban.since) == {dead}
    assert desk.binding.banned(ban.until) == frozenset()
    desk.now = ban.until
    desk.refresh([*uris, dead, first, second])
    (again,) = desk.binding.bans
    assert again.until - again.since == timedelta(days=4)


def test_a_ban_stored_without_a_date_gets_one_at_the_next_refresh(desk) -> None:
    uris = desk.tracks(30)
    desk.refresh(uris)
    (old,) = desk.tracks(1, start=90)
    desk.state.playlists.bind(replace(desk.binding, dead=(old,)))
    desk.state.playlists.commit()
    desk.again()
    assert desk.binding.banned(desk.now) == {old}
    desk.refresh(uris)
    assert desk.binding.dead == ()
    assert [ban.uri for ban in desk.binding.bans] == [old]


@pytest.mark.usefixtures("revived")
@pytest.mark.parametrize("place", [0, 6, 12])
def test_a_row_of_dead_tracks_one_after_another_is_no_outage(desk, place: int) -> None:
    uris = desk.tracks(30)
    desk.refresh(uris)
    healthy = desk.tracks(12, start=90)
    dead = killed(desk, desk.tracks(8, start=120))
    wanted = [*uris, *healthy[:place], *dead, *healthy[place:]]
    for _ in range(3):
        if desk.account != (*uris, *healthy):
            desk.refresh([uri for uri in wanted if uri not in desk.binding.banned(desk.now)])
    assert desk.account == (*uris, *healthy)
    assert {ban.uri for ban in desk.binding.bans} == set(dead)


@pytest.mark.usefixtures("revived")
@pytest.mark.parametrize(("place", "refreshes"), [(0, 3), (6, 2), (12, 2)])
def test_twelve_dead_tracks_in_a_row_are_left_out_within_a_few_refreshes(
    desk, place: int, refreshes: int
) -> None:
    uris = desk.tracks(30)
    desk.refresh(uris)
    healthy = desk.tracks(12, start=90)
    dead = killed(desk, desk.tracks(12, start=120))
    wanted = [*uris, *healthy[:place], *dead, *healthy[place:]]
    for _ in range(refreshes):
        desk.refresh([uri for uri in wanted if uri not in desk.binding.banned(desk.now)])
    assert desk.account == (*uris, *healthy)
    assert desk.binding.banned(desk.now) == set(dead)


@pytest.mark.usefixtures("revived")
def test_a_write_that_was_cut_off_ends_where_spotify_takes_no_more(desk) -> None:
    dead = killed(desk, desk.tracks(60, start=100))
    wanted = [*desk.tracks(40), *dead]
    desk.refresh(wanted)
    assert desk.state.journal.open_intents()
    desk.recover()
    assert not desk.state.journal.open_intents()
    assert desk.account == tuple(desk.tracks(40))
