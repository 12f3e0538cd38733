"""Companions: what was played from a playlist is known and held out together with it."""

from __future__ import annotations

import numpy as np
import pytest

from segue.models.data import Session, TrainingData, Vocabulary, track_table
from segue.models.lists.association import (
    BLOCK,
    Companions,
    companions,
    folds_of,
    take_lists_away,
)


def rows(*tracks):
    return np.array(tracks, dtype=np.int32)


def known():
    """Two playlists, a session from each, one from both and one from neither."""
    lists = (
        rows(0, 1, 2, 3, 4, 5),
        rows(6, 7, 8, 9, 10, 11),
        rows(3, 1, 20),
        rows(9, 8, 7, 21),
        rows(0, 1, 6, 7),
        rows(20, 21, 0),
    )
    return Companions(lists, 2)


def many(n=12):
    lists = [np.arange(6, dtype=np.int32) + 6 * place for place in range(n)]
    sessions = [rows_[:4] for rows_ in lists]
    return Companions((*lists, *sessions), n)


def test_a_session_belongs_to_the_playlist_that_holds_most_of_it():
    assert known().source().tolist() == [0, 1, 0, 1, 0, 5]


def test_every_session_from_a_playlist_is_unknown_with_it():
    away = np.array([True, False, True, False, False, False])
    left = known().without(away)
    assert left.playlists == 1
    assert [rows_.tolist() for rows_ in left.lists] == [
        [6, 7, 8, 9, 10, 11], [9, 8, 7, 21], [20, 21, 0],
    ]  # fmt: skip


def test_without_playlists_every_session_stands_for_itself():
    alone = Companions((rows(0, 1, 2), rows(0, 1, 2)), 0)
    assert alone.source().tolist() == [0, 1]
    assert len(alone.without(np.array([True, False]))) == 1


def test_a_playlist_and_its_sessions_are_in_one_fold():
    fold = folds_of(many(), 4, np.random.default_rng(0))
    np.testing.assert_array_equal(fold[:12], fold[12:])
    assert set(fold.tolist()) == {0, 1, 2, 3}


def test_lists_taken_away_are_not_known_while_their_tracks_are_asked_for():
    rounds = take_lists_away(many(), 4, 2, 100, np.random.default_rng(0))
    assert len(rounds) == 4
    for practice in rounds:
        everything = np.concatenate(practice.known)
        for episode in practice.episodes:
            asked = np.concatenate([episode.query, episode.hidden])
            assert not np.isin(asked, everything).any()
            assert episode.query.size == 1
            assert episode.hidden.size in (3, 5)


@pytest.mark.parametrize(("wanted", "given"), [(0, 0), (6, 6), (100, 24)])
def test_sessions_ask_as_often_as_they_may_and_playlists_always(wanted, given):
    rounds = take_lists_away(many(), 4, 2, wanted, np.random.default_rng(0))
    sizes = [episode.hidden.size for practice in rounds for episode in practice.episodes]
    assert (sizes.count(5), sizes.count(3)) == (24, given)


def test_skipped_plays_and_short_lists_are_no_companions():
    session = Session(rows(5, 6, 7, 8), np.array([0, 1, -1, 0], np.int8), np.arange(4.0))
    data = TrainingData(
        vocabulary=Vocabulary(map(str, range(10))),
        tracks=track_table(10),
        playlists=(rows(0, 1, 1), rows(2, 3, 2, 4)),
        sessions=(session,),
    )
    found = companions(data)
    assert [each.tolist() for each in found.lists] == [[2, 3, 4], [5, 7, 8]]
    assert found.playlists == 1


def test_sessions_compared_in_blocks_are_drawn_from_what_comparing_all_finds():
    rng = np.random.default_rng(2)
    playlists = [np.unique(rng.integers(0, 40, 12)).astype(np.int32) for _ in range(9)]
    sessions = [np.unique(rng.integers(0, 40, 4)).astype(np.int32) for _ in range(2 * BLOCK + 3)]
    found = Companions((*playlists, *sessions), len(playlists)).source()
    for place, session in enumerate(sessions, len(playlists)):
        shares = [np.isin(session, each).mean() for each in playlists]
        expected = int(np.argmax(shares)) if max(shares) >= 0.5 else place
        assert found[place] == expected


def test_of_many_playlists_some_ask_and_all_of_the_others_are_known():
    rounds = take_lists_away(many(40), 4, 2, 0, np.random.default_rng(0), practice_lists=10)
    asked = [episode for practice in rounds for episode in practice.episodes]
    assert len(asked) == 20
    assert len({int(episode.hidden.min()) // 6 for episode in asked}) == 10
    assert all(len(practice.known) == 60 for practice in rounds)
