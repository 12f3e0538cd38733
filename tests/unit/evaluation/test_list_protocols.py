from __future__ import annotations

import numpy as np
import pytest

from segue.errors import NotEnoughDataError
from segue.evaluation.association import evaluate_association, split_of
from segue.evaluation.baselines.association import baselines
from segue.evaluation.baselines.continuation import (
    bm25,
    ease,
    one_liners,
    seen_or_not,
    tuned_blend,
)
from segue.evaluation.continuation import (
    evaluate_continuation,
    knowing_only,
    tasks_and_training,
)
from segue.evaluation.embedding import evaluate_embedding
from segue.models.data import TrainingData, Vocabulary, track_table
from segue.models.lists.association import AssociationLearner
from segue.models.lists.catalogue import catalogue_of
from segue.models.lists.continuation import ContinuationLearner
from segue.models.lists.episodes import best_first
from segue.models.lists.model import lists_of
from segue.models.lists.ranker import RankerSettings
from segue.progress import Fitting

QUICK = RankerSettings(hidden=4, epochs=2)


def rows(*tracks):
    return np.array(tracks, dtype=np.int32)


def library(n=400, n_lists=24, length=36, seed=0):
    rng = np.random.default_rng(seed)
    style = np.arange(n) % 4
    abstract = rng.uniform(0.2, 0.8, (4, 8))[style] + rng.normal(0, 0.05, (n, 8))
    lists = tuple(
        rng.permutation(np.flatnonzero(style == place % 4))[:length].astype(np.int32)
        for place in range(n_lists)
    )
    return TrainingData(
        vocabulary=Vocabulary(f"t{row}" for row in range(n)),
        tracks=track_table(
            n,
            abstract=abstract.astype(np.float32),
            artists=[f"a{style[row]}-{row % 7}" for row in range(n)],
        ),
        playlists=lists,
    )


def long_and_short():
    return TrainingData(
        vocabulary=Vocabulary(map(str, range(50))),
        tracks=track_table(50),
        playlists=(np.arange(40, dtype=np.int32), rows(7, 7, 45)),
    )


def test_twenty_are_seen_ten_hidden_and_the_future_left_out():
    (task,), known = tasks_and_training(long_and_short())
    np.testing.assert_array_equal(task.seen, np.arange(20))
    np.testing.assert_array_equal(task.hidden, np.arange(20, 30))
    assert [rows_.tolist() for rows_ in known.playlists] == [[7, 45], list(range(20))]


def test_all_training_knows_what_follows_and_never_what_is_hidden():
    _, known = tasks_and_training(long_and_short(), "all")
    assert known.playlists[-1].tolist() == list(range(30, 40))
    assert not np.isin(np.concatenate(known.playlists), np.arange(20, 30)).any()


def test_short_lists_alone_are_refused():
    data = TrainingData(vocabulary=Vocabulary("ab"), tracks=track_table(2), playlists=(rows(0, 1),))
    with pytest.raises(NotEnoughDataError, match="30"):
        tasks_and_training(data)


def test_knowing_artists_only_forgets_features_and_ids_only_artists_too():
    tracks = library().tracks
    artists = knowing_only(tracks, "artists")
    assert np.isnan(artists.abstract).all()
    np.testing.assert_array_equal(
        [artists.artist_names[row] for row in artists.artist],
        [tracks.artist_names[row] for row in tracks.artist],
    )
    assert (knowing_only(tracks, "ids").artist == -1).all()


def test_ties_fall_by_the_given_order_and_the_query_is_left_out():
    best = best_first(
        np.array([5.0, 1, 1, 1]), rows(0), np.array([1, 1, 1, 0], bool), np.array([0, 0.9, 0.1, 0]),
        2,
    )  # fmt: skip
    np.testing.assert_array_equal(best, [2, 1])


def three_lists():
    catalogue = catalogue_of(track_table(5, artists=["a", "a", "b", "b", "c"]))
    return lists_of(catalogue, [rows(0, 2), rows(0, 1), rows(2)])


def test_artist_match_counts_the_artist_and_breaks_ties_by_lists():
    scores = one_liners(three_lists(), np.random.default_rng(0))["artist match plus popularity"](
        rows(1)
    )
    # lists of each track: 2 1 2 0 0; over 1 + 2
    np.testing.assert_allclose(scores, [1 + 2 / 3, 1 + 1 / 3, 2 / 3, 0, 0], rtol=1e-6)


def test_recent_albums_weigh_more():
    catalogue = catalogue_of(track_table(4, albums=["x", "y", "x", "y"]))
    lists = lists_of(catalogue, [rows(0, 1)])
    scores = one_liners(lists, np.random.default_rng(0))["album match, recency-weighted"](
        rows(0, 1)
    )
    np.testing.assert_allclose(scores[2:], [0.9, 1.0], rtol=1e-5)


def test_the_row_that_may_not_be_used_knows_who_was_seen():
    scores = seen_or_not(three_lists())["unseen tracks first (not allowed)"](rows(1))
    np.testing.assert_array_equal(scores, [0, 0, 0, 1, 1])


def test_an_artists_cosine_counts_more_for_a_track_of_more_lists():
    of_lists = one_liners(three_lists(), np.random.default_rng(0))
    cosine = of_lists["artist co-occurrence, cosine"](rows(2))
    scores = of_lists["artist co-occurrence, cosine, times log list count"](rows(2))
    # artist a stands in two lists, b in two, together in one; lists of each track: 2 1 2 0 0
    np.testing.assert_allclose(cosine, [0.5, 0.5, 1, 1, 0])
    np.testing.assert_allclose(scores, cosine * np.log([3, 2, 3, 1, 1]), rtol=1e-6)


