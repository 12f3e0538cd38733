"""The two variants of an experiment, and what an experiment may not say."""

from __future__ import annotations

import pytest

from segue.errors import ConfigError
from segued.config.load import check
from segued.inventory.identity import fingerprint

RECIPE = """
[[playlist]]
name = "Mornings"
from = "liked"
length = 30
score = { novelty = 1.0 }
sequence = { method = "beam", key = 0.5 }
"""


def recipe(experiment: str, text: str = RECIPE):
    return check(f"{text}\n[playlist.experiment]\n{experiment}", "c", {}).settings.playlists[0]


def test_variant_a_is_the_recipe_itself() -> None:
    found = recipe('of = "order"')
    assert found.tried("a").model_dump() == found.model_dump()


@pytest.mark.parametrize(
    ("of", "field", "rival"),
    [("order", "sequence.method", "none"), ("score", "score", {}), ("length", "length", 15)],
)
def test_of_one_part_variant_b_is_its_simplest_rival(of, field, rival) -> None:
    value = recipe(f'of = "{of}"').tried("b")
    for part in field.split("."):
        value = getattr(value, part)
    assert value == rival


def test_half_of_a_duration_is_half_as_long() -> None:
    text = RECIPE.replace("length = 30", 'duration = "2 hours"')
    found = recipe('of = "length"', text).tried("b")
    assert (found.duration, found.length) == (3600.0, None)


def test_a_variant_says_its_order_and_its_score_whole() -> None:
    found = recipe("b = { sequence = { key = 2.0 }, score = { plays = 1.0 } }").tried("b")
    assert (found.sequence.method, found.sequence.sweetness) == ("search", 2.0)
    assert found.score == {"plays": 1.0}


def test_a_shorter_variant_is_not_refused_for_being_short() -> None:
    assert recipe("b = { length = 3 }").tried("b").write.min_tracks == 3


def test_a_recipe_is_known_again_whichever_variant_a_period_has() -> None:
    found = recipe("b = { length = 3 }")
    assert len({fingerprint(each) for each in (found, found.tried("a"), found.tried("b"))}) == 1


@pytest.mark.parametrize(
    ("experiment", "text", "message"),
    [
        ("a = { length = 9 }\nb = { length = 9 }", RECIPE, "its two variants are the same"),
        ('of = "order"\nb = { length = 3 }', RECIPE, "of says already what variant B is"),
        ('of = "length"', RECIPE.replace("length = 30", ""), "no length to halve"),
        ('of = "score"', RECIPE.replace("score = { novelty = 1.0 }", ""), "weighs no score"),
        ("b = { score = { novelti = 1.0 } }", RECIPE, "unknown score"),
        ('b = { length = 3, duration = "1 hour" }', RECIPE, "both given"),
        ("b = { name = 'x' }", RECIPE, "name"),
    ],
)
def test_what_cannot_be_compared_is_said_with_its_place(experiment, text, message) -> None:
    with pytest.raises(ConfigError, match="experiment") as caught:
        recipe(experiment, text)
    assert message in str(caught.value)
