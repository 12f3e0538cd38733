import numpy as np
import pytest

from segue.models.lists.ranker import ContentModel, fit_content


def test_the_centre_of_a_list_is_shrunk_towards_the_mean():
    model = ContentModel(np.zeros(1), np.eye(1), np.array([1.0]))
    mean, variance = model.centre(np.array([[3.0], [3.0]]), np.ones(2))
    # variance 1 / (1/1 + 2) = 1/3, mean 1/3 * 6 = 2
    assert variance[0] == pytest.approx(1 / 3)
    assert mean[0] == pytest.approx(2.0)


def test_log_odds_are_those_of_two_normal_densities():
    model = ContentModel(np.zeros(1), np.eye(1), np.array([1.0]))
    odds = model.log_odds(np.array([[2.0]]), np.array([[3.0], [3.0]]), [np.ones(2)])[0]
    # together N(2, 4/3) at 2; apart N(0, 2) at 2
    together = -0.5 * np.log(4 / 3)
    apart = -0.5 * (4 / 2 + np.log(2))
    assert odds[0] == pytest.approx(together - apart, rel=1e-5)


def test_fitting_finds_the_planted_variances():
    rng = np.random.default_rng(0)
    centres = rng.normal(0, 2.0, (300, 1))
    content = (centres[:, None, :] + rng.normal(0, 1.0, (300, 30, 1))).reshape(-1, 1)
    lists = [np.arange(30, dtype=np.int32) + 30 * place for place in range(300)]
    model = fit_content(content.astype(np.float32), lists)
    assert model.between[0] == pytest.approx(4.0, rel=0.25)


def test_without_lists_nothing_speaks_for_or_against_a_track():
    content = np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32)
    model = fit_content(content, [])
    odds = model.log_odds(model.project(content), model.project(content[:5]), [np.ones(5)])[0]
    assert np.abs(odds).max() < 0.1


def test_no_columns_give_no_odds():
    model = fit_content(np.zeros((5, 0), dtype=np.float32), [np.arange(5, dtype=np.int32)])
    np.testing.assert_array_equal(
        model.log_odds(np.zeros((5, 0)), np.zeros((2, 0)), [np.ones(2)])[0], np.zeros(5)
    )
