"""`evaluate_nextstep`: its folds, its rows, and what it says of order planted or absent."""

from __future__ import annotations

import numpy as np
import pytest

from segue.errors import NotEnoughDataError
from segue.evaluation.baselines import classifiers as baselines
from segue.evaluation.nextstep import FEATURES_ONLY, WITH_ARTIST, evaluate_nextstep
from segue.models.data import TrainingData, Vocabulary, track_table
from segue.progress import Fitting

ENERGY = 2


def library(kind, lengths=(16,) * 24, seed=0):
    """Lists that are smooth walks, sorted by energy, or in an order of chance."""
    rng = np.random.default_rng(seed)
    lists = []
    for length in lengths:
        rows = rng.uniform(0.2, 0.8, (length, 8))
        if kind == "walks":
            steps = np.cumsum(rng.normal(0, 0.04, (length, 8)), axis=0)
            rows = np.clip(rng.uniform(0.3, 0.7, 8) + steps, 0, 1)
        if kind == "energy":
            rows = rows[np.argsort(rows[:, ENERGY])]
        lists.append(rows)
    abstract = np.concatenate(lists).astype(np.float32)
    abstract[:, 5] = -20 + 15 * abstract[:, 5]
    n = len(abstract)
    return TrainingData(
        vocabulary=Vocabulary(f"t{row}" for row in range(n)),
        tracks=track_table(
            n,
            titles=[f"song {row}" for row in range(n)],
            abstract=abstract,
            artists=[f"artist {row % 30}" for row in range(n)],
        ),
        playlists=tuple(np.split(np.arange(n, dtype=np.int32), np.cumsum(lengths)[:-1])),
    )


def document(kind):
    return evaluate_nextstep(library(kind), kind, Fitting(), nets=1, folds=2).document()


@pytest.fixture(scope="module")
def walks():
    return document("walks")


def ours(found, split=FEATURES_ONLY):
    return next(r for r in found["rows"] if r["method"] == "segue" and r["split"] == split)


def test_the_rows_and_keys_are_those_that_are_promised(walks):
    methods = [(row["method"], row["split"]) for row in walks["rows"]]
    assert methods == [
        ("zero", FEATURES_ONLY),
        ("last", FEATURES_ONLY),
        ("prefix mean", FEATURES_ONLY),
        ("prefix median", FEATURES_ONLY),
        ("DISCO's net as published", FEATURES_ONLY),
        ("gradient boosting", FEATURES_ONLY),
        ("segue", FEATURES_ONLY),
        ("segue", WITH_ARTIST),
    ]
    for row in walks["rows"]:
        assert {"mae", "mae_ci", "mae_shuffled", "gain", "gain_ci"} <= set(row)
        assert row["mae_ci"][0] <= row["mae"] <= row["mae_ci"][1]
    assert {"order_prefix", "order_prefix_ci", "order_whole", "order_whole_ci"} <= set(ours(walks))
    assert walks["n"] == 24 * 15


def test_gains_are_over_the_prefix_median(walks):
    median = next(row for row in walks["rows"] if row["method"] == "prefix median")
    assert median["gain"] == 0
    for row in walks["rows"]:
        assert row["gain"] == pytest.approx(median["mae"] - row["mae"], abs=1e-9)


def test_on_smooth_walks_both_tests_of_order_show_it(walks):
    found = ours(walks)
    assert found["order_prefix"] >= 0.03
    assert found["order_whole"] >= 0.03
    assert min(found["order_prefix_ci"][0], found["order_whole_ci"][0]) > 0
    boosting = next(row for row in walks["rows"] if row["method"] == "gradient boosting")
    assert found["mae"] < boosting["mae"]


def test_on_lists_sorted_by_energy_both_tests_of_order_show_it():
    found = ours(document("energy"))
    assert found["order_prefix"] >= 0.03
    assert found["order_whole"] >= 0.03


def test_on_lists_in_an_order_of_chance_neither_shows_any():
    found = ours(document("chance"))
    assert abs(found["order_prefix"]) < 0.01
    assert abs(found["order_whole"]) < 0.015
    assert found["gain"] > 0


def test_lists_of_eight_to_fifty_tracks_are_counted_and_unknown_tracks_left_out():
    data = library("chance", lengths=(60, 7, *(9,) * 20))
    data.tracks.abstract[-1] = np.nan
    found = evaluate_nextstep(data, "lengths", Fitting(), nets=1, folds=2)
    assert found.n == 49 + 19 * 8 + 7


def test_fewer_than_twenty_lists_are_refused():
    with pytest.raises(NotEnoughDataError, match="has 19"):
        evaluate_nextstep(library("chance", lengths=(9,) * 19), "few", Fitting())


def level(*values):
    return np.repeat(np.array(values, dtype=np.float32)[:, None], 8, axis=1)


@pytest.mark.parametrize(
    ("method", "foretold"),
    [
        (baselines.zero, [0, 0, 0]),
        (baselines.last, [1, 3, 2.5]),
        (baselines.mean, [1, 2, 6.5 / 3]),
        (baselines.median, [1, 2, 2.5]),
    ],
)
def test_the_simple_methods_by_hand(method, foretold):
    scaled = level(1, 3, 2.5, 0)
    said = method(np.arange(4, dtype=np.int32), scaled)
    np.testing.assert_allclose(said, level(*foretold), rtol=1e-6)


def test_the_published_net_is_taught_in_alphabetical_order():
    data = library("energy")
    scaled = data.tracks.abstract
    rows = data.playlists[0]
    lists = list(data.playlists)
    predicted = baselines.published_net(lists, scaled, data.tracks.titles, seed=0)(rows)
    # other orders of the same lists teach it the same, other titles do not
    turned = [part[::-1].copy() for part in lists]
    np.testing.assert_array_equal(
        predicted, baselines.published_net(turned, scaled, data.tracks.titles, seed=0)(rows)
    )
    other = [f"{len(scaled) - row:05}" for row in range(len(scaled))]
    assert (predicted != baselines.published_net(lists, scaled, other, seed=0)(rows)).any()
