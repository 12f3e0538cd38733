import numpy as np
import pytest

from segue.models.lists.episodes import (
    Episode,
    best_first,
    compare,
    draw_candidates,
    hide_ends,
    some_of,
    without_repeats,
)


def rows(*tracks):
    return np.array(tracks, dtype=np.int32)


def test_a_repeated_track_stays_where_it_first_stands():
    np.testing.assert_array_equal(without_repeats(rows(3, 1, 3, 2, 1)), [3, 1, 2])


def test_the_last_share_of_a_long_list_is_hidden_and_short_lists_stay_whole():
    practice = hide_ends([rows(0, 1, 2, 3, 4, 5), rows(6, 7)], 0.34, shortest=6)
    np.testing.assert_array_equal(practice.known[0], [0, 1, 2, 3])
    np.testing.assert_array_equal(practice.known[1], [6, 7])
    (episode,) = practice.episodes
    np.testing.assert_array_equal(episode.query, [0, 1, 2, 3])
    np.testing.assert_array_equal(episode.hidden, [4, 5])


def drawn(n, episode):
    plausible = np.arange(n, dtype=np.float32)
    return draw_candidates(
        plausible, np.arange(n, dtype=np.int32), episode, np.random.default_rng(0)
    )


def test_a_sample_holds_all_hidden_and_weighs_what_others_stand_for():
    n = 2000
    episode = Episode(rows(0, 1), rows(2, 3, 4))
    sample = drawn(n, episode)
    assert sample.relevant.sum() == 3
    # 2000 - 2 - 3 others, 300 of them hard, 600 drawn for the 1695 left
    assert sample.relevant.size == 3 + 300 + 600
    assert np.exp(sample.log_weight).sum() == pytest.approx(3 + 300 + 1695, rel=1e-4)


def test_the_query_itself_is_never_a_candidate():
    episode = Episode(rows(5, 6), rows(7))
    assert not np.isin(drawn(20, episode).places, [5, 6]).any()


def test_ranking_leaves_out_the_query_and_breaks_ties_by_the_given_order():
    scores = np.array([9, 1, 1, 5], dtype=np.float32)
    tie = np.array([0.0, 0.9, 0.1, 0.5])
    np.testing.assert_array_equal(
        best_first(scores, rows(0), np.ones(scores.size, dtype=bool), tie, 3), [3, 2, 1]
    )


@pytest.mark.parametrize("depth", [1, 10, 500])
@pytest.mark.parametrize("kinds", [3, 200, 10**6])
def test_the_best_of_many_are_those_of_the_whole_order(depth: int, kinds: int):
    rng = np.random.default_rng(depth)
    scores, tie = rng.integers(0, kinds, 5000).astype(np.float32), rng.random(5000)
    scores[rng.random(5000) < 0.1] = -np.inf
    candidates = rng.random(5000) < 0.9
    order = np.lexsort((tie, -scores))
    order = order[candidates[order] & (order != 7)]
    np.testing.assert_array_equal(
        best_first(scores, rows(7), candidates, tie, depth), order[:depth]
    )


def test_the_gain_is_paired_and_its_interval_holds_it():
    episodes = [Episode(rows(0), rows(1)), Episode(rows(0), rows(2))]
    right = [np.array([0, 9, 1, 1.0]), np.array([0, 1, 9, 1.0])]
    wrong = [np.array([0, 1, 1, 9.0]), np.array([0, 1, 1, 9.0])]
    outcome = compare(right, wrong, episodes, baseline="x", rng=np.random.default_rng(0))
    assert (outcome.value, outcome.baseline_value, outcome.gain) == (1.0, 0.0, 1.0)
    assert outcome.gain_ci == (1.0, 1.0)
    assert outcome.n == 2


def test_lists_that_do_not_ask_stay_known_whole():
    lists = [rows(*range(6)), rows(*range(6, 12)), rows(*range(12, 18))]
    practice = hide_ends(lists, 0.5, 6, np.array([False, True, False]))
    assert [each.tolist() for each in practice.known] == [[*range(6)], [6, 7, 8], [*range(12, 18)]]
    assert [each.hidden.tolist() for each in practice.episodes] == [[9, 10, 11]]


def test_no_more_than_so_many_are_drawn_and_only_of_those_that_are_able():
    able = np.arange(40) % 2 == 0
    drawn = some_of(able, 5, np.random.default_rng(0))
    assert drawn.sum() == 5
    assert not (drawn & ~able).any()
    np.testing.assert_array_equal(some_of(able, 20, np.random.default_rng(0)), able)
