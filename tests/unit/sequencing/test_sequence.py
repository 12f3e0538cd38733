"""The one function: whatever comes in, a permutation that keeps every pin, or a clear error."""

from __future__ import annotations

import itertools
from dataclasses import fields

import numpy as np
import pytest

from segue.errors import UsageError
from segue.sequencing.options import METHODS, NAMED, Weights, arc_of
from segue.sequencing.problem import LAST, MOST_TRACKS, Settings, problem_of
from segue.sequencing.sequence import sequence


def _random_settings(rng, count):
    pins = {}
    for _ in range(rng.integers(0, 3)):
        pins[int(rng.integers(0, count + 1))] = int(rng.integers(-1, count + 1))
    forbidden = [tuple(rng.integers(0, count + 1, 2).tolist()) for _ in range(rng.integers(0, 3))]
    return Settings(
        method=METHODS[rng.integers(len(METHODS))],
        arc=arc_of(list(NAMED)[rng.integers(len(NAMED))]),
        pins=pins,
        forbidden=tuple(forbidden),
    )


@pytest.mark.parametrize("part", range(10))
def test_random_inputs_end_in_a_permutation_that_keeps_every_pin_or_a_clear_error(
    random_songs, keeps_pins, part
):
    errors = 0
    for seed in range(100 * part, 100 * part + 100):
        rng = np.random.default_rng(seed)
        count = int(rng.choice([0, 1, 2, 3, 5, 9, 14]))
        songs = random_songs(count, seed, unknown=float(rng.choice([0.0, 0.3, 1.0])))
        if seed % 7 == 0 and count:
            songs = songs.take([0] * count)  # all the same
        copies = {f.name: np.array(getattr(songs, f.name), copy=True) for f in fields(songs)[:-1]}
        settings = _random_settings(rng, count)
        try:
            found = sequence(songs, settings, seed=seed, effort=0.05)
        except UsageError:
            errors += 1
            continue
        again = sequence(songs, settings, seed=seed, effort=0.05)
        assert found.order.tolist() == again.order.tolist()
        assert sorted(found.order.tolist()) == list(range(count))
        assert keeps_pins(found.problem, found.order)
        for row, place in settings.pins.items():
            assert found.order[place if place != LAST else count - 1] == row
        for name, copy in copies.items():
            np.testing.assert_array_equal(getattr(songs, name), copy)
    assert errors < 90


def test_two_tracks_pinned_to_one_place_is_an_error_that_names_them(random_songs):
    with pytest.raises(UsageError, match="tracks 1 and 2 are both pinned to position 0"):
        sequence(random_songs(5, 0), Settings(pins={1: 0, 2: 0}))


def test_first_and_last_of_a_list_of_one_contradict_for_two_tracks(random_songs):
    with pytest.raises(UsageError, match="track 1"):
        sequence(random_songs(1, 0), Settings(pins={0: 0, 1: LAST}))


def test_pins_side_by_side_that_are_forbidden_are_an_error(random_songs):
    with pytest.raises(UsageError, match="pinned side by side"):
        sequence(random_songs(5, 0), Settings(pins={1: 0, 2: 1}, forbidden=((2, 1),)))


def test_forbidden_neighbours_are_kept_apart_where_they_can_be(random_songs):
    songs = random_songs(8, 3)
    free = sequence(songs).order.tolist()
    banned = ((free[0], free[1]), (free[4], free[3]))
    found = sequence(songs, Settings(forbidden=banned))
    assert found.problem.broken(found.order) == 0
    assert found.notes == ()


def test_forbidden_neighbours_that_cannot_be_kept_apart_are_said(random_songs):
    found = sequence(random_songs(2, 0), Settings(forbidden=((0, 1),)))
    assert "1 forbidden pair" in found.notes[0]


@pytest.mark.parametrize("arc", ["flat", "ramp", "wave"])
def test_the_search_is_never_worse_than_greedy_beam_or_what_was_given(random_songs, arc):
    songs = random_songs(25, 8, unknown=0.1)
    costs = {
        m: sequence(songs, Settings(method=m, arc=arc_of(arc)), effort=0.3).objective
        for m in METHODS
    }
    assert costs["search"] <= min(costs["greedy"], costs["none"])
    assert costs["search"] < costs["beam"]


