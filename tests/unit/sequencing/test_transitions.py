"""The terms of a transition, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from segue.music.features import NAN, AudioFeatures, Scaling
from segue.sequencing.options import Weights
from segue.sequencing.songs import songs_of
from segue.sequencing.transitions import (
    ENERGY,
    FLOW,
    TEMPO,
    key_fit,
    tempo_fit,
    transition_costs,
    transition_terms,
)

PLAIN = Scaling(lambdas=(1.0,) * 8, means=(0.0,) * 8, sds=(1.0,) * 8)


def _track(energy=0.5, others=0.0, **rest):
    return AudioFeatures(others, others, energy, others, others, others, others, others, **rest)


@pytest.mark.parametrize(
    ("first", "second", "fit"),
    [
        ((0, 1), (0, 1), 1.0),  # 8B and 8B
        ((0, 1), (7, 1), 0.95),  # 8B and 9B
        ((0, 1), (9, 0), 0.95),  # 8B and 8A
        ((0, 1), (4, 0), -0.85),  # 8B and 9A, a diagonal neighbour
        ((0, 1), (6, 0), -0.91),  # 8B and 11A: three hours and the letter
        ((0, 1), (3, 0), -1.0),  # 8B and 2A, the farthest
        ((0, 1), (-1, 1), 0.0),
    ],
)
def test_key_fit_of_pairs_on_the_wheel(first, second, fit):
    assert key_fit(*first, *second) == pytest.approx(fit)


def test_tempo_fit_folds_half_and_double_time():
    assert tempo_fit(100, 100) == 1.0
    assert tempo_fit(70, 140) == pytest.approx(1.0)
    assert tempo_fit(100, 106) == pytest.approx(0.85)
    assert tempo_fit(100, 107) == pytest.approx(-0.9, abs=0.01)
    assert tempo_fit(100, 100 * math.sqrt(2)) == pytest.approx(-1.0)
    assert tempo_fit(100, 0) == 0.0


def test_a_transition_costs_the_sum_of_its_terms_by_hand():
    songs = songs_of(
        [_track(0.2, key=0, mode=1, tempo=100.0), _track(0.6, key=0, mode=1, tempo=100.0)],
        artists=["a", "b"],
        scaling=PLAIN,
    )
    weights = Weights(spicyness=1.0)
    expected = FLOW * 0.4 / math.sqrt(8) - 1.0 - TEMPO + ENERGY * 0.4
    assert transition_costs(songs, weights)[0, 1] == pytest.approx(expected, abs=1e-6)


def test_spicyness_is_the_root_mean_square_of_both_directions():
    songs = songs_of([_track(0.2), _track(0.6)], scaling=PLAIN)
    flow = transition_terms(songs, Weights(spicyness=1.2))["flow"][0, 1]
    both = ((1.2 * 0.2 - 0.6) ** 2 + (1.2 * 0.6 - 0.2) ** 2) / 2
    assert flow == pytest.approx(FLOW * math.sqrt(both / 8), abs=1e-6)


def test_flow_over_fewer_known_features_is_stretched():
    few = AudioFeatures(energy=0.6)
    songs = songs_of([_track(0.2), few], scaling=PLAIN)
    flow = transition_terms(songs, Weights(spicyness=1.0))["flow"][0, 1]
    assert flow == pytest.approx(FLOW * 0.4 * math.sqrt(8) / math.sqrt(8), abs=1e-6)


def test_flow_to_a_track_of_which_nothing_is_known_is_the_mean_of_the_others():
    tracks = [_track(0.1), _track(0.5), _track(0.2), AudioFeatures()]
    flow = transition_terms(songs_of(tracks, scaling=PLAIN), Weights())["flow"]
    known = [flow[0, 1], flow[0, 2], flow[1, 2]]
    assert flow[3, :3] == pytest.approx(np.mean(known))


def test_an_unknown_key_and_tempo_cost_nothing():
    songs = songs_of([_track(key=0, mode=1, tempo=100.0), _track()], scaling=PLAIN)
    terms = transition_terms(songs, Weights())
    assert terms["key"][0, 1] == 0
    assert terms["tempo"][0, 1] == 0


def test_costs_are_symmetric_and_finite_whatever_is_unknown(random_songs):
    costs = transition_costs(random_songs(30, 2, unknown=0.6), Weights())
    assert np.isfinite(costs).all()
    assert (costs == costs.T).all()


def test_neighbours_by_one_artist_cost_more_but_not_by_unknown_ones():
    tracks = [_track()] * 4
    songs = songs_of(tracks, artists=["a", "a", "", ""], scaling=PLAIN)
    artists = transition_terms(songs, Weights())["artists"]
    assert artists[0, 1] > 0
    assert artists[2, 3] == 0


def test_near_lyrics_cost_less_than_far_ones_and_unknown_ones_the_mean():
    lyrics = np.array([[1, 0], [1, 0.1], [0, 1], [NAN, NAN]], dtype=np.float32)
    songs = songs_of([_track()] * 4, lyrics=lyrics, scaling=PLAIN)
    found = transition_terms(songs, Weights())["lyrics"]
    assert found[0, 1] < found[0, 2]
    assert found[0, 3] == pytest.approx(np.mean([found[0, 1], found[0, 2], found[1, 2]]))


def test_an_unsure_key_and_tempo_count_as_far_as_both_sides_are_sure() -> None:
    sure = _track(key=0, mode=1, tempo=120.0)
    unsure = _track(key=7, mode=1, tempo=120.0, key_confidence=0.5, tempo_confidence=0.25)
    whole = transition_terms(songs_of([sure, _track(key=7, mode=1, tempo=120.0)]), Weights())
    one = transition_terms(songs_of([sure, unsure]), Weights())
    both = transition_terms(songs_of([unsure, unsure]), Weights())
    assert one["key"][0, 1] == pytest.approx(0.5 * whole["key"][0, 1])
    assert one["tempo"][0, 1] == pytest.approx(0.25 * whole["tempo"][0, 1])
    assert both["key"][0, 1] == pytest.approx(-0.25)
    assert both["tempo"][0, 1] == pytest.approx(-TEMPO / 16)


def test_a_clash_that_is_unsure_costs_less_and_a_fit_gains_less() -> None:
    home, clash = _track(key=0, mode=1), _track(key=6, mode=0)
    unsure = _track(key=6, mode=0, key_confidence=0.3)
    costs = transition_costs(songs_of([home, clash, unsure]), Weights())
    assert costs[0, 2] < costs[0, 1]
