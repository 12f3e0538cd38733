"""Finding keys by Krumhansl and Schmuckler."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.music.measures import (
    MAJOR_PROFILE,
    MINOR_PROFILE,
    NO_KEY,
    TEMPERATURE,
    find_key,
    key_correlations,
)

C_MAJOR_SCALE = [1, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 1]


def test_a_profile_itself_correlates_fully_with_its_key() -> None:
    found = find_key(MAJOR_PROFILE)
    assert (found.key, found.mode) == (0, 1)
    assert found.correlation == pytest.approx(1)
    assert (find_key(MINOR_PROFILE).key, find_key(MINOR_PROFILE).mode) == (0, 0)


def test_the_correlation_of_a_scale_is_pearsons() -> None:
    expected = np.corrcoef(C_MAJOR_SCALE, MAJOR_PROFILE)[0, 1]
    assert key_correlations(C_MAJOR_SCALE)[1, 0] == pytest.approx(expected)


@given(st.integers(0, 11), st.sampled_from([0, 1]))
def test_turning_the_weights_turns_the_key(tonic: int, mode: int) -> None:
    profile = MAJOR_PROFILE if mode else MINOR_PROFILE
    found = find_key(np.roll(profile, tonic))
    assert (found.key, found.mode) == (tonic, mode)


@given(st.floats(0.1, 50), st.floats(0, 2))
def test_how_loud_it_is_does_not_matter(gain: float, floor: float) -> None:
    plain = find_key(C_MAJOR_SCALE)
    louder = find_key(gain * (np.array(C_MAJOR_SCALE) + floor))
    assert (louder.key, louder.mode) == (plain.key, plain.mode) == (0, 1)


@pytest.mark.parametrize("weights", [np.zeros(12), np.ones(12), 1 + 0.02 * np.arange(12) % 0.05])
def test_where_all_sounds_alike_there_is_no_key(weights) -> None:
    assert find_key(weights) == NO_KEY


@pytest.mark.parametrize("weights", [[1.0] * 11, [np.nan] * 12, [np.inf] * 12])
def test_anything_but_twelve_numbers_is_refused(weights) -> None:
    with pytest.raises(ValueError, match="12 finite"):
        find_key(weights)


def test_the_nearer_the_second_key_the_less_sure_is_the_first() -> None:
    sure = np.array(MAJOR_PROFILE)
    relative = np.roll(np.array(MINOR_PROFILE), 9)
    between = find_key(0.55 * sure + 0.45 * relative)
    assert (between.key, between.mode) == (0, 1)
    assert 0 < between.confidence < find_key(sure).confidence <= 1


def test_the_confidences_of_all_keys_sum_to_one() -> None:
    weights = np.random.default_rng(2).random(12)
    likely = np.exp(key_correlations(weights) / TEMPERATURE)
    assert find_key(weights).confidence == pytest.approx(float(likely.max() / likely.sum()))
