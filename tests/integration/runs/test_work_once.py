"""How often a refresh does the same work: what is known is read once, each recipe built once."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from types import CodeType, FrameType
from typing import TYPE_CHECKING

from segue.playlists.choose.choose import choose_members
from segue.playlists.filter.apply import apply_where
from segue.playlists.gather.pool import gather
from segue.playlists.order.order import order
from segue.sequencing.sequence import sequence
from segued.inventory.reading import read_inventory

if TYPE_CHECKING:
    from conftest import House

FOUR = """
[[playlist]]
name = "Fresh"
from = "liked"
length = 20
score.recency = 1
[[playlist]]
name = "Rested"
from = ["liked", "plays"]
length = 20
where.not_played_within = "2 days"
score.novelty = 1
[[playlist]]
name = "Lively"
from = "liked"
length = 20
where.energy = "0.4.."
where.unknown_features = "drop"
[[playlist]]
name = "Lately"
from = "plays"
length = 20
score.plays = 1
"""


def calls(functions: tuple[Callable[..., object], ...], act: Callable[[], object]) -> Counter[str]:
    """How often each function is called while something is done."""
    names: dict[CodeType, str] = {each.__code__: each.__name__ for each in functions}
    counted: Counter[str] = Counter()

    def watch(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code in names:
            counted[names[frame.f_code]] += 1

    sys.setprofile(watch)
    try:
        act()
    finally:
        sys.setprofile(None)
    return counted


def test_a_refresh_of_four_recipes_does_each_thing_once(house: House) -> None:
    house.recipes = FOUR
    house.refresh()
    house.tomorrow()
    watched = (read_inventory, gather, apply_where, order, sequence)
    counted = calls(watched, house.refresh)
    assert counted["read_inventory"] == 1
    assert counted["gather"] == 3  # two of them draw on the likes alone
    assert counted["apply_where"] == 4
    assert counted["order"] == 4
    assert counted["sequence"] == 4


def test_the_first_refresh_builds_each_recipe_once_too(house: House) -> None:
    house.recipes = FOUR
    counted = calls((order, sequence, choose_members), house.refresh)
    assert (counted["order"], counted["sequence"]) == (4, 4)
    assert counted["choose_members"] <= 8
