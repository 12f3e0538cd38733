"""Recipes that draw on each other."""

from __future__ import annotations

import pytest

from segue.errors import RecipeError
from segue.recipe.recipe import Recipe
from segue.recipe.references import in_building_order
from segue.recipe.sources import FromPlaylist, FromRecipe, Liked, SourceSet


def recipe(name: str, *references: str) -> Recipe:
    drawn = tuple(FromRecipe(reference) for reference in references)
    return Recipe(id=name.lower(), name=name, source=SourceSet(any_of=(Liked(),), minus=drawn))


def order(*recipes: Recipe) -> list[str]:
    return [each.id for each in in_building_order(recipes)]


def test_a_recipe_comes_after_those_it_draws_on() -> None:
    assert order(recipe("A", "B"), recipe("B", "C"), recipe("C")) == ["c", "b", "a"]


def test_recipes_apart_keep_the_order_they_were_given_in() -> None:
    assert order(recipe("B"), recipe("A"), recipe("C")) == ["b", "a", "c"]


def test_a_reference_by_name_becomes_one_by_id() -> None:
    first, second = in_building_order([recipe("Gym"), recipe("Run", "GYM")])
    assert first.id == "gym"
    assert second.source == SourceSet(any_of=(Liked(),), minus=(FromRecipe("gym"),))


def test_a_circle_is_refused_by_the_names_in_it() -> None:
    with pytest.raises(RecipeError, match=r"(A → B → C → A|B → C → A → B|C → A → B → C)"):
        order(recipe("A", "B"), recipe("B", "C"), recipe("C", "A"), recipe("D"))


def test_a_recipe_that_draws_on_itself_is_refused() -> None:
    with pytest.raises(RecipeError, match="A → A"):
        order(recipe("A", "A"))


def test_an_unknown_recipe_is_refused_beside_the_known_ones() -> None:
    with pytest.raises(RecipeError, match="“Gim”, which does not exist; others: “Gym”"):
        order(recipe("Run", "Gim"), recipe("Gym"))


def test_a_recipe_comes_after_one_whose_playlist_it_names_unless_that_makes_a_circle() -> None:
    first = Recipe(id="a", name="A", source=FromPlaylist("b"))
    second = Recipe(id="b", name="B", source=Liked())
    assert [each.id for each in in_building_order([first, second])] == ["b", "a"]
    circle = Recipe(id="b", name="B", source=FromPlaylist("A"))
    assert [each.id for each in in_building_order([first, circle])] == ["a", "b"]
    assert [each.id for each in in_building_order([first])] == ["a"]
