"""What is said beside a playlist: what made it come out short, and since when plays are known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from segue.playlists.choose.picking import Picked
from segue.playlists.filter.apply import Stage
from segue.playlists.inventory import Inventory
from segue.playlists.text import days_between
from segue.recipe.recipe import Recipe

_LONG_ENOUGH_DAYS = 365
"""Plays known for so long are enough for a score by plays."""

_SECONDS_A_DAY = 86_400


ASKED = " asked for"
"""How every note of a shortfall goes on after what there is."""


def shortfall_in(notes: Sequence[str]) -> str:
    """What a plan's notes say of a shortfall, without what cost most; empty where none does."""
    short = (note.partition(": ")[0] for note in notes)
    return next((words for words in short if words.endswith(ASKED)), "")


def what_cost_most(stages: Sequence[Stage], picked: Picked) -> str:
    """Which step left out most of the candidates, in words.

    `stages` count them from the sources through each filter, up to what could be chosen from.
    """
    costs = [
        (before.left - after.left, f"“{after.text.partition(' ')[2]}” cost most")
        for before, after in pairwise(stages)
    ]
    costs.append((picked.capped, "max_per_artist and max_per_album cost most"))
    costs.append((picked.copies, "other copies of the same recordings cost most"))
    cost, words = max(costs, key=lambda found: found[0])
    if not cost:
        return "there was no more to choose from"
    return f"of {stages[0].text}, {words} ({cost:,})"


def plays_known(recipe: Recipe, inventory: Inventory, now: datetime) -> str:
    """That a recipe asks about plays of a time of which none are known; empty where it does not.

    Spotify lists the last fifty plays: those before the first sync come from an imported history.
    """
    needed = _days_asked(recipe)
    if not needed or inventory.heard:
        return ""
    if not inventory.plays:
        return "no plays are known yet; `segue import history` brings in those of the past"
    first = min(play.played_at for play in inventory.plays)
    if days_between(first, now) >= needed:
        return ""
    return (
        f"plays are known since {first.day} {first:%b %Y} only; `segue import history` brings in "
        "those before"
    )


def _days_asked(recipe: Recipe) -> float:
    """How far back a recipe asks about plays, in days; 0 where it does not ask."""
    days = [0.0]
    for part in recipe.where.every():
        spans = (part.played_within, part.not_played_within)
        days += [seconds / _SECONDS_A_DAY for seconds in spans if seconds is not None]
        days += [_LONG_ENOUGH_DAYS] if part.plays is not None else []
    if any(recipe.score.get(name) for name in ("novelty", "plays")):
        days.append(_LONG_ENOUGH_DAYS)
    return max(days)
