"""Which recipes a person means by the names they typed."""

from __future__ import annotations

from collections.abc import Sequence

from segue.errors import UsageError
from segue.names import name_key, nearest
from segue.recipe.recipe import Recipe


def select_recipes(recipes: Sequence[Recipe], names: Sequence[str]) -> tuple[Recipe, ...]:
    """The recipes of these names or ids, in the order of the configuration; all for no name.

    Names are compared without case. Raises UsageError naming those there are.
    """
    if not recipes:
        raise UsageError(
            "the configuration describes no playlist yet; add a [[playlist]] with `name` and"
            " `from`, or let `segue init` write some to begin with"
        )
    if not names:
        return tuple(recipes)
    chosen = {_one(recipes, name).id for name in names}
    return tuple(recipe for recipe in recipes if recipe.id in chosen)


def _one(recipes: Sequence[Recipe], name: str) -> Recipe:
    wanted = name_key(name)
    for recipe in recipes:
        if wanted in (recipe.id, name_key(recipe.name)):
            return recipe
    known = {key: recipe.name for recipe in recipes for key in (recipe.name, recipe.id)}
    near = nearest(name, known, 0.5)
    if near is not None:
        hint = f'did you mean "{known[near]}"?'
    else:
        hint = "there are " + ", ".join(f'"{recipe.name}"' for recipe in recipes)
    raise UsageError(f'the configuration describes no playlist called "{name}"; {hint}')
