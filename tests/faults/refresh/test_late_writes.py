"""A request whose connection ended may take effect minutes later: it is never taken for an edit,
and what it added stands there once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from segued.spotify.client import SpotifyClient


class Killed(BaseException):
    """The process ends here."""


def kill(_: float) -> None:
    raise Killed


def killed(desk, wanted, method: str, nth: int = 1) -> None:
    """A write that is killed while Spotify still works at its `nth` request of a method."""
    plan = desk.plan(wanted)
    desk.fault("late_write", method, nth=nth)
    desk.client.close()
    desk.client = SpotifyClient(
        desk.settings.spotify, desk.state.auth, desk.state.budget, sleep=kill
    )
    with pytest.raises(Killed):
        desk.apply(plan)
    desk.sandbox.faults.clear()
    desk.again()
    assert len(desk.sandbox.services.late) == 1


def scene(desk, name: str) -> tuple[list[str], list[str], str]:
    """The list before, the one wanted, and which request of the write is late."""
    uris = desk.tracks(30)
    extra = desk.tracks(8, start=60)
    return {
        "appended": (uris, [*uris, *extra], "POST"),
        "put first": (uris, [*extra, *uris], "POST"),
        "created": ([], uris, "POST"),
        "replaced": (uris, desk.shuffled(desk.tracks(30, start=90)), "PUT"),
        "removed": (uris, uris[:20], "DELETE"),
        "moved": (uris, [*uris[20:], *uris[:20]], "PUT"),
        "exchanged": (uris, [*uris[:25], *extra[:5]], "POST"),
    }[name]


SCENES = ("appended", "put first", "created", "replaced", "removed", "moved", "exchanged")


@pytest.mark.parametrize("name", SCENES)
def test_a_killed_request_that_takes_effect_after_the_next_run_changes_nothing_for_good(
    desk, name: str
) -> None:
    before, wanted, method = scene(desk, name)
    if before:
        desk.refresh(before)
    killed(desk, wanted, method)
    desk.refresh(wanted)
    assert desk.account == tuple(wanted)
    desk.sandbox.land()
    desk.refresh(wanted)
    assert desk.account == tuple(wanted)
    assert (desk.binding.kept_in, desk.binding.kept_out) == ((), ())
    assert desk.refresh(wanted).status == "unchanged"


@pytest.mark.parametrize("name", SCENES)
def test_a_killed_request_that_takes_effect_after_the_recovery_is_no_edit_by_hand(
    desk, name: str
) -> None:
    before, wanted, method = scene(desk, name)
    if before:
        desk.refresh(before)
    killed(desk, wanted, method)
    desk.recover()
    desk.sandbox.land()
    desk.refresh(wanted)
    assert desk.account == tuple(wanted)
    assert (desk.binding.kept_in, desk.binding.kept_out) == ((), ())
    assert desk.refresh(wanted).status == "unchanged"


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_any_request_of_a_long_write_may_be_late(desk, nth: int) -> None:
    before = desk.tracks(120)
    wanted = [*desk.tracks(40, start=300), *before[:20], *desk.tracks(60, start=200)]
    desk.refresh(before)
    plan = desk.plan(wanted)
    desk.writes()
    desk.apply(plan)
    sent = [each.split()[0] for each in desk.writes() if "items" in each]
    method = sent[min(nth, len(sent)) - 1]
    desk.refresh(before)
    killed(desk, wanted, method, sent[:nth].count(method))
    desk.refresh(wanted)
    desk.sandbox.land()
    desk.refresh(wanted)
    assert desk.account == tuple(wanted)
    assert (desk.binding.kept_in, desk.binding.kept_out) == ((), ())


@pytest.mark.parametrize("place", [0, 34, None])
def test_copies_from_a_late_addition_go_and_what_was_added_by_hand_stays(desk, place) -> None:
    before, wanted, method = scene(desk, "appended")
    desk.refresh(before)
    killed(desk, wanted, method)
    desk.refresh(wanted)
    desk.sandbox.land()
    (added,) = desk.tracks(1, start=200)
    desk.sandbox.human.add(desk.playlist_id, [added], place)
    desk.refresh(wanted)
    assert desk.binding.kept_in == (added,)
    assert sorted(desk.account) == sorted([*wanted, added])
    assert [uri for uri in desk.account if uri != added] == wanted


def test_an_addition_whose_answer_was_lost_may_be_late_as_well(desk) -> None:
    before, wanted, method = scene(desk, "appended")
    desk.refresh(before)
    desk.fault("late_write", method)
    assert desk.refresh(wanted).status == "changed"
    assert desk.account == tuple(wanted)
    desk.sandbox.land()
    assert desk.account != tuple(wanted)
    desk.refresh(wanted)
    assert desk.account == tuple(wanted)
    assert desk.refresh(wanted).status == "unchanged"


def test_an_hour_later_copies_are_those_of_a_person(desk) -> None:
    before, wanted, method = scene(desk, "appended")
    desk.refresh(before)
    killed(desk, wanted, method)
    desk.refresh(wanted)
    assert desk.binding.late
    desk.now += timedelta(hours=2)
    desk.refresh(wanted)
    assert desk.binding.late == ()
