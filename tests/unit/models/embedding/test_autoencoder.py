import numpy as np
import pytest

from segue.models.embedding.autoencoder import (
    Autoencoder,
    AutoencoderSettings,
    principal_directions,
)
from segue.models.embedding.autoencoder_training import (
    choose_autoencoder,
    fit_autoencoder,
    neighbour_overlap,
)
from segue.progress import Fitting

QUICK = AutoencoderSettings(hidden=16, epochs=15, batch=64)


def curve(n=600, seed=0):
    """Points on a bent line in three dimensions."""
    t = np.random.default_rng(seed).uniform(-1, 1, n)
    return np.stack([t, t**2, t**3], axis=1).astype(np.float32)


def pca_error(x, k):
    mean, directions, _ = principal_directions(x, k)
    return (((x - mean) @ directions @ directions.T + mean - x) ** 2).mean()


def test_principal_directions_by_hand():
    mean, directions, scale = principal_directions(
        np.array([[0, 1], [2, 1], [4, 1]], dtype=np.float32), 1
    )
    np.testing.assert_allclose(mean, [2, 1])
    np.testing.assert_allclose(directions[:, 0], [1, 0], atol=1e-6)
    assert scale[0] == pytest.approx(np.sqrt(8 / 3), rel=1e-5)


def test_without_residuals_it_is_pca_to_the_last_bit():
    x = curve()
    mean, directions, scale = principal_directions(x, 2)
    plain = Autoencoder(mean, np.ones(3, np.float32), directions, scale, directions.T, (), ())
    np.testing.assert_array_equal(plain.encode(x), (x - mean) @ directions)


def test_a_bent_line_is_rebuilt_better_than_pca_can():
    x = curve()
    for curved in (True, False):
        fitted = fit_autoencoder(x, 1, Fitting(), settings=QUICK, curved=curved)
        test = curve(seed=1)
        assert ((fitted.decode(fitted.encode(test)) - test) ** 2).mean() < pca_error(x, 1) / 2


def test_where_nothing_bends_it_stays_near_pca():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 6)).astype(np.float32)
    fitted = fit_autoencoder(x[:300], 2, Fitting(), settings=QUICK)
    test = x[300:]
    mean, directions, _ = principal_directions(x[:300], 2)
    linear = (((test - mean) @ directions @ directions.T + mean - test) ** 2).mean()
    assert ((fitted.decode(fitted.encode(test)) - test) ** 2).mean() < 1.05 * linear


def test_what_is_not_known_is_no_part_of_the_error():
    noise = np.random.default_rng(2).normal(0, 0.6, (600, 1)).astype(np.float32)
    x = np.concatenate([curve(), noise], axis=1)
    known = np.repeat([[True, True, True, False]], len(x), axis=0)
    whole = fit_autoencoder(x, 1, Fitting(), settings=QUICK)
    masked = fit_autoencoder(x, 1, Fitting(), settings=QUICK, known=known)

    def error(fitted):
        return ((fitted.decode(fitted.encode(x)) - x)[:, :3] ** 2).mean()

    assert error(masked) < error(whole) / 2


def test_no_latent_dimension_is_dead():
    x = curve()
    assert fit_autoencoder(x, 3, Fitting(), settings=QUICK).dead(x) == 0


def test_a_dead_dimension_is_counted():
    mean, directions, scale = principal_directions(curve(), 2)
    directions = directions * np.array([1, 0], dtype=np.float32)
    plain = Autoencoder(mean, np.ones(3, np.float32), directions, scale, directions.T, (), ())
    assert plain.dead(curve()) == 1


def test_too_many_dimensions_are_refused():
    with pytest.raises(ValueError, match="4 latent"):
        fit_autoencoder(curve(), 4, Fitting(), settings=QUICK)


def test_saved_layers_give_the_same_codes():
    x = curve()
    fitted = fit_autoencoder(x, 2, Fitting(), settings=QUICK)
    again = Autoencoder.restored(fitted.tensors("a"), "a")
    np.testing.assert_array_equal(again.encode(x), fitted.encode(x))
    np.testing.assert_array_equal(again.decode(again.encode(x)), fitted.decode(fitted.encode(x)))


def test_the_chosen_encoder_keeps_at_least_the_neighbours_of_pca():
    x = np.random.default_rng(3).normal(size=(300, 8)).astype(np.float32)
    mean, directions, _ = principal_directions(x, 6)
    kept = neighbour_overlap(x, choose_autoencoder(x, 6, Fitting(), settings=QUICK).encode(x))
    assert kept >= neighbour_overlap(x, ((x - mean) @ directions).astype(np.float32))


def test_overlap_of_a_matrix_with_itself_is_one():
    assert neighbour_overlap(curve(50), curve(50)) == 1.0
