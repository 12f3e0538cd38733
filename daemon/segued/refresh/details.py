"""A playlist's name and description: what of them a refresh has to change. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from segue.playlists.library import PlaylistSummary
from segue.recipe.recipe import Recipe
from segued.inventory.markers import mark_in, marked, unmarked
from segued.store.playlists import Binding


@dataclass(frozen=True, slots=True)
class Details:
    """What to change; None leaves it as it is."""

    name: str | None = None
    description: str | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing changes."""
        return self.name is None and self.description is None


def changed_details(recipe: Recipe, binding: Binding | None, summary: PlaylistSummary) -> Details:
    """What the recipe wants otherwise than it stands there.

    Only a recipe that was itself renamed or re-described since the last write changes them: a
    name or text given by hand on the account stays. The mark is put back where it is missing.
    """
    renamed = binding is not None and recipe.name not in (binding.name, summary.name)
    text = unmarked(summary.description)
    wanted = recipe.write.description
    if binding is not None and binding.description not in (None, wanted):
        text = wanted
    described = marked(text, recipe.id)
    current = mark_in(summary.description) == recipe.id and text == unmarked(summary.description)
    return Details(recipe.name if renamed else None, None if current else described)
