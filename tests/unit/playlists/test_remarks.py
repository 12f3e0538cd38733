"""What is said beside a playlist that is short, or that asks about plays nobody knows."""

from __future__ import annotations

import pytest

from segue.playlists.choose.choose import shortfall_in
from segue.playlists.library import Heard
from segue.recipe.recipe import Recipe
from segue.recipe.sections import Where
from segue.recipe.sources import Liked

IDS = [f"t{number}" for number in range(1, 41)]


def notes(lab, inventory, **changes) -> str:
    wanted = Recipe(id="r", name="R", source=Liked(), **changes)
    return "\n".join(lab.build(wanted, inventory).notes)


def test_a_shortfall_names_the_filter_that_cost_most(lab) -> None:
    where = Where(added_within="12 days", year="1998..")
    assert notes(lab, lab.inventory(IDS), length=400, where=where) == (
        "5 of the 400 tracks asked for: of 40 liked, “added within 12 days” cost most (28)"
    )


def test_a_shortfall_by_a_cap_names_the_cap(lab) -> None:
    artists = lab.track("t1").artists
    inventory = lab.inventory(IDS, tracks={i: lab.track(i, artists=artists) for i in IDS})
    assert notes(lab, inventory, length=30, max_per_artist=2) == (
        "2 of the 30 tracks asked for: of 40 liked, max_per_artist and max_per_album cost most (38)"
    )


def test_a_shortfall_of_a_duration_is_reported_likewise(lab) -> None:
    said = notes(lab, lab.inventory(IDS), duration="2 hours", where=Where(added_within="3 days"))
    assert said.endswith("asked for: of 40 liked, “added within 3 days” cost most (37)")


def test_a_source_that_holds_too_little_is_reported_as_all_there_is(lab) -> None:
    assert notes(lab, lab.inventory(IDS), length=50) == (
        "40 of the 50 tracks asked for: there was no more to choose from"
    )


@pytest.mark.parametrize("changes", [{"length": 40}, {"length": 3}, {}])
def test_what_is_as_long_as_asked_for_is_not_short(lab, changes) -> None:
    assert notes(lab, lab.inventory(IDS), **changes) == ""


ASKS = [
    {"where": Where(not_played_within="60 days")},
    {"where": Where(any_of=(Where(played_within="60 days"),))},
    {"where": Where(plays="..9")},
    {"score": {"novelty": 1.0}},
    {"score": {"plays": 1.0}},
    {"score": {"due": 1.0}},
]


@pytest.mark.parametrize("changes", ASKS)
def test_plays_known_for_too_short_a_time_are_reported_with_the_way_to_more(lab, changes) -> None:
    said = notes(lab, lab.inventory(IDS, plays=[("t1", 9), ("t2", 2)]), **changes)
    since = lab.ago(9)
    assert f"plays are known since {since.day} {since:%b %Y} only" in said
    assert "`segue import history`" in said


@pytest.mark.parametrize("changes", ASKS)
def test_an_imported_history_is_not_asked_for_again(lab, changes) -> None:
    heard = {"t5": Heard.at([lab.ago(700).timestamp()])}
    inventory = lab.inventory(IDS, plays=[("t1", 9)], heard=heard)
    assert "import history" not in notes(lab, inventory, **changes)


def test_a_recipe_that_asks_no_plays_or_of_a_known_time_gets_no_remark(lab) -> None:
    inventory = lab.inventory(IDS, plays=[("t1", 9)])
    assert notes(lab, inventory) == ""
    assert notes(lab, inventory, where=Where(not_played_within="7 days")) == ""


def test_without_any_play_that_is_said(lab) -> None:
    assert "no plays are known yet" in notes(lab, lab.inventory(IDS), score={"novelty": 1.0})


def test_history_and_status_are_given_the_shortfall_alone(lab) -> None:
    wanted = Recipe(id="r", name="R", source=Liked(), length=400)
    said = ("some note", *lab.build(wanted, lab.inventory(IDS)).notes)
    assert shortfall_in(said) == "40 of the 400 tracks asked for"
    assert shortfall_in(("some note: of what was asked for",)) == ""
