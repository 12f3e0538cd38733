"""Reports and explanations of an order."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from segue.music.features import AudioFeatures
from segue.sequencing.options import Weights, arc_of
from segue.sequencing.problem import WORST, Settings
from segue.sequencing.report import Ordering, gap_percent, measures, reference_of, report
from segue.sequencing.songs import songs_of
from segue.sequencing.transitions import explain

FOUR = songs_of(
    [
        AudioFeatures(energy=0.5, key=0, mode=1, tempo=120.0),  # 8B
        AudioFeatures(energy=0.6, key=7, mode=1, tempo=124.0),  # 9B
        AudioFeatures(energy=0.9, key=4, mode=0, tempo=62.0),  # 9A
        AudioFeatures(energy=0.2, tempo=0.0),
    ],
    artists=["a", "a", "b", "c"],
    albums=["x", "y", "z", "z"],
)


def _measured(order, settings=Settings()):  # noqa: B008 (a value)
    found = measures(Ordering.of(FOUR, settings), order)
    return {name: values[0] for name, values in found.items()}


def test_measures_by_hand():
    found = _measured([0, 1, 2, 3])
    assert found["camelot_percent"] == 100  # 8B 9B, 9B 9A; the third has an unknown side
    assert found["tempo_percent"] == 100
    assert found["median_tempo_step_percent"] == pytest.approx((100 * 4 / 120 + 0) / 2)
    assert found["mean_energy_step"] == pytest.approx((0.1 + 0.3 + 0.7) / 3)
    assert found["artist_adjacency"] == 1
    assert found["album_adjacency"] == 1


def test_a_diagonal_neighbour_does_not_mix():
    assert _measured([0, 2, 1, 3])["camelot_percent"] == 50


def test_the_arc_correlation_is_spearmans():
    ramp = Settings(arc=arc_of("ramp"))
    energy = FOUR.energy[[1, 0, 2, 3]]
    expected = spearmanr(energy, np.arange(4))[0]
    assert _measured([1, 0, 2, 3], ramp)["arc_rank_correlation"] == pytest.approx(expected)


def test_the_correlation_of_a_flat_arc_is_null():
    found = report(Ordering.of(FOUR, Settings()), [0, 1, 2, 3], seed=0)
    assert found["arc_rank_correlation"] is None


def test_the_gap_is_a_share_of_the_room_to_random():
    assert gap_percent(-8.0, -10.0, 0.0) == pytest.approx(20.0)
    assert gap_percent(1.0, 1.0, 1.0) is None


def test_a_report_stands_beside_random_orders_the_order_before_and_the_optimum():
    ordering = Ordering.of(FOUR, Settings(weights=Weights(worst=0)))
    found = report(
        ordering, [0, 1, 2, 3], seed=0, before=[3, 2, 1, 0],
        reference=reference_of(ordering.problem),
    )  # fmt: skip
    assert found["before"]["objective"] == pytest.approx(found["objective"])
    assert found["random"]["mean"] > found["objective"]
    assert found["random"]["sd"] > 0
    assert found["gap"]["to"] == "exact"
    assert found["unknown"] == {
        "key": 1, "tempo": 1, "valence": 4, "some_features": 4,
    }  # fmt: skip


def test_a_list_of_one_has_a_report():
    single = FOUR.take([0])
    found = report(Ordering.of(single, Settings()), [0], seed=0)
    assert found["tracks"] == 1
    assert found["camelot_percent"] is None


def test_a_transition_is_said_in_words_and_its_terms_sum_to_its_cost():
    first, _, last = explain(FOUR, [0, 1, 2, 3])
    words = "8B to 9B, 120 to 124 BPM, energy up a little, the same artist again"
    assert first.text == words
    assert first.cost == pytest.approx(sum(first.terms.values()), abs=1e-5)
    assert (first.key_compatible, first.tempo_compatible) == (True, True)
    assert (last.key_compatible, last.tempo_compatible) == (None, None)


def test_transitions_and_the_weighed_worst_sum_to_the_objective_of_a_flat_list():
    costs = [passage.cost for passage in explain(FOUR, [2, 0, 3, 1])]
    assert sum(costs) + WORST * max(costs) == pytest.approx(
        Ordering.of(FOUR, Settings()).problem.cost([2, 0, 3, 1]), abs=1e-6 * WORST
    )


def test_the_report_names_the_worst_transition():
    found = report(Ordering.of(FOUR, Settings()), [2, 0, 3, 1], seed=0)
    passages = explain(FOUR, [2, 0, 3, 1])
    worst = max(range(3), key=lambda index: passages[index].cost)
    assert found["worst_place"] == worst + 1
    assert found["worst_joint"] == passages[worst].text
    assert found["worst_transition"] == pytest.approx(passages[worst].cost, abs=1e-5)
