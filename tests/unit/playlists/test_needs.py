"""What a recipe lacks."""

from __future__ import annotations

from segue.recipe.recipe import Recipe
from segue.recipe.sections import SequenceSettings, Where
from segue.recipe.sources import Liked, SourceSet, TheseTracks
from segue.recipe.values import Range

UNORDERED = SequenceSettings(method="none")


def full(lab):
    names = ("acousticness", "danceability", "energy", "instrumentalness", "liveness", "loudness",
             "speechiness", "valence")  # fmt: skip
    return lab.features(**dict.fromkeys(names, 0.5), key=1, mode=1, tempo=100.0)


def test_a_recipe_that_orders_needs_the_features_of_its_candidates(lab) -> None:
    inventory = lab.inventory(["t1", "t2"], features={"t1": full(lab)})
    found = lab.needs(Recipe(id="r", name="R", source=Liked()), inventory)
    assert (found.features, found.filtered) == (("t2",), False)


def test_a_recipe_that_neither_filters_nor_orders_by_features_needs_none(lab) -> None:
    found = lab.needs(
        Recipe(id="r", name="R", source=Liked(), sequence=UNORDERED), lab.inventory(["t1"])
    )
    assert found.nothing


def test_a_filter_needs_only_the_feature_it_asks_about(lab) -> None:
    where = Where(none_of=(Where(energy=Range(0.9, None)),))
    recipe = Recipe(id="r", name="R", source=Liked(), where=where, sequence=UNORDERED)
    inventory = lab.inventory(["t1", "t2"], features={"t1": lab.features(energy=0.1)})
    found = lab.needs(recipe, inventory)
    assert (found.features, found.filtered) == (("t2",), True)


def test_only_what_else_passes_is_asked_for(lab) -> None:
    energetic = Where(energy=Range(0.9, None), unknown_features="drop")
    where = Where(added_within="30 days", any_of=(energetic,))
    recipe = Recipe(id="r", name="R", source=Liked(), where=where)
    assert lab.needs(recipe, lab.inventory(["t1", "t60"])).features == ("t1",)


def test_a_named_track_that_was_never_read_is_needed(lab) -> None:
    recipe = Recipe(id="r", name="R", source=SourceSet(any_of=(TheseTracks(("t1", "x")), Liked())))
    assert lab.needs(recipe, lab.inventory(["t1"])).tracks == ("x",)
