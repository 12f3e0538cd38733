"""Sums of durations, found wherever there are any."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from segue.sequencing.songs import Target, count_for, rows_within


@pytest.mark.parametrize("seed", range(20))
def test_rows_are_found_exactly_when_there_are_some(seed):
    rng = np.random.default_rng(seed)
    durations = rng.integers(100, 200, 9) * 1000
    target = Target(int(rng.integers(300, 800)) * 1000, 1000)
    always = tuple(rng.permutation(9)[: seed % 2].tolist())
    possible = [
        rows
        for rows in itertools.combinations(range(9), 4)
        if not target.excess(int(durations[list(rows)].sum())) and set(always) <= set(rows)
    ]
    found = rows_within(durations, 4, target, rng.random(9), always)
    assert (found is not None) == bool(possible)
    if found is not None:
        assert tuple(sorted(found)) in possible


def test_a_penalty_begins_outside_the_tolerance():
    target = Target(100_000, 5_000)
    assert target.penalty(105_000) == 0
    assert target.penalty(105_001) > 0
    assert target.penalties(np.array([95_000, 90_000])).tolist() == [0, target.penalty(90_000)]


def test_as_many_tracks_as_play_for_the_target():
    durations = np.full(20, 200_000)
    assert count_for(durations, Target(1_000_000), np.arange(20.0)) == 5
