from __future__ import annotations

import numpy as np
import pytest

from segue.models.taste.forest import folds_of
from segue.models.taste.model import judgements, left_out_judgements


def test_an_artists_share_is_shrunk_by_two_tracks_of_the_overall_share():
    artist = np.array([0, 0, 0, 1, -1])
    labels = np.array([1, 1, 0, 0, 0])
    shares, counts = judgements(artist, labels, 3)
    # The overall share is 2/5; artist 2 was never judged and gets exactly it.
    np.testing.assert_allclose(shares, [(2 + 0.8) / 5, 0.8 / 3, 0.4])
    assert counts.tolist() == [3, 1, 0]


def test_a_recordings_own_labels_never_count_for_it():
    rng = np.random.default_rng(0)
    artist = rng.integers(0, 6, 80)
    recording = np.arange(80) // 2
    labels = rng.integers(0, 2, 80)
    mine = recording == 7
    before = left_out_judgements(artist, labels, recording, 6, np.random.default_rng(3))
    flipped = np.where(mine, 1 - labels, labels)
    after = left_out_judgements(artist, flipped, recording, 6, np.random.default_rng(3))
    np.testing.assert_array_equal(before[mine], after[mine])
    assert (before[~mine] != after[~mine]).any()


def test_a_track_without_an_artist_gets_the_overall_share_and_no_count():
    artist = np.full(20, -1)
    labels = np.ones(20, dtype=int)
    out = left_out_judgements(artist, labels, np.arange(20), 1, np.random.default_rng(0))
    np.testing.assert_array_equal(out, np.tile([1.0, 0.0], (20, 1)))


@pytest.mark.parametrize("n_groups", [1, 3, 40])
def test_folds_part_no_group_and_hold_every_row_once(n_groups):
    groups = np.arange(80) % n_groups
    folds = folds_of(groups, np.random.default_rng(0))
    assert sorted(np.concatenate(folds)) == list(range(80))
    assert len(folds) == min(n_groups, 5)
    homes = [set(groups[rows]) for rows in folds]
    assert sum(map(len, homes)) == n_groups
