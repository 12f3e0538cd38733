"""What `[playlist.sequence]` may say."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from segue.errors import ConfigError
from segue.recipe.sections import PLAIN_NAMES, SequenceSettings
from segue.sequencing.options import NAMED, Weights
from segued.config.load import check
from segued.config.schema import json_schema

PLAYLIST = '[[playlist]]\nname = "A"\nfrom = "liked"\n[playlist.sequence]\n'


def test_the_defaults_are_those_of_the_weights() -> None:
    assert SequenceSettings().weights == Weights()


@pytest.mark.parametrize(("plain", "key"), PLAIN_NAMES.items())
def test_a_weight_goes_by_its_plain_name_too(plain: str, key: str) -> None:
    (recipe,) = check(f"{PLAYLIST}{plain} = 0.25", "c", {}).settings.playlists
    assert getattr(recipe.sequence.weights, key) == 0.25
    assert plain in json_schema()["$defs"]["SequenceSettings"]["properties"]


def test_a_mistake_is_shown_under_the_name_it_was_written_by() -> None:
    with pytest.raises(ConfigError) as caught:
        check(f"{PLAYLIST}momentum = -1", "c", {})
    (problem,) = caught.value.problems
    assert (problem.path, problem.line) == ("playlist[0].sequence.momentum", 5)


def test_a_weight_is_given_once() -> None:
    with pytest.raises(ConfigError, match="sweetness says the same, and both are given"):
        check(f"{PLAYLIST}sweetness = 1\nkey = 1", "c", {})


@pytest.mark.parametrize("name", NAMED)
def test_every_named_arc_can_be_asked_for(name: str) -> None:
    assert SequenceSettings(arc=name).arc == name


def test_an_arc_that_is_none_is_refused() -> None:
    with pytest.raises(ValidationError, match="expected one of flat, ramp"):
        SequenceSettings(arc="zigzag")
