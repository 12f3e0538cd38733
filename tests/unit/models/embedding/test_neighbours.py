import numpy as np
import pytest

from segue.models.data import track_table
from segue.models.embedding.autoencoder import (
    TONAL_WEIGHT,
    audio_columns,
    distances,
    embedded_columns,
    fit_clusters,
    nearest,
    recall_within,
    tabular_columns,
)


def blobs(count, n=60, seed=0):
    rng = np.random.default_rng(seed)
    centres = 10 * np.eye(count, 4)
    return (centres[np.arange(n) % count] + rng.normal(0, 0.3, (n, 4))).astype(np.float32)


def test_distances_are_euclidean():
    apart = distances(np.array([[0, 0]], np.float32), np.array([[3, 4], [0, 1]], np.float32))
    np.testing.assert_allclose(apart, [[5, 1]])


def test_the_nearest_come_first_and_the_query_is_left_out():
    vectors = np.array([[0.0], [1.0], [3.0]], dtype=np.float32)
    np.testing.assert_array_equal(
        nearest(vectors, vectors, 2, np.arange(3)), [[1, 2], [0, 2], [1, 0]]
    )


@pytest.mark.parametrize("count", [2, 3, 4])
def test_the_silhouette_finds_the_planted_number_of_clusters(count):
    assert len(fit_clusters(blobs(count), seed=0).centres) == count


def test_equal_vectors_are_one_cluster():
    assert len(fit_clusters(np.ones((20, 3), dtype=np.float32), seed=0).centres) == 1


def test_in_clear_clusters_nothing_is_lost_and_with_all_of_them_never():
    vectors = blobs(3)
    clusters = fit_clusters(vectors, seed=0)
    assert recall_within(clusters, vectors, 5, np.arange(60), probes=1) == 1.0
    noise = np.random.default_rng(0).normal(size=(80, 4)).astype(np.float32)
    found = fit_clusters(noise, seed=0)
    every = len(found.centres)
    assert recall_within(found, noise, 5, np.arange(80), probes=every) == 1.0


def test_of_many_that_are_as_near_the_first_rows_are_found() -> None:
    vectors = np.round(np.random.default_rng(0).normal(size=(200, 2))).astype(np.float32)
    every = np.argsort(distances(vectors, vectors), axis=1, kind="stable")
    np.testing.assert_array_equal(nearest(vectors, vectors, 7), every[:, :7])


def test_a_cluster_with_too_few_answers_says_so():
    vectors = blobs(3, n=6)
    found = fit_clusters(vectors, seed=0).search(vectors[:1], vectors, 4, np.arange(1))
    assert (found == -1).any()


def test_the_key_stands_on_a_circle():
    columns = audio_columns(track_table(3, key=np.array([0, 6, -1], dtype=np.int8)))
    np.testing.assert_allclose(columns[:2, 8], [1, -1], atol=1e-6)
    assert np.isnan(columns[2, 8:10]).all()
    assert columns.shape == (3, 13)


def test_the_mood_of_the_words_joins_where_any_is_known():
    mood = np.array([0.5, np.nan, -1], dtype=np.float32)
    columns = tabular_columns(track_table(3, mood=mood))
    assert columns.shape == (3, 14)
    np.testing.assert_array_equal(columns[:, 13], mood)
    unknown = np.full(3, np.nan, dtype=np.float32)
    assert tabular_columns(track_table(3, mood=unknown)).shape == (3, 13)


def test_a_column_is_as_wide_as_any_other_key_and_mode_a_quarter_and_unknown_is_the_mean() -> None:
    n = 200
    rng = np.random.default_rng(0)
    tempo = rng.normal(120, 30, n).astype(np.float32)
    tempo[0] = np.nan
    mode = (np.arange(n) % 2).astype(np.int8)
    tracks = track_table(n, tempo=tempo, mode=mode)
    scaled, known = embedded_columns(tracks, np.ones(n, dtype=np.bool_))
    np.testing.assert_allclose(scaled[1:, 11].std(), 1, atol=0.01)
    np.testing.assert_allclose(scaled[:, 10].std(), TONAL_WEIGHT, atol=1e-6)
    assert scaled[0, 11] == 0
    assert not known[0, 11]


def test_one_value_far_from_all_others_counts_as_four_deviations() -> None:
    tempo = np.array([*np.linspace(100, 140, 99), 2000], dtype=np.float32)
    scaled, _ = embedded_columns(track_table(100, tempo=tempo), np.ones(100, dtype=np.bool_))
    assert scaled[-1, 11] == 4


def test_what_stands_in_no_column_of_sound_moves_no_vector() -> None:
    everything = np.ones(3, dtype=np.bool_)
    tempo = np.array([100, 120, 140], dtype=np.float32)
    plain = track_table(3, tempo=tempo)
    told = track_table(3, tempo=tempo, popularity=np.array([1, 50, 99], dtype=np.float32))
    np.testing.assert_array_equal(
        embedded_columns(plain, everything)[0], embedded_columns(told, everything)[0]
    )
