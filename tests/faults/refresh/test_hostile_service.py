"""Writes met by failing answers, cut connections, dead tracks, limits and other people's edits."""

from __future__ import annotations

import pytest

from segue.errors import ConflictError, RateLimitedError, UnavailableError
from segued.refresh.edits import find_edits

CREATE = "/me/playlists"
ONE = "/playlists/{id}"
TROUBLE = ("error_before", "error_after", "cut_before", "cut_after")


@pytest.mark.parametrize("kind", TROUBLE)
@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_trouble_once_on_a_long_write_ends_in_exactly_the_new_list(desk, kind, method) -> None:
    desk.refresh(desk.tracks(120))
    wanted = desk.tracks(120)[::-1]
    desk.fault(kind, method)
    outcome = desk.refresh(wanted)
    assert outcome.status == "changed"
    assert outcome.notes == ()
    assert desk.account == tuple(wanted)
    assert desk.state.journal.open_intents() == ()


@pytest.mark.parametrize("kind", TROUBLE)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_trouble_once_on_a_small_change_makes_no_duplicates(desk, kind, method) -> None:
    uris = desk.tracks(30)
    desk.refresh(uris)
    wanted = [*uris[5:10], *uris[:4], *uris[11:], *desk.tracks(2, start=90)]
    desk.fault(kind, method)
    desk.refresh(wanted)
    assert desk.account == tuple(wanted)


@pytest.mark.parametrize("kind", ["error_after", "cut_after"])
def test_a_playlist_created_without_an_answer_is_found_and_filled_at_once(desk, kind) -> None:
    desk.fault(kind, "POST", CREATE)
    assert desk.refresh(desk.tracks(20)).status == "changed"
    assert desk.account == tuple(desk.tracks(20))
    assert len(desk.own) == 1


@pytest.mark.parametrize("kind", TROUBLE)
def test_trouble_while_creating_makes_no_twin(desk, kind) -> None:
    desk.fault(kind, "POST", CREATE)
    desk.refresh(desk.tracks(20))
    desk.again()
    outcome = desk.refresh(desk.tracks(20))
    assert outcome.status in ("changed", "unchanged")
    assert desk.account == tuple(desk.tracks(20))
    assert len(desk.own) == 1


def test_a_service_that_stays_down_for_writes_leaves_the_old_list(desk) -> None:
    desk.refresh(desk.tracks(30))
    before = desk.account
    desk.fault("cut_before", "PUT", times=None)
    desk.fault("cut_before", "POST", times=None)
    outcome = desk.refresh(desk.shuffled(desk.tracks(30, start=60)))
    assert outcome.status == "failed"
    assert isinstance(outcome.error, UnavailableError)
    assert desk.account == before
    assert desk.state.journal.open_intents() == ()


def test_a_write_that_fails_half_way_is_taken_back(desk) -> None:
    desk.refresh(desk.tracks(150))
    before = desk.account
    desk.fault("cut_before", "POST", times=3)
    outcome = desk.refresh(desk.shuffled(desk.tracks(150, start=100)))
    assert outcome.status == "failed"
    assert "taken back" in outcome.notes[-1]
    assert desk.account == before
    assert outcome.written == before
    assert desk.state.journal.open_intents() == ()


def test_a_limit_half_way_is_finished_by_the_next_start(desk) -> None:
    desk.refresh(desk.tracks(150))
    wanted = desk.shuffled(desk.tracks(150, start=100))
    plan = desk.plan(wanted)
    desk.fault("rate_limit", "POST", retry_after=600)
    outcome = desk.apply(plan)
    assert outcome.status == "failed"
    assert isinstance(outcome.error, RateLimitedError)
    assert desk.account == tuple(wanted[:100])
    with pytest.raises(ConflictError, match="not recovered yet"):
        desk.apply(plan)
    for endpoint in desk.state.budget.all():
        desk.state.budget.set_cool_down(endpoint, None, None)
    (recovered,) = desk.recover()
    assert recovered.status == "finished"
    assert desk.account == tuple(wanted)
    (line,) = desk.state.runs.recent(1, desk.recipe.id)
    assert (line.kind, line.status) == ("recovery", "changed")
    assert desk.refresh(wanted).status == "unchanged"


def test_an_edit_of_a_half_written_list_is_kept_when_it_is_finished(desk) -> None:
    desk.refresh(desk.tracks(150))
    wanted = desk.shuffled(desk.tracks(150, start=100))
    desk.fault("revoked_token", "POST", times=None)
    desk.apply(desk.plan(wanted))
    desk.sandbox.faults.clear()
    desk.again()
    (added,) = desk.tracks(1, start=300)
    desk.sandbox.human.add(desk.playlist_id, [added], 2)
    (recovered,) = desk.recover()
    assert recovered.status == "finished"
    assert [uri for uri in desk.account if uri != added] == wanted
    assert added in desk.account
    desk.refresh(wanted)
    assert added in desk.account


