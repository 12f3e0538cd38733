"""Each recipe's candidates, found once in a run."""

from __future__ import annotations

from datetime import datetime

from segue.playlists.gather.candidates import Candidates, find_candidates
from segue.playlists.inventory import Inventory
from segue.recipe.recipe import Recipe


class CandidateFinder:
    """Finds the candidates of recipes, and finds them again only where they no longer hold."""

    def __init__(self) -> None:
        self._found: dict[str, Candidates] = {}

    def __call__(self, recipe: Recipe, inventory: Inventory, now: datetime) -> Candidates:
        """The candidates of a recipe. Raises RecipeError, see `find_candidates`."""
        found = find_candidates(recipe, inventory, now, self._found.get(recipe.id))
        self._found[recipe.id] = found
        return found
