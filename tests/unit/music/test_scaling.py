"""Scaling: the transform, its fit, what is constant and what is unknown."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from segue.errors import DataError
from segue.music.features import DISCO, Scaling, fit_scaling, yeo_johnson


@pytest.fixture
def library() -> np.ndarray:
    rng = np.random.default_rng(1)
    rows = rng.beta(2, 5, size=(400, 8))
    rows[:, 5] = -20 * rows[:, 5]
    return rows


@pytest.mark.parametrize(
    ("value", "power", "expected"),
    [
        (3.0, 0.5, 2.0),
        (3.0, 0.0, math.log(4)),
        (3.0, 1.0, 3.0),
        (-3.0, 1.5, -2.0),
        (-3.0, 2.0, -math.log(4)),
        (-3.0, 1.0, -3.0),
        (0.0, -4.0, 0.0),
    ],
)
def test_the_transform_gives_the_values_of_its_definition(
    value: float, power: float, expected: float
) -> None:
    assert yeo_johnson(np.array([[value]]), np.array([power])) == pytest.approx(expected)


def test_the_fit_agrees_with_scikit_learn(library: np.ndarray) -> None:
    from sklearn.preprocessing import PowerTransformer

    peer = PowerTransformer().fit_transform(library)
    assert fit_scaling(library).transform(library) == pytest.approx(peer, abs=5e-3)


def test_a_fitted_column_has_mean_zero_and_variance_one(library: np.ndarray) -> None:
    scaled = fit_scaling(library).transform(library)
    assert scaled.mean(axis=0) == pytest.approx(np.zeros(8), abs=1e-4)
    assert scaled.std(axis=0) == pytest.approx(np.ones(8), abs=1e-4)


def test_unknown_values_are_ignored_by_the_fit_and_stay_unknown(library: np.ndarray) -> None:
    holes = library.copy()
    holes[::3, 2] = np.nan
    alone = fit_scaling(np.delete(library, np.s_[::3], axis=0))
    fitted = fit_scaling(holes)
    assert fitted.lambdas[2] == pytest.approx(alone.lambdas[2])
    assert np.isnan(fitted.transform(holes)[::3, 2]).all()


def test_a_column_without_variance_scales_to_zero(library: np.ndarray) -> None:
    flat = library.copy()
    flat[:, 3] = 0.1 + 0.2
    flat[0, 3] = 0.3
    assert (fit_scaling(flat).transform(flat)[:, 3] == 0).all()


def test_a_column_nobody_knows_stays_unknown(library: np.ndarray) -> None:
    library[:, 1] = np.nan
    scaled = fit_scaling(library).transform(library)
    assert np.isnan(scaled[:, 1]).all()
    assert np.isfinite(scaled[:, 0]).all()


def test_an_empty_library_can_be_fitted() -> None:
    assert fit_scaling(np.zeros((0, 8))).transform(np.zeros((1, 8))).tolist() == [[0.0] * 8]


def test_discos_published_scale_of_one_song_by_hand() -> None:
    song = np.array([[0.2, 0.6, 0.7, 0.0, 0.1, -6.0, 0.05, 0.5]])
    # energy: ((1.7^2.0733 − 1) / 2.0733 − 0.8241) / 0.4374
    energy = ((1.7**2.0733 - 1) / 2.0733 - 0.8241) / 0.4374
    # loudness: (−((7^0.1423 − 1) / 0.1423) + 2.6826) / 0.6818
    loudness = (-((7**0.1423 - 1) / 0.1423) + 2.6826) / 0.6818
    scaled = DISCO.transform(song)[0]
    assert scaled[2] == pytest.approx(energy, abs=1e-5)
    assert scaled[5] == pytest.approx(loudness, abs=1e-5)


def test_a_scaling_survives_its_document(library: np.ndarray) -> None:
    fitted = fit_scaling(library)
    assert Scaling.from_document(json.loads(json.dumps(fitted.document()))) == fitted


@pytest.mark.parametrize(
    ("field", "value"),
    [("names", None), ("sds", [1.0]), ("means", "eight"), ("sds", [-1.0] * 8), ("lambdas", None)],
)
def test_a_wrong_document_is_refused_by_the_name_of_its_field(field: str, value: object) -> None:
    with pytest.raises(DataError, match=field):
        Scaling.from_document(DISCO.document() | {field: value})


def test_scaling_leaves_what_it_was_given_unchanged(library: np.ndarray) -> None:
    before = library.copy()
    fit_scaling(library).transform(library)
    assert (library == before).all()