def test_a_limit_at_the_first_request_leaves_nothing_open(desk) -> None:
    desk.refresh(desk.tracks(30))
    desk.fault("quota", "PUT", retry_after=86_000)
    outcome = desk.refresh(desk.shuffled(desk.tracks(30)))
    assert outcome.status == "failed"
    assert outcome.error is not None
    assert outcome.error.exit_code == 5
    assert desk.state.journal.open_intents() == ()


@pytest.mark.parametrize("dead", [0, 7, 29])
def test_a_dead_track_is_found_and_left_out(desk, dead) -> None:
    desk.refresh(desk.tracks(30, start=100))
    wanted = desk.shuffled(desk.tracks(30), dead)
    desk.sandbox.human.kill(wanted[dead])
    try:
        outcome = desk.refresh(wanted)
    finally:
        desk.sandbox.human.revive(wanted[dead])
    assert outcome.status == "changed"
    assert outcome.dead == (wanted[dead],)
    assert desk.account == tuple(uri for uri in wanted if uri != wanted[dead])
    assert [ban.uri for ban in desk.binding.bans] == [wanted[dead]]
    desk.refresh(desk.account)
    assert desk.binding.kept_out == ()


def test_a_dead_track_in_a_new_playlist_is_left_out(desk) -> None:
    wanted = desk.tracks(12)
    desk.sandbox.human.kill(wanted[5])
    try:
        outcome = desk.refresh(wanted)
    finally:
        desk.sandbox.human.revive(wanted[5])
    assert outcome.dead == (wanted[5],)
    assert desk.account == (*wanted[:5], *wanted[6:])


def test_a_service_that_refuses_every_track_is_an_outage(desk) -> None:
    desk.refresh(desk.tracks(30))
    before = desk.account
    desk.fault("error_before", "POST", times=None, status=502)
    desk.fault("error_before", "PUT", times=None, status=502)
    outcome = desk.refresh(desk.tracks(30, start=60))
    assert outcome.status == "failed"
    assert outcome.dead == ()
    assert desk.account == before


def test_an_edit_landing_after_the_write_is_kept_and_reported(desk) -> None:
    desk.refresh(desk.tracks(30))
    wanted = desk.shuffled(desk.tracks(30, start=60))
    (added,) = desk.tracks(1, start=200)
    plan = desk.plan(wanted)
    playlist_id = desk.playlist_id
    # The first look is the one before the write, the second is the read-back.
    edit = {"action": "add", "playlist_id": playlist_id, "uris": [added]}
    desk.fault("edit", "GET", ONE, nth=2, edit=edit)
    outcome = desk.apply(plan)
    assert outcome.status == "changed"
    assert added in outcome.notes[0]
    assert desk.versions()[-1] == (*wanted, added)
    desk.refresh(desk.tracks(30, start=61))
    assert added in desk.account


@pytest.mark.parametrize("nth", [1, 2])
def test_an_edit_in_the_middle_of_a_long_write_is_kept(desk, nth) -> None:
    desk.refresh(desk.tracks(250))
    wanted = desk.tracks(250)[::-1]
    (added,) = desk.tracks(1, start=300)
    plan = desk.plan(wanted)
    edit = {"action": "add", "playlist_id": desk.playlist_id, "uris": [added]}
    desk.fault("edit", "POST", nth=nth, edit=edit)
    outcome = desk.apply(plan)
    assert sorted(desk.account) == sorted([*wanted, added])
    assert added in outcome.notes[0]
    desk.refresh(wanted)
    assert [uri for uri in desk.account if uri != added] == wanted
    assert added in desk.account


@pytest.mark.parametrize("kind", ["error_after", "cut_before"])
def test_an_edit_together_with_trouble_is_kept_and_the_write_goes_on(desk, kind) -> None:
    desk.refresh(desk.tracks(250))
    wanted = desk.tracks(250)[::-1]
    (added,) = desk.tracks(1, start=300)
    plan = desk.plan(wanted)
    edit = {"action": "add", "playlist_id": desk.playlist_id, "uris": [added], "position": 0}
    desk.fault("edit", "POST", edit=edit)
    desk.fault(kind, "POST")
    outcome = desk.apply(plan)
    assert outcome.status == "changed"
    assert [uri for uri in desk.account if uri != added] == wanted
    assert added in desk.account
    desk.refresh(wanted)
    assert added in desk.account


def test_an_edit_at_the_moment_of_a_small_change_is_not_lost(desk) -> None:
    uris = desk.tracks(30)
    desk.refresh(uris)
    (added,) = desk.tracks(1, start=200)
    wanted = [*uris[3:], *desk.tracks(3, start=90)]
    plan = desk.plan(wanted)
    edit = {"action": "add", "playlist_id": desk.playlist_id, "uris": [added], "position": 0}
    desk.fault("edit", "POST", edit=edit)
    outcome = desk.apply(plan)
    assert added in desk.account
    assert added in outcome.notes[0]
    desk.refresh(wanted)
    assert set(desk.account) == {*wanted, added}


