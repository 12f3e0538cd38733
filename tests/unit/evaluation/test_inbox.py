"""Songs sorted into the lists they were taken out of."""

from __future__ import annotations

import numpy as np
import pytest

from segue.errors import NotEnoughDataError
from segue.evaluation.continuation import evaluate_inbox
from segue.models.data import TrainingData, Vocabulary, track_table
from segue.models.lists.continuation import ContinuationLearner
from segue.progress import Fitting

LISTS, SONGS = 8, 20
QUICK = ContinuationLearner(hidden_shares=(0.33,))


def lists(*, by_artist: bool) -> TrainingData:
    """Eight lists of twenty songs, each of two artists of its own or of artists by chance."""
    rng = np.random.default_rng(5)
    n = LISTS * SONGS
    artist = np.arange(n) // (SONGS // 2) if by_artist else rng.permutation(n)
    return TrainingData(
        Vocabulary(f"t{row}" for row in range(n)),
        track_table(
            n,
            titles=[f"Song {row}" for row in range(n)],
            abstract=rng.uniform(0, 1, (n, 8)).astype(np.float32),
            artists=[f"Artist {number}" for number in artist.tolist()],
        ),
        playlists=tuple(np.arange(n, dtype=np.int32).reshape(LISTS, SONGS)),
    )


def test_lists_of_artists_of_their_own_get_their_songs_back() -> None:
    table = evaluate_inbox(lists(by_artist=True), "made up", Fitting(), learner=QUICK)
    found = {row.method: row.metrics for row in table.rows}
    assert table.n == 2 * LISTS
    assert found["songs of the artist"]["hit1"] == 1.0
    assert found["segue"]["hit1"] > 0.8
    assert all(row["hit1"] <= row["hit3"] for row in found.values())


def test_lists_by_chance_are_no_better_than_chance() -> None:
    table = evaluate_inbox(lists(by_artist=False), "made up", Fitting(), learner=QUICK)
    assert all(row.metrics["hit1"] <= 0.5 for row in table.rows)
    assert "by chance 0.125" in table.notes[0]


def test_a_single_list_is_too_few() -> None:
    data = lists(by_artist=True)
    one = TrainingData(data.vocabulary, data.tracks, playlists=data.playlists[:1])
    with pytest.raises(NotEnoughDataError, match="two playlists"):
        evaluate_inbox(one, "made up", Fitting())
