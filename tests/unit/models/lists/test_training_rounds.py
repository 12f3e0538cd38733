"""What rankers practise on: who may be asked for, and what may be known of them."""

from __future__ import annotations

import numpy as np

from segue.models.data import track_table
from segue.models.lists.catalogue import catalogue_of
from segue.models.lists.episodes import Episode, TrainingRound
from segue.models.lists.model import ANY_TRACK, WHOLE_LIBRARY, fit_rankers
from segue.models.lists.ranker import RankerSettings
from segue.models.lists.signals import OWN_COUNT
from segue.progress import Fitting

QUICK = RankerSettings(hidden=4, epochs=8)
LOVED = np.arange(8, dtype=np.int32)


def practices(n=60, n_lists=24, seed=0):
    """Half of every list is of the eight tracks that lists hold often, half by chance."""
    rng = np.random.default_rng(seed)
    lists = [
        np.concatenate([rng.permutation(LOVED)[:3], rng.permutation(np.arange(8, n))[:3]]).astype(
            np.int32
        )
        for _ in range(n_lists)
    ]
    episodes = [Episode(rows[3:4], rows[rows != rows[3]]) for rows in lists]
    return [
        TrainingRound(tuple(lists[:place] + lists[place + 1 :]), (episode,))
        for place, episode in enumerate(episodes)
    ]


def fitted(kind, rounds=None):
    catalogue = catalogue_of(track_table(60))
    found = fit_rankers(
        catalogue,
        rounds or practices(),
        [kind],
        Fitting(),
        QUICK,
    )
    assert list(found) == [kind]
    return found[kind]


def test_in_a_library_standing_in_many_lists_counts_for_a_track():
    ranker = fitted(WHOLE_LIBRARY)
    place = ranker.names.index(OWN_COUNT)
    assert ranker.linear[place] > 0.05
    np.testing.assert_array_equal(ranker.inner[place], 0)


def test_standing_in_lists_never_counts_against_a_track():
    # every track that is asked for stands in no known list, most other candidates in one
    lists = [np.arange(6 * k, 6 * k + 6, dtype=np.int32) for k in range(10)]
    rounds = [
        TrainingRound((*lists[:k], *lists[k + 1 :]), (Episode(rows[:1], rows[1:]),))
        for k, rows in enumerate(lists)
    ]
    ranker = fitted(WHOLE_LIBRARY, rounds)
    place = ranker.names.index(OWN_COUNT)
    assert ranker.linear[place] == 0
    np.testing.assert_array_equal(ranker.inner[place], 0)


def test_in_how_many_lists_a_track_stands_is_not_reported_where_any_may_be_asked_for():
    assert OWN_COUNT not in fitted(ANY_TRACK).names
