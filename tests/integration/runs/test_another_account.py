"""A state whose login has become another account's touches neither account's playlists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from segue.errors import UsageError
from segued.sandbox.calls import SandboxSettings
from segued.sandbox.control.faults import Fault
from segued.sandbox.server import running

if TYPE_CHECKING:
    from conftest import House

ITEMS = "/playlists/{id}/items"


@pytest.fixture
def theirs(house: House, small: SandboxSettings) -> Iterator[House]:
    """The same state folder and configuration, with somebody else's account."""
    with running(replace(small, user_id="somebody-else", display_name="Sam Else")) as sandbox:
        yield replace(house, sandbox=sandbox, now=house.now + timedelta(hours=1))


def test_a_write_that_was_cut_off_waits_for_its_own_account(house: House, theirs: House) -> None:
    house.recipes = theirs.recipes = house.recipes.replace("length = 20", "length = 105")
    house.refresh()
    house.tomorrow()
    house.sandbox.faults.add(Fault("error_before", "POST", ITEMS, times=None))
    house.refresh()
    half = house.mine["Mornings"]
    assert len(half) < 105
    house.sandbox.faults.clear()
    theirs.log_in()
    with pytest.raises(UsageError, match="another account"):
        theirs.refresh()
    house.now += timedelta(hours=2)
    house.log_in()
    outcome = house.refresh()
    assert [each.status for each in outcome.recovered] == ["finished"]
    assert len(house.mine["Mornings"]) == 105


def test_a_playlist_that_was_to_be_created_is_not_looked_for_on_another_account(
    house: House, theirs: House
) -> None:
    likes = [f"spotify:track:{each}" for each in theirs.sandbox.world.account.likes]
    playlist_id = theirs.sandbox.human.create_playlist("Mornings", likes[:5])
    theirs.sandbox.human.describe(playlist_id, "segue:mornings")
    before = theirs.mine["Mornings"]
    house.sandbox.faults.add(Fault("cut_before", "POST", "/me/playlists", times=None))
    house.refresh()
    theirs.log_in()
    with pytest.raises(UsageError, match="another account"):
        theirs.refresh()
    assert theirs.mine["Mornings"] == before
