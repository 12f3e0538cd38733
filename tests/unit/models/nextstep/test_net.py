"""The nets that correct: a forward pass by hand, the loss they go by, saving."""

from __future__ import annotations

import numpy as np
import pytest

from segue.models.nextstep.model import WIDTH, StepModel, StepNets, steps_for, train_nets


def tiny(scale=1.0):
    """A net of two inputs and two hidden units whose numbers can be followed by hand."""
    out = np.zeros((1, 2, 8), dtype=np.float32)
    out[0, :, 0] = [1, 2]
    out[0, :, 1] = [-1, 0.5]
    return StepNets(
        {
            "first.weight": np.array([[[1, -1], [2, 1]]], dtype=np.float32),
            "first.bias": np.array([[0.5, 0]], dtype=np.float32),
            "second.weight": np.array([[[1, 0], [0, -3]]], dtype=np.float32),
            "second.bias": np.array([[-1, 1]], dtype=np.float32),
            "out.weight": out * np.float32(scale),
            "out.bias": np.full((1, 8), 0.25, dtype=np.float32),
        },
        np.array([1, 0], dtype=np.float32),
        np.array([2, 1], dtype=np.float32),
    )


def both(first, other):
    layers = {
        name: np.concatenate([first.layers[name], other.layers[name]]) for name in first.layers
    }
    return StepNets(layers, first.mean, first.sd)


def test_a_forward_pass_by_hand():
    # (3, 1) standardised is (1, 1); first: 3.5, 0; second adds 2.5, 1; hidden: 6, 1
    found = tiny().corrections(np.array([[3, 1]], dtype=np.float32))
    np.testing.assert_allclose(found, [[8.25, -5.25] + [0.25] * 6])


def test_several_nets_are_averaged():
    found = both(tiny(), tiny(scale=3.0)).corrections(np.array([[3, 1]], dtype=np.float32))
    assert found[0, 0] == pytest.approx((8.25 + 24.25) / 2)


def test_twelve_passes_in_batches_of_128_are_made_and_never_fewer_than_20():
    assert steps_for(1280) == 120
    assert steps_for(16) == 20


def noise(n):
    return np.random.default_rng(0).normal(size=(n, WIDTH)).astype(np.float32)


def test_what_is_learned_is_the_median_of_the_errors_not_their_mean():
    gaps = np.full((256, 8), np.nan, dtype=np.float32)
    gaps[:, 0] = np.where(np.arange(256) % 4 == 0, 5.0, 0.3)
    nets = train_nets(np.zeros((256, WIDTH), np.float32), gaps, steps=400, nets=1, seed=0)
    said = nets.corrections(np.zeros((1, WIDTH), np.float32))[0]
    assert said[0] == pytest.approx(0.3, abs=0.1)
    assert np.isfinite(said).all()


def test_a_bend_is_learned_that_no_straight_line_has():
    x = noise(1500)
    gaps = np.repeat(np.abs(x[:, :1]), 8, axis=1)
    nets = train_nets(x, gaps, steps=400, nets=1, seed=0)
    left = np.abs(nets.corrections(x) - gaps).mean()
    assert left < 0.5 * np.abs(gaps - np.median(gaps)).mean()


def test_one_seed_gives_one_net_and_another_another():
    x, gaps = noise(64), noise(64)[:, :8]
    first, again, other = (train_nets(x, gaps, steps=5, nets=2, seed=s) for s in (1, 1, 2))
    for name, values in first.layers.items():
        np.testing.assert_array_equal(values, again.layers[name])
    assert (first.layers["first.weight"] != other.layers["first.weight"]).any()
    assert first.layers["first.weight"].shape == (2, WIDTH, 64)


@pytest.mark.parametrize("nets", [None, tiny()])
def test_a_model_is_the_same_after_saving(nets):
    model = StepModel(np.arange(72, dtype=np.float32).reshape(9, 8), nets)
    restored = StepModel.restored(model.tensors())
    np.testing.assert_array_equal(restored.line, model.line)
    assert (restored.nets is None) == (nets is None)
    if nets is not None:
        asked = np.array([[3, 1]], dtype=np.float32)
        np.testing.assert_array_equal(restored.nets.corrections(asked), nets.corrections(asked))
