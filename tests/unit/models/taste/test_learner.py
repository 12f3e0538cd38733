"""The learner on planted taste, on none, on gaps, and what counts as a judgement."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from segue import metrics
from segue.errors import NotEnoughDataError
from segue.models.data import Session, TrainingData, Vocabulary, track_table
from segue.models.scorer import Query
from segue.models.taste.context import learn_context
from segue.models.taste.learner import TasteLearner, judged
from segue.models.taste.model import TasteModel, fit_model, recordings_of

LEARNER = TasteLearner(trees=40, few=0)


def names(n_artists, each, prefix="artist"):
    return [f"{prefix} {number}" for number in range(n_artists) for _ in range(each)]


def coin(n, seed=0):
    return np.random.default_rng(seed).random(n) < 0.5


def on_new_artists(tracks, liked, n_train, context=None):
    """Labels and P(like) of the tracks from `n_train` on, learned from those before."""
    rows = np.arange(len(tracks))
    model = fit_model(
        tracks.take(rows[:n_train]),
        liked[:n_train].astype(int),
        context=context,
        seed=0,
        trees=40,
        few=0,
    )
    return liked[n_train:].astype(int), model.predict(tracks.take(rows[n_train:]))


def test_likes_that_follow_a_feature_are_found_on_new_artists(tracks_of):
    tracks = tracks_of(names(150, 2))
    labels, said = on_new_artists(tracks, tracks.abstract[:, 7] > 0.5, 200)
    assert metrics.auc(labels, said) > 0.95


def test_likes_that_follow_the_artist_are_found_on_known_artists(tracks_of, listener):
    tracks = tracks_of(names(60, 5))
    liked = coin(60)[np.arange(300) // 5]
    assert LEARNER.assess(listener(tracks, liked), seed=0).value > 0.95


def test_likes_that_follow_a_word_of_the_name_are_found_on_new_artists(tracks_of):
    tracks = tracks_of([("dj " if n % 2 else "") + f"{n * 7919:x}" for n in range(300)])
    labels, said = on_new_artists(tracks, np.arange(300) % 2 == 1, 200)
    assert metrics.auc(labels, said) > 0.9


def test_likes_that_follow_others_playlists_are_found_on_new_artists(tracks_of):
    tracks = tracks_of([f"{n * 7919:x}" for n in range(300)])
    scene = coin(300)
    rng = np.random.default_rng(1)
    lists = tuple(
        rng.permutation(np.flatnonzero(scene == (number % 2)))[:40].astype(np.int32)
        for number in range(30)
    )
    others = TrainingData(Vocabulary(map(str, range(300))), tracks, playlists=lists)
    context = learn_context(others, seed=0)
    labels, said = on_new_artists(tracks, scene, 200, context)
    assert metrics.auc(labels, said) > 0.95
    labels, said = on_new_artists(tracks, scene, 200)
    assert metrics.auc(labels, said) < 0.7


@pytest.fixture(scope="module")
def by_chance(tracks_of, listener):
    return listener(tracks_of(names(150, 3)), coin(450))


def test_likes_by_chance_are_not_found(by_chance):
    held_out = LEARNER.assess(by_chance, seed=0)
    assert abs(held_out.value - 0.5) < 0.12
    assert not held_out.beats_baseline


def test_likes_by_chance_get_probabilities_that_say_so(by_chance):
    rows, labels = judged(by_chance)
    inside, outside = rows[:300], rows[300:]
    model = fit_model(
        by_chance.tracks.take(inside), labels[:300], context=None, seed=0, trees=40, few=0
    )
    said = model.predict(by_chance.tracks.take(outside))
    assert metrics.expected_calibration_error(labels[300:], said) < 0.12
    assert np.abs(said - 0.5).mean() < 0.15


def test_copies_of_a_recording_never_help_each_other_while_it_is_checked(tracks_of, listener):
    # Every recording stands twice with one label drawn by chance: parted, they would tell it all.
    tracks = tracks_of([f"artist {row // 2}" for row in range(400)],
                       [f"song {row // 2}" for row in range(400)])  # fmt: skip
    held_out = LEARNER.assess(listener(tracks, np.repeat(coin(200), 2)), seed=0)
    assert held_out.value < 0.62


def test_recordings_are_reported_by_title_and_artist_and_unnamed_rows_stand_alone(tracks_of):
    tracks = tracks_of(
        ["Ana", "The Ana", "Bo", "", ""],
        ["One", "One - Remastered 2009", "One", "One", "One"],
    )
    numbers = recordings_of(tracks)
    assert numbers[0] == numbers[1]
    assert len(set(numbers[1:])) == 4


def test_the_same_seed_learns_the_same(tracks_of):
    tracks = tracks_of(names(30, 4))
    liked = (tracks.abstract[:, 0] > 0.5).astype(int)
    first, again, other = (
        fit_model(tracks, liked, context=None, seed=seed, trees=10, few=0).predict(tracks)
        for seed in (4, 4, 5)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_restored_it_says_the_same_of_tracks_it_has_not_seen(tracks_of):
    tracks, asked = tracks_of(names(30, 4)), tracks_of(names(40, 2), seed=9)
    model = fit_model(
        tracks, (tracks.abstract[:, 0] > 0.5).astype(int), context=None, seed=0, trees=10
    )
    again = TasteModel.restored(model.tensors())
    np.testing.assert_array_equal(again.predict(asked), model.predict(asked))


def test_gaps_and_unknown_artists_still_get_probabilities(tracks_of):
    tracks = tracks_of(names(30, 4))
    model = fit_model(
        tracks, (tracks.abstract[:, 0] > 0.5).astype(int), context=None, seed=0, trees=10
    )
    tracks.abstract[::3] = np.nan
    for asked in (tracks, track_table(5), tracks_of(["Nobody", ""]), tracks_of([])):
        said = model.predict(asked)
        assert said.shape == (len(asked),)
        assert ((said > 0) & (said < 1)).all()


def test_an_artist_known_as_a_guest_only_counts_as_new(tracks_of):
    tracks = tracks_of(names(30, 4), [f"song {n} (feat. Guest)" for n in range(120)])
    model = fit_model(tracks, coin(120).astype(int), context=None, seed=0, trees=10, few=0)
    row = model.encoder.names.index("guest")
    assert row is not None
    assert model.counts[row] == 0
    assert model.shares[row] == pytest.approx(coin(120).mean())


def session(tracks, skipped):
    return Session(
        np.array(tracks, dtype=np.int32),
        np.array(skipped, dtype=np.int8),
        np.arange(len(tracks), dtype=np.float64),
    )


def listened(*sessions, likes=(), dislikes=(), passed=()):
    """Twenty likes and dislikes of tracks 10 to 49, more of either, and sessions."""
    return TrainingData(
        vocabulary=Vocabulary(f"t{row}" for row in range(50)),
        tracks=track_table(50),
        likes=np.array([*range(10, 30), *likes], dtype=np.int32),
        dislikes=np.array([*range(30, 50), *dislikes], dtype=np.int32),
        sessions=sessions,
        passed=np.array(passed, dtype=np.int32),
    )


@pytest.mark.parametrize(
    ("skipped", "disliked"),
    [
        ([1, 1], True),
        ([1, 1, 0], True),
        ([1], False),
        ([1, 1, 0, 0], False),
        ([1, 0, -1, -1], False),
        ([1, 1, -1, -1, -1], True),
    ],
)
def test_disliked_is_what_was_skipped_twice_and_mostly(skipped, disliked):
    rows, labels = judged(listened(session([3] * len(skipped), skipped)))
    assert (3 in rows) == disliked
    assert not disliked or labels[list(rows).index(3)] == 0


@pytest.mark.parametrize(
    ("skipped", "times", "disliked"),
    [
        ([], 4, True),
        ([], 3, False),
        ([1], 2, True),
        ([-1, -1], 4, False),  # each play counts whole against half a skip
        ([-1], 4, True),
        ([0, 0], 4, False),
        ([1, 1, -1, -1, -1], 0, True),
    ],
)
def test_passed_over_is_half_a_skip(skipped, times, disliked):
    heard = [session([3] * len(skipped), skipped)] if skipped else []
    rows, _ = judged(listened(*heard, passed=[3] * times))
    assert (3 in rows) == disliked


def test_skips_are_counted_over_sessions():
    rows, _ = judged(listened(session([3, 4], [1, 1]), session([3], [1])))
    assert 3 in rows
    assert 4 not in rows


def test_a_liked_track_is_never_disliked():
    rows, labels = judged(listened(session([3, 3], [1, 1]), likes=[3, 4], dislikes=[4]))
    found = dict(zip(rows.tolist(), labels.tolist(), strict=True))
    assert (found[3], found[4]) == (1, 1)
    assert rows.size == 42


@pytest.mark.parametrize("lost", ["likes", "dislikes"])
def test_nineteen_of_a_kind_are_too_few(lost):
    data = listened()
    judged(data)
    with pytest.raises(NotEnoughDataError, match="19"):
        judged(replace(data, **{lost: getattr(data, lost)[1:]}))


def test_the_answer_does_not_depend_on_the_query(tracks_of, listener):
    tracks = tracks_of(names(30, 4))
    scorer = LEARNER.fit(listener(tracks, tracks.abstract[:, 0] > 0.5), seed=0)
    alone = scorer.score(Query())
    np.testing.assert_array_equal(alone, scorer.score(Query(seeds=np.array([3], dtype=np.int32))))
    np.testing.assert_allclose(alone, scorer.model.predict(tracks), atol=1e-6)
