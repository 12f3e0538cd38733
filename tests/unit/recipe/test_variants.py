"""Variants of a recipe: which holds, and what it leaves as it is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from segue.recipe.recipe import Recipe
from segue.recipe.sources import Liked, SavedAlbums
from segued.inventory.identity import fingerprint
from segued.sync.wanted import wanted_by

SATURDAY = datetime(2026, 11, 21, 9, tzinfo=UTC)


def recipe(*variants: dict, **wanted) -> Recipe:
    values = {"name": "R", "from": "liked", "length": 30, **wanted, "when": list(variants)}
    return Recipe.model_validate(values).settled()


def test_the_first_variant_whose_time_it_is_holds_and_else_the_recipe_itself() -> None:
    found = recipe({"on": "sat 08:00-12:00", "length": 9}, {"on": "sat-sun", "length": 8})
    assert found.at(SATURDAY).length == 9
    assert found.at(SATURDAY.replace(hour=13)).length == 8
    assert found.at(SATURDAY.replace(day=23)) is found
    assert found.at(SATURDAY).variant == "sat 08:00-12:00"


def test_a_variant_needs_both_its_hours_and_its_month() -> None:
    found = recipe({"on": "sat", "month": ["dec", "jun-aug"], "length": 9})
    assert found.at(SATURDAY).length == 30
    assert found.at(datetime(2026, 12, 5, tzinfo=UTC)).length == 9
    assert found.at(datetime(2026, 12, 6, tzinfo=UTC)).length == 30
    assert found.at(datetime(2026, 7, 4, tzinfo=UTC)).variant == "sat in jun,jul,aug,dec"


def test_what_a_variant_does_not_say_stays_as_the_recipe_says_it() -> None:
    base = recipe(
        {"on": "sat", "from": "albums", "sequence": {"arc": "ramp"}, "score": {"embedding": 2}},
        score={"plays": 1.0},
        where={"plays": "1.."},
    )
    found = base.at(SATURDAY)
    assert (found.source, found.sequence.arc) == (SavedAlbums(), "ramp")
    assert found.score == {"similar": 2.0}
    assert (found.where, found.name, found.id, found.write) == (
        base.where, base.name, base.id, base.write,
    )  # fmt: skip
    assert (base.source, base.score) == (Liked(), {"plays": 1.0})


def test_a_size_of_either_kind_takes_the_place_of_the_other() -> None:
    found = recipe({"on": "sat", "duration": "1 hour"}).at(SATURDAY)
    assert (found.length, found.duration) == (None, 3600)


def test_the_guard_of_few_tracks_lets_the_shortest_variant_through() -> None:
    assert recipe({"on": "sat", "length": 3}).write.min_tracks == 3
    assert recipe({"on": "sat", "length": 3}, write={"min_tracks": 5}).write.min_tracks == 5


def test_a_recipe_is_the_same_recipe_whichever_variant_holds() -> None:
    base = recipe({"on": "sat", "length": 9})
    assert fingerprint(base) == fingerprint(base.at(SATURDAY))
    assert fingerprint(base) != fingerprint(recipe({"on": "sat", "length": 8}))


def test_a_sync_reads_what_any_variant_draws_on() -> None:
    assert wanted_by([recipe({"on": "sat", "from": "albums"})]).albums
    named = wanted_by([recipe({"month": "may", "where": {"in_playlist": "Gym"}})])
    assert named.references == {"Gym"}


@pytest.mark.parametrize("wrong", [{"on": "sat", "write": {}}, {"on": "sat", "name": "X"}])
def test_where_it_writes_and_what_it_is_called_is_no_matter_of_time(wrong) -> None:
    with pytest.raises(ValueError, match="Extra inputs"):
        recipe(wrong)
