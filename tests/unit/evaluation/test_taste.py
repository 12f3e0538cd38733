from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from segue.evaluation.baselines.classifiers import (
    Judged,
    known_columns,
    majority,
    published_taste_net,
    with_artist,
)
from segue.evaluation.datasets import group_folds, read_likes
from segue.evaluation.taste import evaluate_taste
from segue.models.data import TrainingData, Vocabulary, track_table
from segue.models.taste.learner import TasteLearner
from segue.progress import Fitting

PLAIN = ("majority", "logistic regression", "logistic regression + artist")
TREES = 30


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    with threadpool_limits(1):
        yield


def judged_tracks(liked, artists, titles=None, seed=0):
    rng = np.random.default_rng(seed)
    n = len(liked)
    return TrainingData(
        vocabulary=Vocabulary(f"t{row}" for row in range(n)),
        tracks=track_table(
            n,
            titles=titles or [f"song {row}" for row in range(n)],
            abstract=rng.uniform(0, 1, (n, 8)).astype(np.float32),
            artists=artists,
        ),
        likes=np.flatnonzero(liked).astype(np.int32),
        dislikes=np.flatnonzero(~liked).astype(np.int32),
    )


def coin(n, seed=0):
    return np.random.default_rng(seed).random(n) < 0.5


def aucs(table, method):
    return {row.split: row.metrics["auc"] for row in table.rows if row.method == method}


