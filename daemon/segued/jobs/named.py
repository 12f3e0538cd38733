"""A recipe by the name a person typed, under the id it is stored by."""

from __future__ import annotations

from segued.config.schema import Settings
from segued.config.select import select_recipes
from segued.inventory.identity import RecipeIdentity, recipes_with_ids
from segued.store.playlists import Binding
from segued.store.state import State


def named_recipe(settings: Settings, state: State, name: str) -> RecipeIdentity:
    """The recipe of a name or id, with the id it keeps when it is renamed.

    Raises UsageError, naming those there are.
    """
    chosen = select_recipes(settings.playlists, (name,))[0]
    return next(one for one in recipes_with_ids(settings, state) if one.configured_id == chosen.id)


def named_binding(
    settings: Settings, state: State, name: str
) -> tuple[RecipeIdentity, Binding | None]:
    """The recipe of a name or id, and what it is bound to, if it has been made yet."""
    found = named_recipe(settings, state, name)
    return found, state.playlists.binding(found.recipe.id)
