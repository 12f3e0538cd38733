"""Which recipes a person means."""

from __future__ import annotations

import pytest

from segue.errors import UsageError
from segue.recipe.recipe import Recipe
from segue.recipe.sources import Liked
from segued.config.schema import select_recipes

A = Recipe(id="slow-sunday", name="Slow Sunday", source=Liked())
B = Recipe(id="gym", name="Run, Forrest", source=Liked())


def test_no_name_means_all() -> None:
    assert select_recipes([A, B], ()) == (A, B)


@pytest.mark.parametrize("name", ["Slow Sunday", "slow sunday", "slow-sunday", " Slow Sunday "])
def test_a_recipe_is_known_by_name_or_id(name: str) -> None:
    assert select_recipes([A, B], (name,)) == (A,)


def test_the_order_is_that_of_the_configuration() -> None:
    assert select_recipes([A, B], ("gym", "slow-sunday", "gym")) == (A, B)


def test_a_mistyped_name_suggests_a_near_one() -> None:
    with pytest.raises(UsageError, match='did you mean "Slow Sunday"'):
        select_recipes([A, B], ("slow sundey",))


def test_a_name_that_is_near_nothing_lists_all() -> None:
    with pytest.raises(UsageError, match='"Slow Sunday", "Run, Forrest"'):
        select_recipes([A, B], ("zzz",))


def test_without_any_recipe_the_way_to_one_is_said() -> None:
    with pytest.raises(UsageError, match="segue init"):
        select_recipes([], ())
