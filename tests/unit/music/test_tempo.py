"""Tempo: octave folding, compatibility, words."""

from __future__ import annotations

import math

import numpy as np
import pytest

from segue.music.features import (
    folded_distance,
    octaves,
    tempo_change,
    tempo_compatible,
    tempo_match,
)


@pytest.mark.parametrize(
    ("first", "second", "match"),
    [
        (120, 120, 1),
        (120, 60, 1),
        (60, 120, 1),
        (120, 120 * math.sqrt(2), -1),
        (100, 2**0.25 * 100, 0),
    ],
)
def test_the_match_is_a_cosine_over_octaves(first: float, second: float, match: float) -> None:
    assert tempo_match(first, second) == pytest.approx(match, abs=1e-12)


@pytest.mark.parametrize("unknown", [0.0, -1.0, math.nan, math.inf])
def test_an_unknown_tempo_matches_neutrally(unknown: float) -> None:
    assert tempo_match(unknown, 120) == 0.0
    assert tempo_match(120, unknown) == 0.0
    assert not tempo_compatible(unknown, unknown)
    assert math.isnan(octaves(unknown))


def test_the_folded_distance_of_half_time_is_zero() -> None:
    assert folded_distance([120, 120, 60], [60, 240, 120]) == pytest.approx([0, 0, 0])


def test_the_folded_distance_is_at_most_half_an_octave_within_two_octaves() -> None:
    assert folded_distance(100, 100 * math.sqrt(2)) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("second", "compatible"),
    [(106.0, True), (106.1, False), (212.0, True), (100 / 1.06, True), (94.0, False), (53.0, True)],
)
def test_tempi_within_six_per_cent_are_compatible(second: float, compatible: bool) -> None:
    assert bool(tempo_compatible(100.0, second)) is compatible


def test_a_column_against_a_row_gives_all_pairs() -> None:
    tempi = np.array([100.0, 120.0, 0.0])
    assert tempo_match(tempi[:, None], tempi[None, :]).shape == (3, 3)


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        (122.4, 124.0, "122 to 124 BPM"),
        (122.4, 121.6, "stays at 122 BPM"),
        (80.0, 160.0, "80 to 160 BPM, double time"),
        (160.0, 80.0, "160 to 80 BPM, half time"),
        (0.0, 120.0, "? to 120 BPM"),
        (0.0, math.nan, "both tempi unknown"),
    ],
)
def test_a_tempo_change_reads_as_a_phrase(first: float, second: float, words: str) -> None:
    assert tempo_change(first, second) == words
