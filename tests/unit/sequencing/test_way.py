"""A way from one song to another leads there in small steps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from segue.errors import UsageError
from segue.sequencing.sequence import way_between


def free(rows):
    """Every transition is as good as any other."""
    return np.zeros((len(rows), len(rows)))


def scattered(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1, 1, (count, 3))


def test_songs_planted_on_the_line_are_the_way() -> None:
    line = np.linspace(0, 1, 9)[:, None] * np.array([[3.0, 1.0, -2.0]])
    places = np.concatenate([line, line[::-1] + np.array([0.0, 5.0, 5.0])])
    assert way_between(places, (0, 8), 9, free).tolist() == list(range(9))
    assert way_between(places, (8, 0), 5, free).tolist() == [8, 6, 4, 2, 0]


def test_steps_are_smaller_than_those_of_songs_by_chance() -> None:
    places = scattered(400)
    way = places[way_between(places, (3, 200), 14, free)]
    length = np.linalg.norm(np.diff(way, axis=0), axis=1).sum()
    rng = np.random.default_rng(1)
    by_chance = [
        np.linalg.norm(np.diff(places[[3, *rng.permutation(200)[:12], 200]], axis=0), axis=1).sum()
        for _ in range(100)
    ]
    assert length < 0.5 * min(by_chance)


def test_a_transition_that_clashes_is_gone_round() -> None:
    places = np.array([[0.0], [0.5], [0.52], [1.0]])

    def steps(rows):
        return np.where((rows[:, None] == 1) | (rows == 1), 2.0, 0.0)

    assert way_between(places, (0, 3), 3, free).tolist() == [0, 1, 3]
    assert way_between(places, (0, 3), 3, steps).tolist() == [0, 2, 3]


@given(count=st.integers(2, 60), length=st.integers(2, 24), seed=st.integers(0, 9))
@example(count=60, length=50, seed=0)
def test_every_way_has_its_ends_its_length_and_no_song_twice(count, length, seed) -> None:
    places = scattered(count, seed)
    if length > count:
        with pytest.raises(UsageError, match="needs as many"):
            way_between(places, (0, count - 1), length, free)
        return
    way = way_between(places, (0, count - 1), length, free).tolist()
    assert (way[0], way[-1], len(set(way))) == (0, count - 1, length)
    assert way == way_between(places, (0, count - 1), length, free).tolist()


def test_songs_that_all_stand_in_one_place_still_make_a_way() -> None:
    way = way_between(np.zeros((50, 4)), (4, 9), 10, free)
    assert len(set(way.tolist())) == 10


def test_a_way_has_two_ends() -> None:
    with pytest.raises(UsageError, match="two different songs"):
        way_between(scattered(9), (2, 2), 3, free)
