"""Arcs: shapes, ranks and what is wrong with a shape."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import rankdata, spearmanr

from segue.errors import UsageError
from segue.sequencing.options import Arc, arc_of
from segue.sequencing.problem import arc_targets, arc_values, standard_ranks


def test_standard_ranks_average_ties_and_have_mean_0_and_variance_1():
    values = [3.0, 1.0, 1.0, 9.0, 2.0]
    ranks = rankdata(values)
    assert standard_ranks(values) == pytest.approx((ranks - ranks.mean()) / ranks.std())


def test_an_unknown_value_has_the_middle_rank():
    assert standard_ranks([1.0, math.nan, 3.0]).tolist() == [-1.0, 0.0, 1.0]


def test_equal_values_all_have_the_middle_rank():
    assert standard_ranks([5.0, 5.0, 5.0]).tolist() == [0.0, 0.0, 0.0]


def test_the_misfit_is_one_minus_the_rank_correlation():
    rng = np.random.default_rng(0)
    levels, targets = standard_ranks(rng.random(20)), arc_targets(arc_of("peak"), 20)
    misfit = ((levels - targets) ** 2).sum() / 2
    assert misfit == pytest.approx(20 * (1 - spearmanr(levels, targets)[0]))


def test_a_ramp_rises_and_a_cooldown_falls():
    assert arc_of("ramp").heights(3).tolist() == [0.0, 0.5, 1.0]
    assert arc_of("cooldown").heights(3).tolist() == [1.0, 0.5, 0.0]


def test_points_are_joined_by_straight_lines():
    arc = arc_of("[[0,0.2],[0.5,0.9],[1,0.4]]")
    assert arc.heights(5) == pytest.approx([0.2, 0.55, 0.9, 0.65, 0.4])


def test_a_flat_arc_wants_nothing():
    assert arc_of("flat").flat
    assert Arc(((0.0, 0.3), (1.0, 0.3))).flat
    assert arc_targets(arc_of("flat"), 4).tolist() == [0.0] * 4


def test_a_blend_is_the_weighted_mean_of_known_ranks(random_songs):
    songs = random_songs(9, 1)
    values = arc_values(songs, arc_of("ramp", {"energy": 3.0, "valence": 1.0}))
    expected = (3 * standard_ranks(songs.energy) + standard_ranks(songs.valence)) / 4
    assert values == pytest.approx(expected)


@pytest.mark.parametrize(
    "shape", ["rampp", "[[0,1]", "[[0,1],[0,2]]", "[[0,1],[2,2]]", "[[1]]", "[1,2]", "[[0,NaN]]"]
)
def test_a_shape_that_is_none_is_a_clear_error(shape):
    with pytest.raises(UsageError, match="arc"):
        arc_of(shape)


def test_an_unknown_measure_names_those_there_are():
    with pytest.raises(UsageError, match="energy, valence, tempo"):
        arc_of("ramp", {"loudness": 1.0})
