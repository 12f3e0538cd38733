"""The greedy order and the original projects' cost."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.errors import UsageError
from segue.music.features import octaves
from segue.music.keys import fifths_match, fifths_positions
from segue.sequencing.methods.greedy import OriginalWeights, greedy_order, prefix_mean
from segue.sequencing.songs import Songs

NAN = math.nan
UNKNOWN_KEY = -1


def costs(features, order, *, key=None, mode=None, tempo=None, weights=None, guess=prefix_mean):
    """What each step of an order costs, term by term from the formula: the slow way."""
    weights = weights or OriginalWeights()
    features = np.array(features, dtype=float)
    n, d = features.shape
    key = np.full(n, UNKNOWN_KEY) if key is None else key
    mode = np.ones(n) if mode is None else mode
    tempo = np.zeros(n) if tempo is None else tempo
    position = fifths_positions(key, mode)
    out = []
    for step, row in enumerate(order):
        target = weights.spicyness * (guess(features[order[:step]]) if step else np.zeros(d))
        flow = stretched(features[row], target)
        if math.isnan(flow):
            others = [
                f for i in order[step:] if not math.isnan(f := stretched(features[i], target))
            ]
            flow = float(np.mean(others)) if others else 0.0
        cost = weights.flow * flow
        if step:
            last = order[step - 1]
            cost -= weights.sweetness * float(fifths_match(position[last], position[row]))
            apart = octaves(tempo[last]) - octaves(tempo[row])
            cost -= weights.smoothness * (0 if math.isnan(apart) else math.cos(2 * math.pi * apart))
        out.append(cost)
    return out


def stretched(features, target) -> float:
    """The distance over what is known, as if all of it were; NaN where nothing is."""
    known = np.isfinite(features)
    if not known.any():
        return NAN
    return float(np.linalg.norm((target - features)[known]) * math.sqrt(len(known) / known.sum()))


def greedy(features, *, key=None, mode=None, tempo=None, weights=None, **options):
    n = len(features)
    tracks = laid_out(
        np.array(features, dtype=float),
        np.full(n, UNKNOWN_KEY) if key is None else key,
        np.ones(n) if mode is None else mode,
        np.zeros(n) if tempo is None else tempo,
    )
    return greedy_order(tracks, weights, **options).tolist()


def laid_out(features, key, mode, tempo) -> Songs:
    """Songs of which only the cost's own columns are known."""
    n = len(features)
    nothing, none = np.full(n, NAN), np.full(n, -1)
    return Songs(
        np.asarray(features, dtype=np.float32).reshape(n, -1 if n else 8),
        np.asarray(key), np.asarray(mode),
        np.asarray(tempo, dtype=float), energy=nothing, valence=nothing, artist=none, album=none,
        duration_ms=np.zeros(n, dtype=np.int64),
    )  # fmt: skip


def test_the_first_step_costs_the_distance_to_the_centre() -> None:
    assert costs([[3.0, 4.0]], [0]) == pytest.approx([5.0])


def test_a_step_costs_flow_less_key_less_tempo_by_hand() -> None:
    found = costs(
        [[1.0, 0.0], [0.0, 1.0]], [0, 1], key=[0, 7], mode=[1, 1], tempo=[120.0, 60.0],
        weights=OriginalWeights(flow=2.0, sweetness=3.0, smoothness=5.0, spicyness=1.5),
    )  # fmt: skip
    # ‖1.5 · (1, 0) − (0, 1)‖ = √3.25; a fifth apart K = 1; half the tempo T = 1.
    assert found[1] == pytest.approx(2 * math.sqrt(3.25) - 3 * 1 - 5 * 1)


def test_a_tritone_and_a_tempo_ratio_of_root_two_cost_extra() -> None:
    clash = costs([[0.0]] * 2, [0, 1], key=[0, 6], tempo=[100, 100 * math.sqrt(2)])
    assert clash[1] == pytest.approx(2.0)


def test_an_unknown_key_and_an_unknown_tempo_cost_nothing() -> None:
    found = costs([[0.0]] * 3, [0, 1, 2], key=[0, -1, 6], tempo=[100, 0, NAN])
    assert found == pytest.approx([0, 0, 0])


