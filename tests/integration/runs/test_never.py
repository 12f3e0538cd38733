"""`[never]` on an account: a list at an address, its outage, and what a refresh makes of it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from segued.refresh.noting import note
from segued.refresh.unchanged import Asked, known
from segued.run import Run
from segued.sandbox.control.faults import Fault
from segued.sandbox.providers.tags import machine_artists
from segued.store.state import State

PATH = "/lists/machine-artists.csv"
ALL = '[[playlist]]\nname = "All"\nfrom = "liked"\n'


@pytest.fixture
def listing(house):
    """A house whose likes are to be free of the artists of a public list."""
    url = house.sandbox.accounts_url + PATH
    house.recipes = f'{ALL}\n[never]\nlists = ["{url}"]\n'
    return house


def artists(house, name: str) -> set[str]:
    tracks = house.sandbox.world.catalogue.tracks
    ids = (uri.removeprefix("spotify:track:") for uri in house.mine[name])
    return {artist for track_id in ids for artist in tracks[track_id].artist_ids}


def machines(house) -> set[str]:
    return set(machine_artists(house.sandbox.services))


def asked(house) -> int:
    return sum(each.endpoint == PATH for each in house.sandbox.requests)


def test_a_list_at_an_address_is_fetched_once_a_day_and_holds(listing) -> None:
    listing.recipes, with_list = ALL, listing.recipes
    listing.refresh()
    assert artists(listing, "All") & machines(listing)
    listing.recipes = with_list
    (done,) = listing.refresh().refreshed
    assert not artists(listing, "All") & machines(listing)
    assert any("on the list machine-artists.csv" in note for note in done.plan.notes)
    listing.refresh()
    assert asked(listing) == 1
    listing.tomorrow()
    listing.refresh()
    assert asked(listing) == 2


@pytest.mark.parametrize("kind", ["error_before", "cut_before", "cut_body", "not_json"])
def test_while_the_list_cannot_be_fetched_the_last_one_holds(listing, kind: str) -> None:
    listing.refresh()
    before = set(listing.mine["All"])
    listing.tomorrow()
    listing.sandbox.faults.add(Fault(kind, "GET", PATH, times=9))
    outcome = listing.refresh()
    assert set(listing.mine["All"]) == before
    (why,) = [text for name, text in outcome.synced.skipped.items() if PATH in name]
    assert "it holds as it was fetched last" in why


def test_where_it_was_never_fetched_nothing_is_written(listing) -> None:
    listing.sandbox.faults.add(Fault("error_before", "GET", PATH, times=9))
    (done,) = listing.refresh().refreshed
    assert done.plan.status == "failed"
    assert "All" not in listing.mine


def test_a_note_of_nothing_to_do_ends_when_a_file_of_a_list_changes(house, tmp_path: Path) -> None:
    file = tmp_path / "robots.txt"
    file.write_text("# nobody yet\n")
    house.recipes = f'{ALL}\n[never]\nlists = ["{file}"]\n'
    house.refresh()
    house.now += timedelta(minutes=5)
    state = State.open(house.folder)
    asked = Asked(house.folder, house.text.encode(), {})
    with Run(house.settings, state, {}, lambda: house.now, sleep=lambda _: None) as run:
        from segued.refresh.job import refresh_all

        note(run, asked, refresh_all(run, ()))
    state.close()
    later = house.now + timedelta(minutes=5)
    assert known(asked, later) is not None
    file.write_text(f"{machine_artists(house.sandbox.services)[0]}\n")
    assert known(asked, later) is None