@pytest.fixture(scope="module")
def by_artist():
    """Likes follow the artist, of whom each has five tracks, and nothing else."""
    artists = [f"artist {row // 5}" for row in range(200)]
    data = judged_tracks(coin(40)[np.arange(200) // 5], artists)
    return evaluate_taste(
        data,
        "made up",
        Fitting(),
        splits=2,
        learner=TasteLearner(trees=TREES, few=0),
        only=(*PLAIN, "segue"),
    )


def test_what_follows_artists_is_found_where_artists_are_shared_and_not_where_they_are_new(
    by_artist,
):
    for method in ("segue", "logistic regression + artist"):
        found = aucs(by_artist, method)
        assert found["4-fold"] > 0.85
        assert abs(found["4-fold, new artists"] - 0.5) < 0.2


def test_every_method_stands_in_every_split(by_artist):
    splits = ["random", "random, mean of 2", "4-fold", "4-fold, new artists"]
    for method in (*PLAIN, "segue"):
        assert list(aucs(by_artist, method)) == splits


def test_the_document_has_metrics_with_intervals_and_the_confusion_matrix(by_artist):
    document = by_artist.document()
    assert document["n"] == 200
    for row in document["rows"]:
        for key in ("accuracy", "auc", "ece"):
            low, high = row[f"{key}_ci"]
            assert low <= high
        if "mean" not in row["split"]:
            (right_no, wrong_yes), (wrong_no, right_yes) = row["confusion"]
            said = right_no + wrong_yes + wrong_no + right_yes
            assert row["accuracy"] == pytest.approx((right_no + right_yes) / said)
    assert by_artist.text().count("confusion, ") == 3


def test_the_majority_says_the_share_of_likes(by_artist):
    for row in by_artist.rows:
        if row.method == "majority" and row.split == "4-fold":
            assert row.metrics["accuracy"] <= 0.6
    columns = np.zeros((4, 2), dtype=np.float32)
    assert majority(columns, np.array([1, 1, 1, 0]), columns[:2], 0).tolist() == [0.75, 0.75]


def test_copies_of_a_recording_are_never_parted():
    # Pairs of copies with one label drawn by chance: parted, a forest would know the twin.
    data = judged_tracks(
        np.repeat(coin(100), 2),
        [f"artist {row // 2}" for row in range(200)],
        [f"song {row // 2}{' - Remastered' if row % 2 else ''}" for row in range(200)],
    )
    data.tracks.abstract[1::2] = data.tracks.abstract[::2]
    table = evaluate_taste(
        data,
        "made up",
        Fitting(),
        splits=2,
        learner=TasteLearner(trees=TREES, few=0),
        only=("random forest", "segue"),
    )
    for method in ("random forest", "segue"):
        assert max(aucs(table, method).values()) < 0.72


def test_context_adds_splits_of_the_same_rows():
    rng = np.random.default_rng(0)
    data = judged_tracks(coin(80), [f"artist {row // 2}" for row in range(80)])
    lists = tuple(rng.permutation(80)[:20].astype(np.int32) for _ in range(10))
    others = TrainingData(data.vocabulary, data.tracks, playlists=lists)
    table = evaluate_taste(
        data,
        "made up",
        Fitting(),
        splits=2,
        only=("majority", "segue + context"),
        learner=TasteLearner(context=others, trees=TREES, few=0),
    )
    assert [row.split for row in table.rows if row.method == "segue"] == [
        "random, with context",
        "random, mean of 2, with context",
        "4-fold, with context",
        "4-fold, new artists, with context",
    ]


def test_folds_of_artists_share_none():
    artist = np.random.default_rng(0).integers(0, 30, 200)
    homes = [set(artist[rows]) for rows in group_folds(artist, 4, np.random.default_rng(0))]
    assert sum(map(len, homes)) == len(set.union(*homes))


def test_an_artists_encoding_of_a_test_row_is_that_of_training():
    columns = np.zeros((8, 1), dtype=np.float32)
    artist = np.array([0, 0, 0, 1, 1, 1, 0, 2])
    labels = np.array([1, 1, 0, 0, 0, 1, 0, 1])
    train, test = np.arange(6), np.array([6, 7])
    _, outside = with_artist(
        columns, Judged(track_table(8), labels, np.arange(8), artist), train, test, seed=0
    )
    # The share of training is 1/2: (2 + 2/2) / (3 + 2) of three labels, and 1/2 of none.
    np.testing.assert_allclose(outside, [[0, 0.6, 3], [0, 0.5, 0]], atol=1e-6)


def test_an_artists_encoding_of_a_training_row_never_counts_its_own_label():
    rng = np.random.default_rng(0)
    columns = np.zeros((60, 1), dtype=np.float32)
    artist, labels = rng.integers(0, 5, 60), rng.integers(0, 2, 60)
    flipped = labels.copy()
    flipped[7] = 1 - flipped[7]
    rows = np.arange(60)
    before, after = (
        with_artist(columns, Judged(track_table(60), given, rows, artist), rows, rows[:1], seed=0)[
            0
        ]
        for given in (labels, flipped)
    )
    np.testing.assert_array_equal(before[7], after[7])
    assert (before != after).any()


def test_the_published_net_learns_a_line_and_is_seeded():
    rng = np.random.default_rng(0)
    columns = rng.uniform(0, 1, (600, 4)).astype(np.float32)
    labels = (columns[:, 0] > columns[:, 1]).astype(np.int64)
    first, again = (published_taste_net(columns, labels, columns, seed=3) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert ((first > 0.5) == labels).mean() > 0.85


def test_columns_of_sound_are_twelve_and_have_no_gaps():
    data = judged_tracks(coin(5), [""] * 5)
    assert known_columns(data.tracks).shape == (5, 12)
    assert np.isfinite(known_columns(track_table(3))).all()


def test_baselines_are_given_popularity_and_release_where_a_file_knows_them():
    known = track_table(
        3,
        popularity=np.array([10, np.nan, 30], np.float32),
        released=np.array([1999, 2001, 2020], np.float32),
    )
    columns = known_columns(known)
    assert columns.shape == (3, 14)
    np.testing.assert_array_equal(columns[:, 12], [10, 20, 30])
    np.testing.assert_array_equal(columns[:, 13], [1999, 2001, 2020])


def test_the_sentence_is_about_the_folds_and_not_about_one_split(by_artist):
    assert ", 4-fold, Segue " in by_artist.sentence()


def test_the_row_number_of_a_file_sorted_by_label_is_not_read(tmp_path):
    lines = [",energy,target,song_title,artist"]
    lines += [f"{row},0.5,{int(row < 2)},Song {row},Ana" for row in range(4)]
    path = tmp_path / "likes.csv"
    path.write_text("\n".join(lines))
    data = read_likes(path)
    assert data.likes.tolist() == [0, 1]
    assert known_columns(data.tracks).std(axis=0).tolist() == [0.0] * 12
