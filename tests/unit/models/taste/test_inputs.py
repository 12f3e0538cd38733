from __future__ import annotations

import numpy as np
import pytest

from segue.models.data import track_table
from segue.models.taste.inputs import Encoder


def energies(*values):
    """Tracks of which nothing but energy is known."""
    abstract = np.full((len(values), 8), np.nan, dtype=np.float32)
    abstract[:, 2] = values
    return track_table(len(values), abstract=abstract)


def encoded(training, asked):
    return Encoder.fitted(training, None).encode(asked)


def test_the_normal_scale_has_the_median_in_the_middle_and_deviations_at_their_places():
    training = energies(*np.linspace(0, 1, 101))
    said = encoded(training, energies(0.5, 0.8413447, 0.1586553)).smooth[:, 2]
    np.testing.assert_allclose(said, [0, 1, -1], atol=1e-3)


def test_the_normal_scale_ends_at_two_and_a_half():
    said = encoded(energies(*np.linspace(0, 1, 101)), energies(-5, 7)).smooth[:, 2]
    np.testing.assert_allclose(said, [-2.5, 2.5])


def test_equal_values_take_the_middle_of_their_span():
    # Half of all are 0, so 0 stands for the places 0 to 1/2: its middle is the quartile.
    training = energies(*[0.0] * 51, *np.linspace(0.01, 1, 50))
    said = encoded(training, energies(0.0)).smooth[0, 2]
    assert said == pytest.approx(-0.6745, abs=0.02)


def test_a_column_that_never_changes_says_nothing():
    assert encoded(energies(0.4, 0.4, 0.4), energies(0.4)).smooth[0, 2] == 0


def test_what_is_not_known_is_the_median_of_training():
    said = encoded(energies(0.1, 0.2, 0.9), energies(float("nan")))
    assert said.numbers[0, 2] == pytest.approx(0.2)
    assert np.isfinite(said.smooth).all()


def test_a_key_is_a_point_on_a_circle_and_an_unknown_one_its_middle():
    table = track_table(3, key=np.array([0, 3, -1], dtype=np.int8))
    circle = encoded(table, table).smooth[:, -2:]
    np.testing.assert_allclose(circle, [[1, 0], [0, 1], [0, 0]], atol=1e-7)


def test_credits_are_the_artist_and_whom_the_title_names(tracks_of):
    table = tracks_of(["Ana", "Bo", "Cy"], ["One (feat. Bo)", "Two", "Three"])
    shared = encoded(table, table).credits
    np.testing.assert_allclose(
        (shared @ shared.T).toarray(), [[1, 0.5**0.5, 0], [0.5**0.5, 1, 0], [0, 0, 1]], atol=1e-12
    )


def test_an_artist_that_training_does_not_know_has_no_row(tracks_of):
    inputs = encoded(tracks_of(["Ana", "Bo"]), tracks_of(["Bo", "Nobody", ""]))
    assert inputs.artist.tolist() == [1, -1, -1]
    assert inputs.credits.toarray().sum(axis=1).tolist() == [1, 0, 0]


def test_spelling_shares_the_runs_of_three_letters(tracks_of):
    table = tracks_of(["DJ Ona", "DJ Abu", "Kim"])
    # " dj", "dj " and three runs of each other word: 2 of 5 are shared.
    spelling = encoded(table, table).spelling
    np.testing.assert_allclose(
        (spelling @ spelling.T).toarray(), [[1, 0.4, 0], [0.4, 1, 0], [0, 0, 1]], atol=1e-12
    )


def test_a_name_without_a_known_run_has_a_zero_row(tracks_of):
    assert encoded(tracks_of(["Ana"]), tracks_of(["Zyx", ""])).spelling.nnz == 0


def test_restored_it_encodes_the_same(tracks_of):
    table = tracks_of(["Ana", "DJ Bo", ""], ["One (feat. Bo)", "Two", ""])
    encoder = Encoder.fitted(table, None)
    first, second = encoder.encode(table), Encoder.restored(encoder.tensors()).encode(table)
    np.testing.assert_array_equal(first.numbers, second.numbers)
    np.testing.assert_array_equal(first.smooth, second.smooth)
    np.testing.assert_array_equal(first.credits.toarray(), second.credits.toarray())
    np.testing.assert_array_equal(first.spelling.toarray(), second.spelling.toarray())
