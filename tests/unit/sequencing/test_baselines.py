"""Orders to compare with."""

from __future__ import annotations

import numpy as np

from segue.evaluation.sequencing import by_camelot, by_tempo, key_tempo_energy_greedy
from segue.music.features import AudioFeatures
from segue.sequencing.songs import songs_of


def test_by_tempo_is_slowest_first_with_unknown_last():
    songs = songs_of([AudioFeatures(tempo=t) for t in (120.0, 0.0, 90.0)])
    assert by_tempo(songs).tolist() == [2, 0, 1]


def test_by_camelot_goes_round_the_wheel():
    keys = [(0, 1), (-1, 1), (9, 0), (8, 0)]  # 8B, unknown, 8A, 1A
    songs = songs_of([AudioFeatures(key=k, mode=m) for k, m in keys])
    assert by_camelot(songs).tolist() == [3, 2, 0, 1]


def test_the_published_greedy_starts_at_the_lower_quarter_of_energy():
    energies = [0.40, 0.30, 0.34, 0.45]
    songs = songs_of([AudioFeatures(energy=e, key=0, mode=1, tempo=120.0) for e in energies])
    assert key_tempo_energy_greedy(songs).tolist() == [2, 1, 0, 3]


def test_every_baseline_is_a_permutation(random_songs):
    songs = random_songs(20, 3, unknown=0.4)
    for order in (by_tempo(songs), by_camelot(songs), key_tempo_energy_greedy(songs)):
        assert np.sort(order).tolist() == list(range(20))
