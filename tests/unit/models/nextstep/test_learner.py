"""The learner on planted structure, on none, and on little."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from segue.errors import NotEnoughDataError
from segue.models.data import Vocabulary, track_table
from segue.models.nextstep.learner import NextStepLearner, NextStepScorer
from segue.models.nextstep.model import StepModel, prefix_median
from segue.models.scorer import Query
from segue.music.features import DISCO

ENERGY = 2


@pytest.fixture(scope="module")
def rising(planted):
    return planted("energy")


@pytest.fixture(scope="module")
def fitted(rising):
    return NextStepLearner().fit(rising, seed=0)


def scorer(scaled, line=None):
    model = None if line is None else StepModel(line.astype(np.float32), None)
    vocabulary = Vocabulary(str(row) for row in range(len(scaled)))
    return NextStepScorer(vocabulary, DISCO, scaled.astype(np.float32), model, ())


@pytest.mark.parametrize("kind", ["walks", "energy"])
def test_planted_order_beats_the_median_and_is_said(planted, kind):
    data = planted(kind)
    held_out = NextStepLearner().assess(data, seed=0)
    assert held_out.beats_baseline
    assert held_out.gain > 0.1
    assert held_out.value == pytest.approx(held_out.baseline_value - held_out.gain)
    assert (held_out.metric, held_out.baseline, held_out.n) == ("mae", "prefix median", 20)
    assert held_out.note == ""
    learned = NextStepLearner(nets=1).fit(data, seed=0)
    assert learned.model is not None
    assert learned.notes[0].startswith("your lists show order")


def test_without_order_the_median_is_used_and_it_is_said(planted):
    data = planted("chance")
    held_out = NextStepLearner().assess(data, seed=0)
    assert not held_out.beats_baseline
    assert held_out.value == held_out.baseline_value
    assert "no order" in held_out.note
    learned = NextStepLearner().fit(data, seed=0)
    assert learned.model is None
    assert "no order" in learned.notes[0]
    assert "median" in learned.notes[0]
    prefix = learned.scaled[data.playlists[0][:6]]
    np.testing.assert_array_equal(learned.predict(prefix), prefix_median(prefix))


def test_what_needs_no_order_can_be_learned_all_the_same(planted):
    data = planted("chance")
    learner = NextStepLearner(nets=1, even_without_order=True)
    assert learner.assess(data, seed=0).beats_baseline
    learned = learner.fit(data, seed=0)
    assert learned.model is not None
    assert "no order" in learned.notes[0]
    assert "median" not in learned.notes[0]


def test_in_rising_lists_more_energy_is_predicted_than_stood_last(rising, fitted):
    for rows in rising.playlists[:5]:
        prefix = fitted.scaled[rows[:8]]
        assert fitted.predict(prefix)[ENERGY] > prefix_median(prefix)[ENERGY] + 0.5
        assert fitted.predict(prefix)[ENERGY] > fitted.predict(prefix[::-1])[ENERGY]


def test_an_empty_list_predicts_the_mean_of_all_music(fitted):
    nothing = np.zeros((0, 8), dtype=np.float32)
    np.testing.assert_array_equal(fitted.predict(nothing), np.zeros(8))


def test_one_track_and_unknown_features_are_enough_to_predict(fitted):
    for prefix in (fitted.scaled[:1], np.full((3, 8), np.nan, dtype=np.float32)):
        said = fitted.predict(prefix)
        assert said.shape == (8,)
        assert said.dtype == np.float32
        assert np.isfinite(said).all()


def test_a_list_so_far_is_not_changed(fitted):
    prefix = np.array(fitted.scaled[:5])
    prefix[2, 3] = np.nan
    before = prefix.copy()
    fitted.predict(prefix)
    np.testing.assert_array_equal(prefix, before)


def test_a_prediction_by_hand():
    line = np.zeros((9, 8))
    line[4] = 0.5  # half the way from the median to the last track
    line[8] = 0.25
    model = scorer(np.zeros((1, 8)), line)
    prefix = np.repeat(np.array([[1.0], [3.0]], dtype=np.float32), 8, axis=1)
    np.testing.assert_allclose(model.predict(prefix), np.full(8, 2 + 0.5 * 1 + 0.25))


def test_scores_are_distances_by_hand_and_an_unknown_track_has_their_mean():
    scaled = np.zeros((4, 8))
    scaled[1, 0] = 3.0
    scaled[2, :4] = np.nan
    scaled[2, 4:] = 1.0
    scaled[3] = np.nan
    found = scorer(scaled).score(Query(playlist=np.array([0], dtype=np.int32)))
    half_known = 2 * 2**0.5  # √4 over four of eight, times √2
    np.testing.assert_allclose(found, [0, -3, -half_known, -(0 + 3 + half_known) / 3], rtol=1e-6)


def test_the_list_so_far_comes_before_the_seeds():
    model = scorer(np.diag(np.arange(1.0, 9.0)))
    seeds, playlist = np.array([0], dtype=np.int32), np.array([5], dtype=np.int32)
    assert model.score(Query(seeds=seeds)).argmax() == 0
    assert model.score(Query(seeds=seeds, playlist=playlist)).argmax() == 5


def test_saved_and_restored_it_predicts_the_same(fitted, rising):
    again = NextStepScorer.restored(fitted.vocabulary, fitted.tensors(), fitted.config())
    prefix = fitted.scaled[rising.playlists[3][:7]]
    np.testing.assert_array_equal(again.predict(prefix), fitted.predict(prefix))
    assert again.notes == fitted.notes
    assert again.scaling == fitted.scaling


def test_one_seed_learns_one_thing(rising, fitted):
    again = NextStepLearner().fit(rising, seed=0)
    for name, values in fitted.tensors().items():
        np.testing.assert_array_equal(values, again.tensors()[name])


def test_nine_lists_are_too_few_and_short_ones_do_not_count(rising):
    learner = NextStepLearner()
    with pytest.raises(NotEnoughDataError, match="there are 9"):
        learner.fit(replace(rising, playlists=rising.playlists[:9]), seed=0)
    short = tuple(rows[:7] for rows in rising.playlists[9:])
    with pytest.raises(NotEnoughDataError, match="there are 9"):
        learner.assess(replace(rising, playlists=rising.playlists[:9] + short), seed=0)


def test_tracks_without_any_feature_are_not_learned_from(rising):
    bare = replace(rising, tracks=track_table(len(rising.vocabulary)))
    with pytest.raises(NotEnoughDataError, match="segue enrich"):
        NextStepLearner().fit(bare, seed=0)
