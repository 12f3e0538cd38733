import numpy as np
import pytest

from segue.evaluation.baselines.association import (
    AssociationNet,
    NetSettings,
    draw_pairs,
    fit_net,
    z_scores,
)
from segue.models.data import track_table
from segue.progress import Fitting


def net(cross_talk):
    inputs = np.zeros((7, 1), dtype=np.float32)
    inputs[0] = 1.0
    unit = np.ones((1, 1), dtype=np.float32)
    return AssociationNet(inputs, np.zeros(1, dtype=np.float32), unit, 2 * unit, cross_talk, 0.5)


def z(*first):
    out = np.zeros((len(first), 7), dtype=np.float32)
    out[:, 0] = first
    return out


def test_feed_forward_activation_by_hand():
    activation = net(0).activations(z(1.0), z(0.5), np.array([3.0]))
    assert activation[0, 0] == pytest.approx(
        np.tanh(1) * 2 * np.tanh(0.5) + 0.5 * np.log(4), rel=1e-5
    )


def test_cross_talk_feeds_the_hidden_layer_back():
    assert net(1).hidden(z(1.0))[0, 0] == pytest.approx(np.tanh(1 + np.tanh(1)), rel=1e-5)


def test_z_scores_have_mean_zero_and_unknown_is_zero():
    tempo = np.array([100, 120, np.nan], dtype=np.float32)
    scores = z_scores(track_table(3, tempo=tempo))
    np.testing.assert_allclose(scores[:, 0], [-1, 1, 0], atol=1e-6)
    np.testing.assert_array_equal(scores[:, 1:], 0)


def test_a_pair_is_two_different_tracks_of_one_list():
    lists = [np.array([0, 1], dtype=np.int32), np.array([5, 6, 7], dtype=np.int32)]
    seeds, targets = draw_pairs(lists, 50, np.random.default_rng(0))
    assert (seeds != targets).all()
    assert ((seeds < 2) == (targets < 2)).all()


@pytest.mark.parametrize("cross_talk", [0, 2])
def test_planted_styles_are_found_and_answers_differ(cross_talk):
    rng = np.random.default_rng(0)
    style = np.arange(120) % 4
    features = (rng.normal(0, 2, (4, 7))[style] + rng.normal(0, 0.3, (120, 7))).astype(np.float32)
    lists = [
        rng.permutation(np.flatnonzero(style == place % 4))[:12].astype(np.int32)
        for place in range(24)
    ]
    fitted = fit_net(
        features, lists, Fitting(), NetSettings(cross_talk=cross_talk, hidden=16, steps=80)
    )
    scores = fitted.activations(features, features, np.bincount(np.concatenate(lists)))
    np.fill_diagonal(scores, -np.inf)
    best = scores.argmax(axis=1)
    assert (style[best] == style).mean() > 0.95
    assert np.unique(best).size >= 4
