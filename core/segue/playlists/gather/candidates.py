"""Candidates: what a recipe can choose from, gathered and filtered once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from segue.names import name_key
from segue.playlists.filter.apply import Stage, apply_where
from segue.playlists.gather.facts import Facts, look_up
from segue.playlists.gather.pool import Pool, gather
from segue.playlists.inventory import Inventory
from segue.recipe.recipe import Recipe
from segue.recipe.sources import recipes_named

_USED = (
    "user_id",
    "tracks",
    "features",
    "liked",
    "albums",
    "playlists",
    "summaries",
    "unread",
    "top",
    "plays",
    "recipe_playlists",
    "kept_by_segue",
    "unread_parts",
    "lyrics",
    "heard",
    "lyric_space",
)
"""What of an inventory sources and filters look at, besides what was planned in the same run."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """What a recipe can choose from.

    `passed` are the track ids its filter lets through, in the order of the sources; `possible`
    those it may let through once what is unknown of them is known. `stages` count them from the
    sources through each filter. `recipe` and `inventory` are what they were found by.
    """

    pool: Pool
    facts: Facts
    passed: tuple[str, ...]
    possible: tuple[str, ...]
    stages: tuple[Stage, ...]
    recipe: Recipe
    inventory: Inventory

    def hold_for(self, recipe: Recipe, inventory: Inventory, now: datetime) -> bool:
        """Whether another inventory would give the same candidates for the same recipe."""
        return (
            self.facts.now == now
            and (self.recipe.source, self.recipe.where) == (recipe.source, recipe.where)
            and all(_same(getattr(self.inventory, n), getattr(inventory, n)) for n in _USED)
            and all(
                self.inventory.planned.get(name) == inventory.planned.get(name)
                for name in (*recipes_named(recipe.source), *_planned_by_name(recipe, inventory))
            )
        )


FindCandidates = Callable[[Recipe, Inventory, datetime], Candidates]


def find_candidates(
    recipe: Recipe, inventory: Inventory, now: datetime, earlier: Candidates | None = None
) -> Candidates:
    """Gather a recipe's sources and filter them, or give `earlier` back where that still holds.

    Raises RecipeError where the sources or the filter cannot be judged safely, see `gather` and
    `apply_where`.
    """
    if earlier is not None and earlier.hold_for(recipe, inventory, now):
        return earlier
    pool = gather(recipe.source, inventory)
    facts = look_up(pool, inventory, now)
    found = apply_where(recipe.where, list(pool.origins), facts, inventory)
    stages = (Stage(len(pool.origins), pool.text), *found.stages)
    return Candidates(pool, facts, found.passed, found.possible, stages, recipe, inventory)


def _planned_by_name(recipe: Recipe, inventory: Inventory) -> list[str]:
    """The recipes whose names a recipe uses as those of playlists."""
    found = (inventory.recipe_names.get(name_key(name)) for name in recipe.playlists_named)
    return [recipe_id for recipe_id in found if recipe_id is not None]


def _same(first: object, second: object) -> bool:
    return first is second or first == second
