"""Training rows, errors and the choice of a way, by hand and on planted lists."""

from __future__ import annotations

import numpy as np

from segue.models.nextstep.learner import held_out_errors
from segue.models.nextstep.model import WIDTH
from segue.models.nextstep.training import (
    CONFIGS,
    ArtistMeans,
    TrainingConfig,
    best_config,
    errors_of,
    fit_steps,
    list_rows,
    paired,
    permuted_inputs,
    rows_of,
    songs_of,
    step_errors,
)
from segue.music.features import DISCO

STRAIGHT = TrainingConfig(ordered=True, nets=False)


def rows(*values):
    return np.array(values, dtype=np.int32)


def level(*values):
    return np.repeat(np.array(values, dtype=np.float32)[:, None], 8, axis=1)


def read(data):
    return list(data.playlists), DISCO.transform(data.tracks.abstract)


def learned_rows(data):
    return rows_of(*read(data), seed=0)


def errors(model, rows, scaled, means=None):
    return errors_of(model, rows_of([rows], scaled, seed=0, means=means)[0])


def test_errors_are_means_over_what_is_known_by_hand():
    said = np.zeros((3, 8), dtype=np.float32)
    targets = np.full((3, 8), np.nan, dtype=np.float32)
    targets[0, :2] = [1, -3]
    targets[1] = 0.5
    np.testing.assert_array_equal(step_errors(said, targets), [2, 0.5, np.nan])


def test_each_prefix_stands_beside_the_track_after_it():
    scaled = level(0, 1, 2, 3)
    inputs, targets = list_rows(rows(3, 0, 2), scaled)
    assert inputs.shape == (2, WIDTH)
    np.testing.assert_array_equal(inputs[:, 0], [3, 1.5])
    np.testing.assert_array_equal(targets[:, 0], [0, 2])


def test_the_medians_errors_on_a_list_by_hand():
    np.testing.assert_allclose(errors(None, rows(0, 1, 2), level(1, 3, 2.5)), [2, 0.5])


def test_no_more_than_fifty_tracks_of_a_list_are_read():
    scaled = np.random.default_rng(0).normal(size=(80, 8)).astype(np.float32)
    whole = np.arange(80, dtype=np.int32)
    assert errors(None, whole, scaled).size == 49
    model, short = (
        fit_steps(rows_of([some], scaled, seed=0), STRAIGHT, seed=0) for some in (whole, whole[:50])
    )
    np.testing.assert_array_equal(model.line, short.line)


def test_a_permuted_prefix_keeps_its_median_and_its_length():
    scaled = np.random.default_rng(0).normal(size=(9, 8)).astype(np.float32)
    whole = np.arange(9, dtype=np.int32)
    real, _ = list_rows(whole, scaled)
    mixed = permuted_inputs(whole, scaled, np.random.default_rng(1))
    assert mixed.shape == real.shape
    np.testing.assert_allclose(mixed[:, :8], real[:, :8], atol=1e-6)
    np.testing.assert_array_equal(mixed[:, 64:], real[:, 64:])
    assert (mixed[2:, 40:48] != real[2:, 40:48]).any()


def test_lists_in_order_are_learned_in_order_and_others_without(planted):
    assert best_config(learned_rows(planted("walks")), seed=0).ordered
    assert best_config(learned_rows(planted("energy")), seed=0).ordered
    assert not best_config(learned_rows(planted("chance", n_lists=40)), seed=0).ordered


def test_every_way_of_learning_has_nets_or_none(planted):
    lists = learned_rows(planted("walks", n_lists=10))
    for way in CONFIGS:
        model = fit_steps(lists, way, seed=0, nets=1)
        assert (model.nets is not None) == way.nets
    assert len(set(CONFIGS)) == 4


def bent(n_lists):
    """Lists of random tracks whose second feature is how far the first was from 0 before."""
    rng = np.random.default_rng(0)
    scaled = rng.normal(size=(n_lists * 20, 8)).astype(np.float32)
    lists = list(np.arange(n_lists * 20, dtype=np.int32).reshape(n_lists, 20))
    for rows in lists:
        scaled[rows[1:], 1] = 2 * np.abs(scaled[rows[:-1], 0])
    return rows_of(lists, scaled, seed=0)


def test_nets_are_chosen_for_what_bends_and_never_on_few_steps():
    assert best_config(bent(100), seed=0) == TrainingConfig(ordered=True, nets=True)
    assert not best_config(bent(70), seed=0).nets


def test_a_known_artist_whose_songs_are_alike_is_used():
    rng = np.random.default_rng(0)
    artist = (np.arange(400) % 40).astype(np.int32)
    scaled = (rng.normal(size=(40, 8))[artist] + rng.normal(0, 0.1, (400, 8))).astype(np.float32)
    lists = list(rng.permutation(400).astype(np.int32).reshape(20, 20))
    song = songs_of(artist, [str(row) for row in range(400)])
    means = ArtistMeans.over(lists[:15], scaled, artist, song)
    with_means = fit_steps(rows_of(lists[:15], scaled, seed=0, means=means), STRAIGHT, seed=0)
    uninformed = fit_steps(rows_of(lists[:15], scaled, seed=0), STRAIGHT, seed=0)
    for rows in lists[15:]:
        ours = errors(with_means, rows, scaled, means).mean()
        assert ours < 0.5 * errors(uninformed, rows, scaled).mean()


def test_the_difference_and_its_interval_by_hand():
    worse = [np.array([2.0, 4.0]), np.array([3.0, np.nan, 3.0, 3.0])]
    better = [np.array([1.0, 1.0]), np.array([1.0, 1.0, 1.0, 1.0])]
    value, interval = paired(worse, better)
    # gaps 1 and 3, then 2 three times; drawn lists give (1+3)/2, 6/3 or both
    assert value == 2.0
    assert interval == (2.0, 2.0)


def test_the_interval_is_over_lists_not_steps():
    worse = [np.full(50, 1.0), np.full(50, 3.0)]
    value, (low, high) = paired(worse, [np.zeros(50), np.zeros(50)])
    assert (value, low, high) == (2.0, 1.0, 3.0)


def test_every_list_is_foretold_step_by_step(planted):
    lists, scaled = read(planted("energy", n_lists=10))
    lists[3] = lists[3][:9]
    found = held_out_errors(lists, scaled, seed=0)
    for errors in (found.ours, found.permuted, found.median):
        assert [rows.size for rows in errors] == [len(rows) - 1 for rows in lists]
    assert found.order_effect[1][0] > 0


def test_no_list_has_a_say_in_how_it_is_foretold(planted):
    lists, scaled = read(planted("energy", n_lists=10))
    changed = scaled.copy()
    changed[lists[4][-1]] = 3.5
    before, after = (held_out_errors(lists, features, seed=0) for features in (scaled, changed))
    np.testing.assert_array_equal(before.ours[4][:-1], after.ours[4][:-1])
    assert any((a != b).any() for a, b in zip(before.ours[5:], after.ours[5:], strict=True))