def test_an_edit_overwritten_by_a_replace_is_at_least_reported(desk) -> None:
    desk.refresh(desk.tracks(30))
    plan = desk.plan(desk.shuffled(desk.tracks(30)))
    uris = desk.tracks(1, start=200)
    edit = {"action": "add", "playlist_id": desk.playlist_id, "uris": uris}
    desk.fault("edit", "PUT", edit=edit)
    outcome = desk.apply(plan)
    assert "overwritten" in outcome.notes[0]


def test_a_read_back_that_fails_leaves_the_intent_and_the_next_start_closes_it(desk) -> None:
    desk.refresh(desk.tracks(30))
    wanted = desk.shuffled(desk.tracks(30, start=60))
    plan = desk.plan(wanted)
    desk.fault("error_before", "GET", ONE, nth=2, times=None)
    outcome = desk.apply(plan)
    assert outcome.status == "failed"
    desk.sandbox.faults.clear()
    assert len(desk.state.journal.open_intents()) == 1
    desk.again()
    assert [recovered.status for recovered in desk.recover()] == ["finished"]
    assert desk.account == tuple(wanted)
    assert desk.refresh(wanted).status == "unchanged"


def test_a_login_that_ends_half_way_is_finished_after_the_next_login(desk) -> None:
    desk.refresh(desk.tracks(150))
    wanted = desk.shuffled(desk.tracks(150, start=100))
    plan = desk.plan(wanted)
    desk.fault("revoked_token", "POST", times=None)
    outcome = desk.apply(plan)
    assert outcome.status == "failed"
    assert outcome.error is not None
    desk.sandbox.faults.clear()
    desk.again()
    desk.recover()
    assert desk.account == tuple(wanted)


def test_rows_that_are_null_in_an_answer_stop_the_write_or_stay(desk) -> None:
    desk.refresh(desk.tracks(30))
    before = desk.account
    desk.fault("null_rows", "GET", ONE, rows=(3,), times=None)
    desk.refresh(desk.shuffled(desk.tracks(30)))
    desk.sandbox.faults.clear()
    assert before[3] in desk.account


def test_another_row_that_is_null_after_a_write_is_no_edit_by_hand(desk) -> None:
    uris = desk.tracks(30)
    desk.refresh(uris)
    desk.fault("null_rows", "GET", ONE, rows=(3,), times=2)  # for the plan, and before the write
    desk.fault("null_rows", "GET", ONE, rows=(5,), times=None, nth=3)
    outcome = desk.refresh([*uris[:3], *uris[4:], *desk.tracks(2, start=90)])
    assert (outcome.status, outcome.notes) == ("changed", ())
    desk.sandbox.faults.clear()
    found = desk.run().client().read_playlist(desk.playlist_id)
    assert find_edits(desk.binding, found, respect=True).text is None


@pytest.mark.parametrize("status", [301, 400, 403, 404])
def test_an_answer_that_certainly_had_no_effect_is_believed_at_once(desk, status: int) -> None:
    uris = desk.tracks(30)
    desk.refresh(uris)
    desk.fault("error_before", "POST", times=None, status=status)
    plan = desk.plan([*uris, *desk.tracks(1, start=90)])
    desk.sandbox.clear_requests()
    outcome = desk.apply(plan)
    assert (outcome.status, outcome.notes[-1]) == ("failed", "nothing was changed")
    assert len(desk.sandbox.requests) == 3  # the read before, one addition, the read after


def test_after_a_write_that_failed_for_good_the_next_playlist_is_tried_once(desk) -> None:
    from segued.refresh.write.journaled import write_list

    uris = desk.tracks(30)
    desk.refresh(uris)
    desk.fault("cut_before", "POST", times=None)
    wanted = [*uris, *desk.tracks(1, start=90)]
    assert desk.refresh(wanted).status == "failed"
    run = desk.run()
    for expected in (3, 1):
        intent = intent_of(desk, tuple(wanted))
        desk.state.journal.intend(intent)
        desk.writes()
        write_list(run, intent, desk.client.read_playlist(desk.playlist_id))
        assert desk.writes().count("POST /playlists/{id}/items") == expected


def intent_of(desk, wanted: tuple[str, ...]):
    from segued.store.writes import Intent

    return Intent(
        id="one",
        kind="refresh",
        recipe_id=desk.recipe.id,
        playlist_id=desk.playlist_id,
        name="N",
        description="",
        public=False,
        fingerprint="f",
        run="r",
        started_at=desk.now,
        before=desk.account,
        after=wanted,
        snapshot_id=None,
    )
