from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from segue.models.data import TrainingData, Vocabulary, track_table
from segue.models.taste.context import Context, learn_context


def rows(*tracks):
    return np.array(tracks, dtype=np.int32)


def playlists():
    """Ana and Bo stand in two lists together, Cy and Di in two others."""
    artists = ["Ana", "Bo", "Cy", "Di", "Ana"]
    return TrainingData(
        vocabulary=Vocabulary(f"t{row}" for row in range(5)),
        tracks=track_table(
            5,
            titles=["One", "Two", "Three", "Four", "Five"],
            artists=artists,
            popularity=np.array([10, 20, 30, np.nan, 50], dtype=np.float32),
            released=np.array([2000, 2001, 2002, np.nan, 2010], dtype=np.float32),
        ),
        playlists=(rows(0, 1), rows(0, 1, 4), rows(2, 3), rows(2, 3)),
        likes=rows(0),
    )


def test_artists_of_the_same_lists_are_alike_and_of_other_lists_are_not():
    context = learn_context(playlists(), seed=0)
    alike = context.vectors @ context.vectors.T
    assert alike[2, 3] == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(alike[:2, 2:], 0, atol=1e-5)
    np.testing.assert_allclose(np.diag(alike), 1, atol=1e-5)


def test_the_cosine_of_two_artists_is_that_of_their_weighed_counts():
    # ln(1 + count) of Ana is (ln 2, ln 3) and of Bo (ln 2, ln 2) over lists of equal weight.
    context = learn_context(playlists(), seed=0)
    ana, bo = np.log([2, 3]), np.log([2, 2])
    expected = ana @ bo / np.linalg.norm(ana) / np.linalg.norm(bo)
    assert context.vectors[0] @ context.vectors[1] == pytest.approx(expected, abs=1e-5)


def test_numbers_are_entries_mean_popularity_and_mean_year():
    context = learn_context(playlists(), seed=0)
    np.testing.assert_allclose(context.numbers[0], [np.log(4), 30, 2005], rtol=1e-6)
    np.testing.assert_allclose(context.numbers[3], [np.log(3), np.nan, np.nan], rtol=1e-6)


def test_a_track_has_the_mean_of_its_credited_artists_and_its_songs_popularity(tracks_of):
    context = learn_context(playlists(), seed=0)
    vectors, numbers = context.of(tracks_of(["Ana"], ["One (feat. Cy)"]))
    mean = context.vectors[0] + context.vectors[2]
    np.testing.assert_allclose(vectors[0], mean / np.linalg.norm(mean), atol=1e-6)
    np.testing.assert_allclose(numbers[0], [np.log(4), 30, 2005, 10], rtol=1e-6)


def test_who_is_in_no_list_has_zeros_and_minus_one(tracks_of):
    context = learn_context(playlists(), seed=0)
    vectors, numbers = context.of(tracks_of(["Nobody", ""], ["One", "Two"]))
    assert not vectors.any()
    assert (numbers == -1).all()


def test_it_knows_no_likes():
    data = playlists()
    with_likes = learn_context(data, seed=0).tensors()
    without = learn_context(replace(data, likes=rows()), seed=0).tensors()
    for name, array in with_likes.items():
        np.testing.assert_array_equal(array, without[name])


def test_restored_it_is_the_same(tracks_of):
    context = learn_context(playlists(), seed=0)
    again = Context.restored(context.tensors())
    asked = tracks_of(["Ana", "Nobody"], ["One", "Two"])
    for first, second in zip(context.of(asked), again.of(asked), strict=True):
        np.testing.assert_array_equal(first, second)
    assert Context.restored({}) is None
