"""Reading features out of what a service says."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.music.features import ABSTRACT, AudioFeatures
from segue.music.track import Album, Track
from segued.providers.features.source import ask_again_at, features_of, filled

NOW = datetime(2026, 11, 20, tzinfo=UTC)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
documents = st.dictionaries(
    st.sampled_from([*ABSTRACT, "key", "mode", "tempo", "other"]), json_values
)


def test_values_come_through_as_they_are() -> None:
    found = features_of({"energy": 0.25, "loudness": -9.5, "key": 0, "mode": 1, "tempo": 101.96})
    assert found is not None
    assert (found.energy, found.loudness, found.key, found.mode) == (0.25, -9.5, 0, 1)
    assert found.tempo == pytest.approx(101.96)
    assert math.isnan(found.valence)


@pytest.mark.parametrize(
    ("document", "missing"),
    [
        ({"energy": 0.5, "key": -1, "mode": 1}, "key"),
        ({"energy": 0.5, "key": 3.5, "mode": 1}, "key"),
        ({"energy": 0.5, "tempo": 0}, "tempo"),
        ({"energy": 0.5, "valence": 1.2}, "valence"),
        ({"energy": 0.5, "valence": True}, "valence"),
        ({"energy": 0.5, "valence": "0.5"}, "valence"),
    ],
)
def test_a_value_out_of_its_range_is_unknown(document, missing) -> None:
    found = features_of(document)
    assert found is not None
    assert missing in found.missing()


@given(documents)
def test_whatever_is_said_every_value_is_in_its_range_or_unknown(document) -> None:
    found = features_of(document)
    if found is None:
        return
    for name in ABSTRACT:
        value = getattr(found, name)
        low, high = (-100, 10) if name == "loudness" else (0, 1)
        assert math.isnan(value) or low <= value <= high
    assert -1 <= found.key <= 11
    assert found.mode in (-1, 0, 1)
    assert found.tempo == 0 or 1 <= found.tempo <= 400


def test_what_the_first_does_not_know_comes_from_the_second() -> None:
    first = AudioFeatures(energy=0.1, key=3, mode=-1)
    second = AudioFeatures(energy=0.9, valence=0.4, key=5, mode=0, tempo=120.0)
    both = filled(first, second)
    assert (both.energy, both.valence, both.key, both.mode, both.tempo) == (0.1, 0.4, 5, 0, 120.0)


def test_how_sure_a_key_or_tempo_is_comes_with_it() -> None:
    first = AudioFeatures(key=3, mode=1, key_confidence=0.4)
    second = AudioFeatures(key=5, mode=0, tempo=120.0, key_confidence=0.9, tempo_confidence=0.6)
    both = filled(first, second)
    assert (both.key_confidence, both.tempo_confidence) == (0.4, 0.6)


@pytest.mark.parametrize(
    ("released", "days"), [("2001", 120), ("2025-03", 14), ("2026-11-01", 14), (None, 14)]
)
def test_what_is_new_is_asked_for_again_sooner(released, days) -> None:
    track = Track("t", "T", album=Album("A", release_date=released))
    assert ask_again_at(track, NOW) == NOW + timedelta(days=days)
