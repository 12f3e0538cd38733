"""Filtering: which candidates a recipe's `where` lets through, and how many each step leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from segue.playlists.conditions import conditions
from segue.playlists.facts import Facts
from segue.playlists.inventory import Inventory
from segue.playlists.recipe import Where


@dataclass(frozen=True, slots=True)
class Stage:
    """How many candidates a step left, in words: "37 added within 90 days"."""

    left: int
    text: str


def apply_where(
    where: Where, ids: Sequence[str], facts: Facts, inventory: Inventory
) -> tuple[list[str], list[Stage]]:
    """Filter candidates; their order is kept. Each condition gives a stage with its count.

    Raises RecipeError for a pattern that is no regular expression, an unknown feature and a
    playlist that cannot be read.
    """
    left, stages = list(ids), []
    keep_unknown = where.unknown_features == "keep"
    for condition in conditions(where, facts, inventory):
        answers = [(track_id, condition.test(track_id)) for track_id in left]
        left = [i for i, answer in answers if answer or (answer is None and keep_unknown)]
        unknown = sum(answer is None for _, answer in answers)
        done = "kept" if keep_unknown else "dropped"
        aside = f" ({unknown:,} unknown, {done})" if unknown else ""
        stages.append(Stage(len(left), f"{len(left):,} {condition.text}{aside}"))
    return left, stages
