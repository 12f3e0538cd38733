"""Choosing and ordering together."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from segue.errors import UsageError
from segue.sequencing.choose import SCORE, Size, choose_and_order
from segue.sequencing.options import arc_of
from segue.sequencing.problem import LAST, Settings, problem_of
from segue.sequencing.songs import Target


def _scores(count, seed=0):
    return np.random.default_rng(seed).random(count)


def test_the_length_and_the_duration_are_both_met(random_songs):
    pool = random_songs(80, 1)
    found = choose_and_order(pool, _scores(80), Size(12, Target(45 * 60_000)), effort=0.2)
    assert len(set(found.order.tolist())) == 12
    assert abs(found.duration_ms - 45 * 60_000) <= 30_000
    assert found.duration_ms == pool.duration_ms[found.order].sum()
    assert found.notes == ()


def test_a_duration_alone_decides_how_many(random_songs):
    pool = random_songs(60, 2)
    found = choose_and_order(pool, _scores(60), Size(None, Target(30 * 60_000)), effort=0.2)
    assert abs(found.duration_ms - 30 * 60_000) <= 30_000


def test_a_duration_out_of_reach_is_said(random_songs):
    pool = random_songs(20, 2)
    found = choose_and_order(pool, _scores(20), Size(3, Target(60 * 60_000)), effort=0.1)
    assert "off the duration" in found.notes[0]


def test_the_only_set_that_plays_long_enough_is_found(random_songs):
    pool = random_songs(24, 3)
    durations = np.full(24, 200_000)
    durations[[4, 11, 19]] = (300_000, 310_000, 320_000)
    pool = type(pool)(**{name: getattr(pool, name) for name in pool.__slots__ if name != "duration_ms"}, duration_ms=durations)  # noqa: E501 # fmt: skip
    scores = _scores(24)
    scores[[4, 11, 19]] = 0.0
    found = choose_and_order(pool, scores, Size(3, Target(930_000, 5_000)))
    assert set(found.order.tolist()) == {4, 11, 19}


def test_it_finds_the_best_of_all_lists_of_a_small_pool(random_songs):
    pool, scores = random_songs(8, 5), _scores(8)
    settings = Settings()
    whole = problem_of(pool, settings)
    lists = np.array(list(itertools.permutations(range(8), 4)))
    costs = whole.transitions[lists[:, :-1], lists[:, 1:]].sum(axis=1)
    costs -= SCORE * scores[lists].sum(axis=1)
    found = choose_and_order(pool, scores, Size(4), settings)
    assert found.cost == pytest.approx(costs.min())


def test_pinned_tracks_are_chosen_and_stand_where_they_are_pinned(random_songs):
    pool, scores = random_songs(40, 6), _scores(40)
    worst = np.argsort(scores)[:3].tolist()
    settings = Settings(pins={worst[0]: 0, worst[1]: LAST, worst[2]: 4}, arc=arc_of("ramp"))
    found = choose_and_order(pool, scores, Size(9), settings, effort=0.2)
    assert found.order[[0, -1, 4]].tolist() == worst


def test_a_better_score_is_worth_choosing_when_all_else_is_equal(random_songs):
    pool = random_songs(10, 7).take([0] * 10)
    found = choose_and_order(pool, np.arange(10) / 10, Size(3), effort=0.1)
    assert set(found.order.tolist()) == {7, 8, 9}


def test_the_same_seed_gives_the_same_list_and_changes_nothing(random_songs):
    pool, scores = random_songs(50, 8), _scores(50)
    kept = scores.copy()
    first, second = (choose_and_order(pool, scores, Size(8), seed=3, effort=0.1) for _ in "ab")
    assert first.order.tolist() == second.order.tolist()
    assert (scores == kept).all()


def test_a_pool_that_is_too_small_gives_all_it_has_and_says_so(random_songs):
    found = choose_and_order(random_songs(4, 0), _scores(4), Size(9))
    assert sorted(found.order.tolist()) == [0, 1, 2, 3]
    assert "only 4 of 9" in found.notes[0]


def test_an_empty_pool_gives_an_empty_list(random_songs):
    assert len(choose_and_order(random_songs(0, 0), [], Size(None, Target(1000))).order) == 0


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ((Size(),), "a length or a duration"),
        ((Size(-1),), "0 or more"),
        ((Size(1), Settings(pins={0: 0, 1: LAST})), "pinned"),
        ((Size(2), Settings(pins={9: 0})), "outside the pool"),
    ],
)
def test_what_cannot_be_chosen_is_a_clear_error(random_songs, given, message):
    with pytest.raises(UsageError, match=message):
        choose_and_order(random_songs(5, 0), _scores(5), *given)