def test_a_flow_over_some_features_is_stretched_to_all() -> None:
    features = [[NAN, 3.0, NAN, NAN, 4.0, NAN, NAN, NAN]]
    assert costs(features, [0]) == pytest.approx([5 * math.sqrt(8 / 2)])


def test_a_track_of_unknown_features_has_the_mean_flow_of_the_candidates() -> None:
    found = costs([[NAN, NAN], [3.0, 4.0], [0.0, 1.0]], [0, 1, 2])
    assert found[0] == pytest.approx((5 + 1) / 2)


def test_a_track_of_unknown_features_is_not_the_best_choice() -> None:
    assert greedy([[NAN], [1.0], [5.0]]) == [1, 0, 2]


def test_tracks_of_which_nothing_is_known_cost_nothing_and_keep_their_order() -> None:
    assert greedy([[NAN, NAN]] * 4) == [0, 1, 2, 3]
    assert costs([[NAN, NAN]] * 4, [0, 1, 2, 3]) == pytest.approx([0] * 4)


def test_greedy_takes_the_nearest_first_then_what_follows_on() -> None:
    weights = OriginalWeights(spicyness=1.0)
    assert greedy([[9.0], [1.0], [2.0], [-8.0]], weights=weights) == [1, 2, 0, 3]


def test_equal_tracks_keep_their_order() -> None:
    assert greedy([[1.0, 2.0]] * 7) == list(range(7))


def test_the_opening_tracks_stay_and_the_others_follow_on() -> None:
    assert greedy([[0.0], [5.0], [4.8], [0.1]], first=(1,), weights=OriginalWeights(spicyness=1))[
        :2
    ] == [1, 2]


@pytest.mark.parametrize("first", [(0, 0), (4,), (-1,)])
def test_an_impossible_opening_is_refused(first: tuple[int, ...]) -> None:
    with pytest.raises(UsageError, match="opening"):
        greedy([[0.0]] * 3, first=first)


def test_a_model_predicts_the_next_features() -> None:
    seen = []

    def far_away(prefix):
        seen.append(len(prefix))
        return np.array([10.0])

    order = greedy(
        [[0.0], [1.0], [9.0]], next_features=far_away, weights=OriginalWeights(spicyness=1)
    )
    assert order == [0, 2, 1]
    assert seen == [1, 2]


def test_the_prefix_mean_leaves_out_what_is_unknown() -> None:
    prefix = np.array([[1.0, NAN, NAN], [3.0, 5.0, NAN]], dtype=np.float32)
    assert prefix_mean(prefix).tolist() == [2.0, 5.0, 0.0]


def test_an_empty_list_has_an_empty_order() -> None:
    assert greedy([]) == []


@st.composite
def songs(draw):
    n = draw(st.integers(1, 12))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    features = rng.normal(size=(n, 8))
    features[rng.random((n, 8)) < draw(st.sampled_from([0, 0.3, 0.9]))] = NAN
    return features, rng.integers(-1, 12, n), rng.integers(-1, 2, n), rng.uniform(-40, 200, n)


@given(songs())
def test_the_order_is_a_permutation_and_nothing_given_changes(columns) -> None:
    before = [column.copy() for column in columns]
    order = greedy_order(laid_out(*columns))
    assert sorted(order) == list(range(len(columns[0])))
    for column, copy in zip(columns, before, strict=True):
        assert np.array_equal(column, copy, equal_nan=True)


@given(songs())
def test_every_step_of_greedy_is_the_cheapest_there_is(columns) -> None:
    features, key, mode, tempo = columns
    left = greedy_order(laid_out(*columns)).tolist()
    placed: list[int] = []
    while left:
        ahead = {i: [*placed, i, *(j for j in left if j != i)] for i in left}
        each = {
            i: costs(features, order, key=key, mode=mode, tempo=tempo)[len(placed)]
            for i, order in ahead.items()
        }
        assert each[left[0]] == pytest.approx(min(each.values()), abs=1e-4)
        placed.append(left.pop(0))


@given(songs())
def test_the_running_mean_agrees_with_the_prefix_mean_as_a_model(columns) -> None:
    assert (
        greedy_order(laid_out(*columns)).tolist()
        == greedy_order(laid_out(*columns), next_features=prefix_mean).tolist()
    )
