from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from segue.models.taste.forest import folds_of
from segue.models.taste.inputs import TasteInputs
from segue.models.taste.kernel import (
    PARTS,
    KernelNumbers,
    fit_process,
    kernel,
    left_out,
    tuned,
)


def inputs_of(smooth, credit, spelling=None, context=None):
    n = len(smooth)
    return TasteInputs(
        numbers=np.zeros((n, 0), dtype=np.float32),
        smooth=np.asarray(smooth, dtype=np.float32),
        credits=csr_array(np.asarray(credit, dtype=np.float64)),
        spelling=csr_array(np.zeros((n, 1)) if spelling is None else np.asarray(spelling)),
        context=np.asarray(np.zeros((n, 2)) if context is None else context, dtype=np.float32),
        artist=np.full(n, -1),
    )


def numbers_of(width=1, **given):
    parts = dict.fromkeys(PARTS, 1e-12) | given
    return KernelNumbers(np.log([parts[name] for name in PARTS]), np.zeros(width))


def one_and_other():
    first = inputs_of([[0.0]], [[1.0, 0.0]], [[0.6, 0.8]], [[1.0, 0.0]])
    second = inputs_of([[2.0]], [[0.5**0.5, 0.5**0.5]], [[0.8, 0.6]], [[0.6, 0.8]])
    return first, second


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        # A distance of 2 and alpha 1: 1 / (1 + 4 / 2).
        ({"sound": 3.0, "alpha": 1.0}, 3 / 3),
        ({"sound": 3.0, "alpha": 2.0}, 3 / (1 + 4 / 4) ** 2),
        ({"credits": 2.0}, 2 * 0.5**0.5),
        ({"spelling": 2.0}, 2 * 0.96),
        ({"context": 2.0}, 2 * 0.6),
        ({"product": 2.0, "alpha": 1.0}, 2 * 0.6 / 3),
        ({"stranger": 2.0}, 0.0),
        ({"bias": 2.0}, 2.0),
    ],
)
def test_each_part_has_the_value_worked_out_by_hand(given, expected):
    value = kernel(*one_and_other(), numbers_of(**given))
    assert value[0, 0] == pytest.approx(expected, abs=1e-7)


def test_a_length_divides_the_distance():
    first, second = one_and_other()
    numbers = numbers_of(sound=1.0, alpha=1.0)
    halved = KernelNumbers(numbers.parts, np.log([2.0]))
    assert kernel(first, second, halved)[0, 0] == pytest.approx(1 / (1 + 1 / 2))


def test_two_without_context_are_strangers_to_all_but_each_other():
    rows = inputs_of([[0.0]] * 3, [[0.0]] * 3, context=[[0, 0], [0, 0], [1, 0]])
    np.testing.assert_allclose(
        kernel(rows, rows, numbers_of(stranger=2.0)), [[2, 2, 0], [2, 2, 0], [0, 0, 0]], atol=1e-9
    )


def library(n=60, n_artists=20, seed=0):
    rng = np.random.default_rng(seed)
    artist = rng.integers(0, n_artists, n)
    context = rng.normal(size=(n_artists, 2))
    context /= np.linalg.norm(context, axis=1, keepdims=True)
    rows = inputs_of(
        rng.normal(size=(n, 3)), np.eye(n_artists)[artist], np.eye(n_artists)[artist],
        context[artist],
    )  # fmt: skip
    return rows, artist, rng


def mixed_numbers():
    return numbers_of(
        3, sound=0.4, credits=0.3, spelling=0.1, context=0.2, product=0.2, bias=0.1, noise=0.3,
        alpha=2.0,
    )  # fmt: skip


def test_it_answers_as_the_formula_says():
    rows, _, rng = library()
    signs = np.sign(rng.normal(size=60))
    numbers = mixed_numbers()
    process, _ = fit_process(rows.take(np.arange(50)), signs[:50], numbers)
    inside, asked = rows.take(np.arange(50)), rows.take(np.arange(50, 60))
    noisy = kernel(inside, inside, numbers) + 0.3 * np.eye(50)
    expected = kernel(asked, inside, numbers) @ np.linalg.solve(noisy, signs[:50])
    np.testing.assert_allclose(process.predict(asked), expected, atol=1e-9)


def test_the_left_out_answers_are_those_of_fitting_again_without_the_group():
    rows, artist, rng = library()
    signs = np.sign(rng.normal(size=60))
    numbers = mixed_numbers()
    process, inverse = fit_process(rows, signs, numbers)
    said = left_out(process, inverse, signs, artist)
    for group in np.unique(artist):
        inside, outside = np.flatnonzero(artist != group), np.flatnonzero(artist == group)
        again, _ = fit_process(rows.take(inside), signs[inside], numbers)
        np.testing.assert_allclose(said[outside], again.predict(rows.take(outside)), atol=1e-6)


def test_a_groups_own_labels_never_change_its_left_out_answer():
    rows, artist, rng = library()
    signs = np.sign(rng.normal(size=60))
    mine = artist == artist[0]
    answers = []
    for labels in (signs, np.where(mine, -signs, signs)):
        process, inverse = fit_process(rows, labels, mixed_numbers())
        answers.append(left_out(process, inverse, labels, artist))
    np.testing.assert_allclose(answers[0][mine], answers[1][mine], atol=1e-9)
    assert not np.allclose(answers[0][~mine], answers[1][~mine], atol=1e-3)


def weight_of(name, signs, rows, recording):
    numbers = tuned(rows, signs, folds_of(recording, np.random.default_rng(0)))
    return numbers.of(name) / numbers.of("noise")


def test_tuning_believes_what_the_labels_follow():
    rows, artist, rng = library(n=160, n_artists=40)
    by_artist = np.where(rng.random(40) < 0.5, 1.0, -1.0)[artist]
    by_sound = np.where(rows.smooth[:, 0] > 0, 1.0, -1.0)
    recording = np.arange(160)
    credits_then_sound = [
        weight_of("credits", signs, rows, recording) for signs in (by_artist, by_sound)
    ]
    sound_then_credits = [
        weight_of("sound", signs, rows, recording) for signs in (by_sound, by_artist)
    ]
    assert credits_then_sound[0] > 2 * credits_then_sound[1]
    assert sound_then_credits[0] > 2 * sound_then_credits[1]


def test_tuning_shortens_the_length_of_the_column_that_tells():
    rows, _, _ = library(n=160, n_artists=40)
    signs = np.where(rows.smooth[:, 1] > 0, 1.0, -1.0)
    lengths = tuned(rows, signs, folds_of(np.arange(160), np.random.default_rng(0))).lengths
    assert lengths.argmin() == 1