def test_a_seeds_one_liners_by_hand():
    lists = three_lists()
    data = TrainingData(
        vocabulary=Vocabulary("abcde"),
        tracks=track_table(5, artists=["a", "a", "b", "b", "c"]),
        playlists=lists.lists,
    )
    methods = baselines(data)
    np.testing.assert_allclose(
        methods["same artist, then popularity in lists"](0), [1 + 2 / 3, 1 + 1 / 3, 2 / 3, 0, 0]
    )
    # two tracks of artist a share a list, which is counted once for the artist and never twice
    together = np.array([2, 1, 1, 0, 0]) + np.array([2, 1, 2, 0, 0]) / 3 / 1000
    np.testing.assert_allclose(methods["co-occurrence"](0), together)
    np.testing.assert_allclose(
        methods["artist co-occurrence, cosine, times log list count"](2),
        np.array([0.5, 0.5, 1, 1, 0]) * np.log([3, 2, 3, 1, 1]),
    )


def test_a_tuned_blend_follows_the_scorer_that_finds_held_out_ends():
    """Lists go on with the album they began, by artists of whom each is met once."""
    n, size = 240, 12
    tracks = track_table(
        n,
        artists=[f"artist {row}" for row in range(n)],
        albums=[f"album {row // size}" for row in range(n)],
    )
    in_order = [np.arange(at, at + 9, dtype=np.int32) for at in range(0, n, size)]
    lists = lists_of(catalogue_of(tracks), in_order)
    blend = tuned_blend(lists, in_order, seed=0)
    for query in in_order[:5]:
        best = np.setdiff1d(np.argsort(-blend(query))[:size], query)
        assert set(best.tolist()) == set(range(int(query[-1]) + 1, int(query[0]) + size))


def test_bm25_by_hand():
    # list lengths 2, 2, 1, mean 5/3; track 0 in 2 of 3 lists
    weighted = bm25(three_lists().tracks.astype(float)).toarray()
    damp = 2.2 / (1 + 1.2 * (0.25 + 0.75 * 2 / (5 / 3)))
    assert weighted[0, 0] == pytest.approx(damp * np.log(1 + 3 / 2))


def test_ease_equals_its_definition():
    x = np.random.default_rng(0).integers(0, 2, (6, 9)).astype(float)
    from scipy import sparse

    precision = np.linalg.inv(x.T @ x + 3 * np.eye(9))
    weights = np.eye(9) - precision / np.diag(precision)
    query = rows(1, 4)
    expected = weights[[1, 4]].sum(axis=0)
    np.testing.assert_allclose(ease(sparse.csr_array(x), 3.0)(query), expected, atol=1e-10)


def test_continuation_reports_all_settings_with_ours_above_chance():
    table = evaluate_continuation(
        library(), "planted", Fitting(), learner=ContinuationLearner(ranker=QUICK)
    )
    found = {(row.split, row.method): row for row in table.rows}
    assert {split for split, _ in found} == {"open", "warm", "cold"}
    ours, chance = found["open", "segue"].metrics, found["open", "random"].metrics
    assert ours["r_precision"] > 2 * chance["r_precision"]
    assert found["open", "segue"].metrics["distinct"] > 0.5


def test_a_split_shares_no_list_and_asks_only_held_out_tracks():
    data = library()
    split = split_of(data, 0, 50)
    assert len(split.training.playlists) == 19
    assert split.seeds.size == 50
    held = {id(rows_) for rows_ in data.playlists}
    assert held
    for seed in split.seeds.tolist():
        assert seed in split.companions[seed]


def test_association_reports_ours_beside_a_lens_that_answers_all_alike():
    table = evaluate_association(
        library(),
        "planted",
        Fitting(),
        split_seeds=(0,),
        seeds=40,
        learner=AssociationLearner(ranker=QUICK),
    )
    found = {(row.split, row.method): row.metrics for row in table.rows}
    ours, lens = found["all", "segue"], found["all", "LENS feed-forward as published"]
    assert ours["distinct"] > 0.2 > lens["distinct"]
    assert ours["hit10"] > lens["hit10"]


def test_embedding_reports_ours_below_pca_on_bent_vectors():
    t = np.random.default_rng(0).uniform(-1, 1, (400, 1))
    vectors = np.concatenate([t, t**2, t**3, t**4], axis=1).astype(np.float32)
    table = evaluate_embedding(None, "planted", Fitting(), lyric_vectors=vectors, lyric_sizes=(1,))
    found = {row.method: row.metrics for row in table.rows}
    assert found["segue"]["mse"] < found["PCA"]["mse"]
    assert found["segue"]["dead"] == 0
    assert found["segue"]["overlap10"] >= found["PCA"]["overlap10"]
    assert len(found) == 8


def test_embedding_is_measured_from_a_track_of_a_list_to_its_others_beside_plain_nearness():
    table = evaluate_embedding(library(), "planted", Fitting(), tabular_sizes=())
    found = {row.method: row for row in table.rows if row.split == "lists"}
    assert list(found) == ["nearest in 13 features", "nearest in seven features", "segue"]
    best = max(row.metrics["r_precision"] for name, row in found.items() if name != "segue")
    ours = found["segue"].metrics
    assert ours["gain"] == pytest.approx(ours["r_precision"] - best)
