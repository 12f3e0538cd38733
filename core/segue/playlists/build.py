"""Building: both halves, from a recipe and what is known of the account to the list to be."""

from __future__ import annotations

from datetime import datetime

from segue.playlists.choose.choose import choose
from segue.playlists.gather.candidates import FindCandidates, find_candidates
from segue.playlists.inventory import Inventory
from segue.playlists.order.order import Draft, order
from segue.playlists.score.models import Models
from segue.recipe.recipe import Recipe


def build(
    recipe: Recipe,
    inventory: Inventory,
    models: Models,
    now: datetime,
    seed: int,
    find: FindCandidates = find_candidates,
) -> Draft:
    """Decide what a playlist should hold, in which order, and why: `choose`, then `order`.

    The same arguments give the same draft. Raises what the two halves raise.
    """
    members = choose(recipe, inventory, models, now, seed, find)
    return order(members, recipe, inventory, models.next_features)
