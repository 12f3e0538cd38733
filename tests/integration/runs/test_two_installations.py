"""Two installations that keep one playlist stop overwriting each other, and say what it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from segued.store.state import State

if TYPE_CHECKING:
    from conftest import House

EXCHANGED = "much of it exchanged after each of the last 3 writes"
ITS_OWN = "[playlist.write]\nrespect_edits = false\n"


def paused(house: House) -> str | None:
    state = State.open(house.folder)
    try:
        (binding,) = state.playlists.bindings().values()
        return binding.paused_reason
    finally:
        state.close()


def days(house: House, other: House, count: int) -> list[Sequence[str]]:
    """The statuses of both a day, the other half a day later and in a period of its own."""
    found = list[Sequence[str]]()
    for _ in range(count):
        other.now = house.now + timedelta(hours=14)
        found.append([each.refresh().refreshed[0].plan.status for each in (house, other)])
        house.tomorrow()
    return found


@pytest.fixture
def other(house: House, tmp_path) -> House:
    found = replace(house, folder=tmp_path / "other")
    found.log_in()
    return found


@pytest.mark.parametrize("write", ["", ITS_OWN])
def test_after_three_lists_that_were_exchanged_the_fourth_stays_and_says_why(
    house: House, other: House, write: str
) -> None:
    house.recipes += write
    other.recipes += write
    assert days(house, other, 3) == [["changed", "changed"]] * 3
    theirs = house.mine["Mornings"]
    (refreshed,) = house.refresh().refreshed
    assert refreshed.plan.status == "refused"
    assert "another installation of Segue" in refreshed.plan.refusals[0].text
    assert paused(house) == refreshed.plan.refusals[0].text
    assert house.mine["Mornings"] == theirs


def test_the_other_goes_on_once_one_of_two_has_stopped(house: House, other: House) -> None:
    assert days(house, other, 6)[-2:] == [["refused", "changed"]] * 2
    assert paused(other) is None


def test_a_list_that_was_fought_over_is_written_again_when_it_is_resumed(
    house: House, other: House
) -> None:
    days(house, other, 4)
    (refreshed,) = house.refresh("Mornings", resumed=True).refreshed
    assert refreshed.plan.status == "changed"
    assert paused(house) is None


def test_a_fifth_exchanged_three_times_in_a_row_is_a_note_and_stops_nothing(
    house: House,
) -> None:
    for day in range(4):
        (refreshed,) = house.refresh().refreshed
        assert refreshed.plan.status == "changed"
        assert any(EXCHANGED in note for note in refreshed.plan.notes) == (day == 3)
        exchange(house, 5)
        house.tomorrow()


def test_a_list_exchanged_by_hand_twice_and_then_left_alone_is_never_paused(house: House) -> None:
    for day in range(7):
        (refreshed,) = house.refresh().refreshed
        assert refreshed.plan.status in ("changed", "unchanged")
        if day not in (2, 5):
            exchange(house, 12)
        house.tomorrow()


def test_a_new_order_by_hand_every_day_is_no_exchange(house: House) -> None:
    for _ in range(5):
        (refreshed,) = house.refresh().refreshed
        assert refreshed.plan.status != "refused"
        assert not any("exchanged" in note for note in refreshed.plan.notes)
        house.sandbox.human.reorder(house.id_of("Mornings"), 0, 20, 7)
        house.tomorrow()


def exchange(house: House, count: int) -> None:
    """By hand, take out the first of a list and add as many others."""
    playlist_id, rows = house.id_of("Mornings"), house.mine["Mornings"]
    catalogue = house.sandbox.world.catalogue.tracks.values()
    new = [uri for each in catalogue if (uri := f"spotify:track:{each.id}") not in rows]
    house.sandbox.human.remove(playlist_id, rows[:count])
    at = 10 * (house.now.day - 19)
    house.sandbox.human.add(playlist_id, new[at : at + count], 0)
