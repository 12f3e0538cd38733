import tracemalloc

import numpy as np
import pytest
import torch
from scipy.special import ndtr

from segue.models.lists.episodes import Sample
from segue.models.lists.ranker import (
    Ranker,
    RankerSettings,
    fit_ranker,
    gelu,
    pairwise_softmax_loss,
)
from segue.progress import Fitting


def test_the_loss_is_the_one_written_down():
    scores = torch.tensor([[2.0, 0.0, 1.0]])
    relevant = torch.tensor([[True, False, False]])
    weight = torch.tensor([[0.0, 0.0, float(np.log(3))]])
    # ln(1 + 1*e^(0-2) + 3*e^(1-2))
    expected = np.log(1 + np.exp(-2) + 3 * np.exp(-1))
    assert pairwise_softmax_loss(scores, relevant, weight).item() == pytest.approx(expected)


def test_padding_costs_nothing():
    scores = torch.tensor([[2.0, 0.0, 100.0]])
    relevant = torch.tensor([[True, False, False]])
    weight = torch.tensor([[0.0, 0.0, -1e9]])
    assert pairwise_softmax_loss(scores, relevant, weight).item() == pytest.approx(
        np.log(1 + np.exp(-2))
    )


def test_two_relevant_do_not_compete():
    scores = torch.tensor([[1.0, 1.0, 0.0]])
    relevant = torch.tensor([[True, True, False]])
    assert pairwise_softmax_loss(scores, relevant, torch.zeros(1, 3)).item() == pytest.approx(
        np.log(1 + np.exp(-1))
    )


def samples(sign, seed=0, n=40):
    rng = np.random.default_rng(seed)
    out = []
    for _ in range(n):
        relevant = np.arange(30) < 3
        noise = rng.normal(size=30)
        column = sign * relevant * 3.0 + rng.normal(size=30)
        signals = np.stack([column, noise], axis=1).astype(np.float32)
        out.append(Sample(signals, relevant, np.zeros(30, dtype=np.float32)))
    return out


QUICK = RankerSettings(hidden=4, epochs=6)


def test_it_learns_which_signal_tells():
    ranker = fit_ranker(["content", "noise"], samples(+1), Fitting(0), settings=QUICK)
    assert ranker.linear[0] > 3 * abs(ranker.linear[1])


def test_evidence_never_speaks_against_a_track():
    ranker = fit_ranker(["own_lists", "noise"], samples(-1), Fitting(0), settings=QUICK)
    assert ranker.linear[0] == 0
    assert (ranker.inner[0] == 0).all()


def test_a_free_signal_may_speak_against_a_track():
    assert (
        fit_ranker(["content", "noise"], samples(-1), Fitting(0), settings=QUICK).linear[0] < -0.1
    )


def test_one_seed_gives_one_network():
    a, b = (fit_ranker(["x", "y"], samples(1), Fitting(5), settings=QUICK) for _ in range(2))
    for name, array in a.tensors("r").items():
        np.testing.assert_array_equal(array, b.tensors("r")[name])


def test_the_score_is_linear_plus_gelu():
    unit = np.ones((1, 1), dtype=np.float32)
    flat = np.ones(1, dtype=np.float32)
    ranker = Ranker(("x",), 0 * flat, flat, 2 * flat, unit, 0 * flat, flat)
    # 2x + gelu(x) at 1: 2 + 0.841345
    assert ranker.score({"x": flat})[0] == pytest.approx(2.841345, rel=1e-5)


def test_samples_are_not_copied_to_learn_from_them():
    rng = np.random.default_rng(0)
    many = [
        Sample(
            rng.normal(size=(400, 40)).astype(np.float32),
            np.arange(400) < 3,
            np.zeros(400, dtype=np.float32),
        )
        for _ in range(150)
    ]
    total = sum(sample.signals.nbytes for sample in many)
    names = [f"signal {place}" for place in range(40)]
    tracemalloc.start()
    fit_ranker(names, many, Fitting(0), settings=RankerSettings(hidden=4, epochs=1))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < total / 2


def test_columns_that_are_not_asked_for_change_nothing():
    with_another = [
        Sample(np.column_stack([each.signals[:, 0] * 9, each.signals]), each.relevant,
               each.log_weight)
        for each in samples(1)
    ]  # fmt: skip
    plain = fit_ranker(["x", "y"], samples(1), Fitting(5), settings=QUICK)
    chosen = fit_ranker(
        ["x", "y"], with_another, Fitting(5), settings=QUICK, columns=np.array([1, 2])
    )
    np.testing.assert_array_equal(plain.linear, chosen.linear)


def test_gelu_is_x_times_the_normal_distribution_function() -> None:
    x = np.linspace(-30, 30, 20_001).astype(np.float32).reshape(3, -1)
    wanted = x.astype(np.float64) * ndtr(x.astype(np.float64))
    gelu(x)
    assert np.abs(x - wanted).max() < 1e-6
    assert (x[0, 0], x[-1, -1]) == (0, 30)
