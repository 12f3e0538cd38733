"""Archives: what a playlist holds is added to a list that each year has of its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from segue.errors import ConfigError
from segued.config.load import check

RECIPE = """
[[playlist]]
name = "Finds {year}"
id = "finds"
from = "playlist:Weekly Finds"
[playlist.write]
mode = "archive"
"""


@pytest.fixture
def archive(house):
    """A house with an archive of a playlist of six tracks, which are given with twenty more."""
    tracks = house.sandbox.world.catalogue.tracks.values()
    by_title = {track.title: track for track in tracks}  # no two of a recording
    uris = [f"spotify:track:{track.id}" for track in by_title.values()][:26]
    source = house.sandbox.human.create_playlist("Weekly Finds", uris[:6])
    house.recipes = RECIPE
    return house, source, uris


def refreshed(house):
    (done,) = house.refresh().refreshed
    assert done.error is None, done.plan.notes
    return done.plan


def test_what_the_playlist_holds_is_added_in_its_order_and_nothing_taken_out(archive) -> None:
    house, source, uris = archive
    refreshed(house)
    assert house.mine == {"Finds 2026": tuple(uris[:6])}
    house.sandbox.human.replace(source, [uris[9], uris[0], uris[8]])
    house.tomorrow()
    refreshed(house)
    assert house.mine == {"Finds 2026": (*uris[:6], uris[9], uris[8])}
    assert refreshed(house).status == "unchanged"


def test_what_was_taken_out_by_hand_stays_out(archive) -> None:
    house, _, uris = archive
    refreshed(house)
    house.sandbox.human.remove(house.id_of("Finds 2026"), [uris[2]])
    house.tomorrow()
    assert refreshed(house).status == "unchanged"
    assert uris[2] not in house.mine["Finds 2026"]


def test_a_new_year_begins_a_playlist_and_leaves_that_of_the_last_alone(archive) -> None:
    house, source, uris = archive
    refreshed(house)
    house.now = datetime(2027, 1, 1, 9, tzinfo=UTC)
    house.log_in()
    house.sandbox.human.replace(source, uris[4:9])
    refreshed(house)
    assert house.mine == {"Finds 2026": tuple(uris[:6]), "Finds 2027": tuple(uris[4:9])}
    house.sandbox.human.remove(house.id_of("Finds 2026"), [uris[0]])
    house.sandbox.human.remove(house.id_of("Finds 2027"), [uris[5]])
    assert refreshed(house).status == "unchanged"
    assert house.mine["Finds 2026"] == tuple(uris[1:6])


def test_a_length_is_how_many_of_today_are_added(archive) -> None:
    house, source, uris = archive
    house.recipes = RECIPE.replace('from = "', 'length = 2\nsort = "source"\nfrom = "')
    house.recipes = house.recipes.replace(
        "[playlist.write]", "[playlist.score]\nplays = 0\n[playlist.write]"
    )
    refreshed(house)
    house.sandbox.human.replace(source, uris[6:12])
    house.tomorrow()
    refreshed(house)
    assert len(house.mine["Finds 2026"]) == 4


def test_a_lost_state_finds_the_list_of_this_year_by_its_mark(archive, tmp_path) -> None:
    house, _, uris = archive
    refreshed(house)
    house.folder = tmp_path / "another"
    house.log_in()
    assert refreshed(house).status == "unchanged"
    assert house.mine == {"Finds 2026": tuple(uris[:6])}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("Finds {year}", "Finds"), 'name = "Finds {year}"'),
        (('"archive"', '"archive"\nper = "month"'), 'name = "Finds {year} {year}-{month}"'),
        (('"archive"', '"archive"\nplaylist_id = "4iV5W9uYEdYUVa79Axb7Rh"'), "mode = append"),
    ],
)
def test_an_archive_without_a_name_for_each_playlist_is_a_mistake(change, words) -> None:
    with pytest.raises(ConfigError) as caught:
        check(RECIPE.replace(*change), "config.toml", {})
    assert any(words in (problem.suggestion or "") for problem in caught.value.problems)


@pytest.mark.parametrize("per", ["year", "month"])
def test_a_clock_set_back_begins_no_list_and_adds_to_none(archive, per) -> None:
    house, source, uris = archive
    name = "Finds {year}" if per == "year" else "Finds {year}-{month}"
    house.recipes = RECIPE.replace("Finds {year}", name) + f'per = "{per}"\n'
    refreshed(house)
    stood, right = house.mine, house.now
    house.now = right - timedelta(days=366)
    house.sandbox.human.replace(source, uris[6:9])
    (refused,) = house.refresh().refreshed
    assert refused.exit_code == 6
    assert "clock" in refused.plan.refusals[0].text
    assert house.mine == stood
    house.now = right + timedelta(days=1)
    refreshed(house)
    ((found, rows),) = house.mine.items()
    assert found in stood
    assert rows == (*uris[:6], *uris[6:9])