def test_ordering_again_what_was_ordered_is_not_worse(random_songs):
    songs = random_songs(20, 5)
    first = sequence(songs, effort=0.1)
    assert sequence(songs.take(first.order), seed=9, effort=0.1).objective <= first.objective + 1e-9


def test_a_ramp_is_followed(random_songs):
    songs = random_songs(30, 6)
    found = sequence(songs, Settings(arc=arc_of("ramp")))
    energy = songs.energy[found.order]
    assert energy[-8:].mean() > energy[:8].mean() + 0.4


def test_the_greedy_keeps_the_seeds_cost_and_opens_with_its_pins(random_songs):
    found = sequence(random_songs(9, 2), Settings(method="greedy", pins={4: 0, 7: LAST}))
    assert found.order[0] == 4
    assert found.order[-1] == 7


def test_the_beam_follows_what_a_model_predicts(random_songs):
    songs = random_songs(12, 4)
    heavy = Settings(method="beam", weights=Weights(flow=200, spicyness=1.0))
    up = sequence(songs, heavy, next_features=lambda _: np.full(8, 3.0)).order
    down = sequence(songs, heavy, next_features=lambda _: np.full(8, -3.0)).order
    assert up.tolist() != down.tolist()


def test_too_many_tracks_are_refused_before_memory_is_taken(random_songs):
    with pytest.raises(UsageError, match="too many"):
        problem_of(random_songs(MOST_TRACKS + 1, 0), Settings())


def test_a_negative_effort_is_refused(random_songs):
    with pytest.raises(UsageError, match="effort"):
        sequence(random_songs(4, 0), effort=-1)


def test_a_negative_weight_is_refused():
    with pytest.raises(UsageError, match="smoothness"):
        Weights(smoothness=-0.5)


GROUPS = ((3, 17, 5), (8, 0))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("arc", ["flat", "ramp"])
@pytest.mark.parametrize("count", [18, 60])
def test_groups_follow_each_other_as_they_are_given(random_songs, method, arc, count):
    settings = Settings(method=method, arc=arc_of(arc), together=GROUPS, pins={20 % count: 0})
    found = sequence(random_songs(count, 4), settings, seed=1, effort=0.1)
    order = found.order.tolist()
    for group in GROUPS:
        at = order.index(group[0])
        assert tuple(order[at : at + len(group)]) == group
    assert sorted(order) == list(range(count))
    assert order[0] == 20 % count
    assert found.notes == ()


def test_an_exact_list_keeps_its_groups_and_costs_no_more_than_the_best_that_does(random_songs):
    songs = random_songs(7, 2)
    found = sequence(songs, Settings(together=((2, 5),)), seed=1)
    plain = problem_of(songs, Settings())
    orders = (list(each) for each in itertools.permutations(range(7)))
    kept = [o for o in orders if abs(o.index(5) - o.index(2)) == 1]
    best = min(plain.cost(order) for order in kept)  # either way round, as costs are
    assert found.objective == pytest.approx(plain.cost(found.order))
    assert found.objective <= best + 1.0
    order = found.order.tolist()
    assert order[order.index(2) + 1] == 5


def test_searching_keeps_groups_at_little_cost(random_songs):
    songs = random_songs(60, 9)
    evened = Weights(worst=0.0)  # the worst transition may be one within a group: no search helps
    free = sequence(songs, Settings(weights=evened), seed=1, effort=0.3)
    kept = sequence(songs, Settings(weights=evened, together=GROUPS), seed=1, effort=0.3)
    shuffled = np.random.default_rng(0).permutation(60)
    plain = free.problem
    assert plain.cost(kept.order) - free.objective < 0.2 * (plain.cost(shuffled) - free.objective)


def test_a_group_that_pins_part_is_said(random_songs):
    settings = Settings(together=((1, 2),), pins={1: 0, 2: 5})
    found = sequence(random_songs(9, 1), settings, seed=1)
    assert found.notes == (
        "1 group to keep together could not be: what holds its place is in the way",
    )
    assert (found.order[0], found.order[5]) == (1, 2)


@pytest.mark.parametrize(
    "settings",
    [
        Settings(together=((1, 2), (2, 3))),
        Settings(together=((1, 99),)),
        Settings(together=((1, 2),), forbidden=((2, 1),)),
    ],
)
def test_groups_that_contradict_are_an_error(random_songs, settings):
    with pytest.raises(UsageError, match="together"):
        sequence(random_songs(9, 1), settings)
