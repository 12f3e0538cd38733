"""Ordering, and a transition in words."""

from __future__ import annotations

import math

import pytest

from segue.music.features import UNKNOWN, AudioFeatures
from segue.music.scaling import DISCO
from segue.music.track import Track
from segue.playlists.order import arrange, columns_of, transition_words, transitions
from segue.playlists.recipe import SequenceSettings
from segue.playlists.report import measures, missing, report
from segue.sequencing.greedy import order_costs

A_MINOR = AudioFeatures(energy=0.50, key=9, mode=0, tempo=122.0)
E_MINOR = AudioFeatures(energy=0.60, key=4, mode=0, tempo=124.0)


@pytest.fixture
def columns(lab):
    songs = {"t1": A_MINOR, "t2": E_MINOR, "t3": AudioFeatures(energy=0.9, key=3, mode=1, tempo=61)}
    return columns_of([lab.track(i) for i in ("t1", "t2", "t3", "t4")], songs, DISCO)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (A_MINOR, E_MINOR, "8A to 9A, 122 to 124 BPM, energy up a little"),
        (A_MINOR, A_MINOR, "stays in 8A, stays at 122 BPM, energy stays"),
        (E_MINOR, AudioFeatures(energy=0.1), "9A to ?, 124 to ? BPM, energy down a lot"),
        (AudioFeatures(energy=0.5), AudioFeatures(energy=0.3), "energy down"),
        (UNKNOWN, UNKNOWN, "key, tempo and energy unknown"),
    ],
)
def test_a_transition_reads_as_a_phrase(before, after, words: str) -> None:
    assert transition_words(before, after) == words


def test_a_transition_carries_the_sequencers_cost_and_the_matches(columns) -> None:
    found = transitions(columns, [0, 1, 3], SequenceSettings())
    assert found[0] is None
    expected = order_costs(columns.scaled, columns.key, columns.mode, columns.tempo, [0, 1, 3])
    assert found[1].cost == pytest.approx(expected[1], abs=1e-6)
    assert found[1].key == 1.0
    assert found[1].tempo == pytest.approx(math.cos(2 * math.pi * math.log2(122 / 124)), abs=1e-6)
    assert (found[2].key, found[2].tempo) == (0.0, 0.0)


def test_the_method_none_keeps_the_order(columns) -> None:
    assert arrange(columns, SequenceSettings(method="none")) == [0, 1, 2, 3]


def test_every_track_is_ordered_once_after_the_opening(columns) -> None:
    order = arrange(columns, SequenceSettings(), opening=2)
    assert order[:2] == [0, 1]
    assert sorted(order) == [0, 1, 2, 3]


def test_compatible_transitions_are_counted_where_both_sides_are_known(columns) -> None:
    row = report(columns, [0, 1, 2, 3], columns_of([], {}, DISCO), SequenceSettings(), seed=1)
    # 8A to 9A is compatible, 9A to E♭ major is not, and the last key is unknown.
    assert row["camelot_percent"] == 50.0
    # 122 to 124 and 124 to 61 (half time) are within six per cent.
    assert row["tempo_percent"] == 100.0
    assert row["median_tempo_step_percent"] == pytest.approx(100 * (124 / 122 - 1), abs=0.01)


def test_what_is_unknown_of_every_track_is_reported_as_unknown(lab) -> None:
    columns = columns_of([lab.track("t1"), lab.track("t2")], {}, DISCO)
    row = report(columns, [0, 1], columns, SequenceSettings(), seed=1)
    assert row["camelot_percent"] is None
    assert row["random"]["tempo_percent_mean"] is None
    assert row["missing"]["all"] == 2


def test_missing_features_are_counted_by_name(columns) -> None:
    counts = missing(columns)
    assert (counts["energy"], counts["key"], counts["tempo"], counts["valence"]) == (1, 1, 1, 4)
    assert counts["all"] == 1


def test_neighbours_by_one_artist_are_counted_but_not_unknown_artists(lab) -> None:
    same = [lab.track("t1"), lab.track("t2", artists=lab.track("t1").artists)]
    nobody = [Track("x", "X"), Track("y", "Y")]
    columns = columns_of([*same, *nobody], {}, DISCO)
    row = report(columns, [0, 1, 2, 3], columns, SequenceSettings(), seed=1)
    assert row["artist_adjacency"] == 1.0


def test_the_random_order_is_the_mean_and_spread_of_shuffles(columns) -> None:
    row = report(columns, [0, 1, 2, 3], columns, SequenceSettings(), seed=3)["random"]
    again = report(columns, [3, 2, 1, 0], columns, SequenceSettings(), seed=3)["random"]
    assert row == again
    every = measures(columns, _permutations(4), SequenceSettings())["objective"]
    assert row["objective_mean"] == pytest.approx(every.mean(), abs=3 * every.std() / 10)
    assert row["objective_sd"] == pytest.approx(every.std(), rel=0.3)


def test_the_order_before_is_measured_as_it_stood(columns) -> None:
    row = report(columns, [3, 2, 1, 0], columns, SequenceSettings(), seed=3)
    straight = report(columns, [0, 1, 2, 3], columns, SequenceSettings(), seed=3)
    assert row["before"]["objective"] == straight["objective"]


def _permutations(n: int):
    import itertools

    import numpy as np

    return np.array(list(itertools.permutations(range(n))))
