"""What is added at the end of a list that no recipe keeps never stands there twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from segue.errors import RateLimitedError, UnavailableError
from segued.refresh.write.operations import MAY_BE_LATE
from segued.refresh.write.record import ADDITIONS, add_missing

ANSWER_LOST = ["cut_after", "error_after", "truncated", "cut_body", "not_json"]


class Hand:
    """A list of twenty tracks, kept by hand, and three that are to be added."""

    def __init__(self, desk) -> None:
        self.desk = desk
        self.new = desk.tracks(3, start=60)
        self.id = desk.sandbox.human.create_playlist("By Hand", desk.tracks(20))

    def add(self, uris: list[str] | None = None) -> list[str]:
        run = self.desk.run()
        target = run.client().read_playlist(self.id)
        return add_missing(run, target, uris or self.new, recipe_id="", run_id="run")

    @property
    def rows(self) -> list[str]:
        return list(self.desk.sandbox.world.account.playlists[self.id].uris)

    @property
    def grown(self) -> list[str]:
        return [*self.desk.tracks(20), *self.new]


@pytest.fixture
def hand(desk) -> Hand:
    return Hand(desk)


@pytest.mark.parametrize("kind", ANSWER_LOST)
def test_an_addition_whose_answer_was_lost_is_not_made_again_though_a_look_is_old(
    hand, desk, kind: str
) -> None:
    desk.fault(kind, "POST")
    desk.fault("stale_rows", "POST", reads=2)
    for _ in range(3):
        with pytest.raises(UnavailableError):
            hand.add()
    assert hand.rows == hand.grown
    assert hand.add() == []


def test_an_addition_that_takes_effect_late_is_not_made_again(hand, desk) -> None:
    desk.fault("late_write", "POST")
    for _ in range(2):
        with pytest.raises(UnavailableError):
            hand.add()
    desk.sandbox.land()
    assert hand.add() == []
    assert hand.rows == hand.grown


def test_an_addition_that_was_just_made_is_not_made_again_though_a_look_is_old(hand, desk) -> None:
    desk.fault("stale_rows", "POST", reads=1)
    assert hand.add() == hand.new
    desk.now -= timedelta(seconds=30)
    assert hand.add() == []
    assert hand.rows == hand.grown


def test_an_addition_that_never_took_effect_is_made_an_hour_later(hand, desk) -> None:
    desk.fault("cut_before", "POST")
    for _ in range(2):
        with pytest.raises(UnavailableError):
            hand.add()
    desk.now += MAY_BE_LATE
    assert hand.add() == hand.new
    assert hand.rows == hand.grown


def test_an_addition_that_was_refused_is_made_as_soon_as_it_may_be(hand, desk) -> None:
    desk.fault("rate_limit", "POST", retry_after=30)
    with pytest.raises(RateLimitedError):
        hand.add()
    for endpoint in desk.state.budget.all():
        desk.state.budget.set_cool_down(endpoint, None, None)
    assert hand.add() == hand.new


def test_an_addition_that_takes_effect_hours_later_is_not_made_again_though_a_look_is_old(
    hand, desk
) -> None:
    desk.fault("late_write", "POST")
    with pytest.raises(UnavailableError):
        hand.add()
    stale = desk.run().client().read_playlist(hand.id)
    desk.sandbox.land()
    desk.now += 2 * MAY_BE_LATE
    assert add_missing(desk.run(), stale, hand.new, recipe_id="", run_id="run") == []
    assert hand.rows == hand.grown


def test_where_every_look_is_old_nothing_is_added_that_had_no_answer(hand, desk) -> None:
    desk.fault("late_write", "POST")
    with pytest.raises(UnavailableError):
        hand.add()
    desk.sandbox.land()
    desk.now += 2 * MAY_BE_LATE
    desk.fault("stale_snapshot", "PUT", reads=None)
    desk.fault("stale_rows", "PUT", reads=None)
    stale = desk.run().client().read_playlist(hand.id)
    stale = replace(stale, entries=stale.entries[:20])
    with pytest.raises(UnavailableError, match="older list"):
        add_missing(desk.run(), stale, hand.new, recipe_id="", run_id="run")
    assert hand.rows == hand.grown


def test_what_had_no_answer_is_not_forgotten_when_something_else_is_added(hand, desk) -> None:
    first, second, third = hand.new
    desk.fault("late_write", "POST")
    with pytest.raises(UnavailableError):
        hand.add([first])
    assert hand.add([second]) == [second]
    with pytest.raises(UnavailableError):
        hand.add([first])
    desk.sandbox.land()
    assert hand.add([first, third]) == [third]
    assert sorted(hand.rows) == sorted(hand.grown)


def test_the_first_hundred_are_not_added_again_where_the_second_is_refused(hand, desk) -> None:
    many = desk.tracks(150, start=100)
    stale = desk.run().client().read_playlist(hand.id)
    desk.fault("rate_limit", "POST", nth=2, retry_after=30)
    with pytest.raises(RateLimitedError):
        hand.add(many)
    for endpoint in desk.state.budget.all():
        desk.state.budget.set_cool_down(endpoint, None, None)
    desk.now -= timedelta(seconds=90)
    assert add_missing(desk.run(), stale, many, recipe_id="", run_id="run") == many[100:]
    assert hand.rows == [*desk.tracks(20), *many]


def test_what_an_earlier_version_remembered_of_an_addition_still_counts(hand, desk) -> None:
    kept = {hand.id: [desk.now.isoformat(), hand.new, False]}
    desk.state.discover.set_cursor(ADDITIONS, kept)
    with pytest.raises(UnavailableError):
        hand.add()
    assert hand.rows == desk.tracks(20)
