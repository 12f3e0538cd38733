"""Which lists stay as they stand until the next period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from segue.recipe.recipe import Recipe
from segue.recipe.sources import Liked
from segued.inventory.identity import fingerprint
from segued.refresh.edits import Edits, Target
from segued.refresh.guards import Location
from segued.refresh.planning import holding
from segued.run import RunRecipe
from segued.store.playlists import Binding, Made

RECIPE = Recipe(id="r", name="N", source=Liked())
KNOWN = RunRecipe(RECIPE, "r", None, datetime(2026, 11, 20, tzinfo=UTC), 1)


def held(bound: Binding | None, marks: Mapping[str, str] | None = None) -> tuple[str, ...]:
    target = Target(RECIPE, bound, Location("bound"), None, Edits())
    return holding(target, KNOWN, marks or {})


def bound(period: str = KNOWN.period, **models: str) -> Binding:
    return Binding("r", "p", "N", fingerprint(RECIPE), made=(Made(period, ("a",), models),))


def test_a_list_is_made_anew_while_its_models_are_the_same() -> None:
    assert held(None) == ()
    assert held(bound(taste="1"), {"taste": "1"}) == ()


@pytest.mark.parametrize(("now", "why"), [("2", "changed"), ("", "missing or damaged")])
def test_a_list_whose_model_is_another_stays_and_says_so(now: str, why: str) -> None:
    said = held(bound(taste="1"), {"taste": now})
    assert why in said[0]
    assert "until the next" in said[1]


def test_a_model_learned_since_or_not_asked_any_more_holds_nothing() -> None:
    assert held(bound(taste=""), {"taste": "1"}) == ()
    assert held(bound(taste="1"), {}) == ()


def test_the_next_period_and_a_changed_recipe_hold_nothing() -> None:
    assert held(bound("an earlier one", taste="1"), {"taste": "2"}) == ()
    assert held(replace(bound(taste="1"), fingerprint="other"), {"taste": "2"}) == ()


def test_what_an_undo_brought_back_stays_for_its_period() -> None:
    assert "an undo" in held(replace(bound(), undone=KNOWN.period))[0]
    assert held(replace(bound(), undone="an earlier one")) == ()
