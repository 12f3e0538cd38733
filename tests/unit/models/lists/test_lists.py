from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.models.data import track_table
from segue.models.lists.catalogue import catalogue_of
from segue.models.lists.episodes import plausibility
from segue.models.lists.lists import ListWeights, TrainingLists
from segue.models.lists.model import lists_of
from segue.models.lists.signals import signals

N = 24


def rows(*tracks):
    return np.array(tracks, dtype=np.int32)


def table(seed=0, n=N):
    rng = np.random.default_rng(seed)
    return track_table(
        n,
        titles=[f"song {row}" for row in range(n)],
        abstract=rng.uniform(0, 1, (n, 8)).astype(np.float32),
        artists=[f"artist {number}" for number in rng.integers(0, 6, n)],
        albums=[f"album {number}" for number in rng.integers(0, 9, n)],
        popularity=rng.uniform(0, 100, n).astype(np.float32),
        released=rng.uniform(1990, 2020, n).astype(np.float32),
    )


def test_artist_evidence_counts_lists_that_hold_the_artist_by_another_track():
    catalogue = catalogue_of(track_table(4, artists=["a", "a", "b", "b"]))
    lists = lists_of(catalogue, [rows(0, 2), rows(0, 1)])
    weights = ListWeights(
        np.array([0.75, 0.25], dtype=np.float32),
        np.array([0.75, 0.75, 0.25, 0.25], dtype=np.float32),
    )
    # 0: list 1 by track 1 only. 1: both lists by track 0. 2: none by another. 3: list 0 by 2.
    np.testing.assert_allclose(lists.artist_evidence([weights])[0], [0.25, 1.0, 0.0, 0.75])


def test_album_evidence_does_the_same_for_albums():
    catalogue = catalogue_of(track_table(3, albums=["x", "x", "y"]))
    lists = lists_of(catalogue, [rows(0, 2)])
    weights = ListWeights(np.ones(1, dtype=np.float32), np.ones(2, dtype=np.float32))
    np.testing.assert_allclose(lists.album_evidence([weights])[0], [0.0, 1.0, 0.0])


def test_track_weights_sum_the_lists_that_hold_a_track():
    lists = lists_of(catalogue_of(track_table(3)), [rows(0, 1), rows(1)])
    weights = ListWeights(np.array([0.25, 0.75], dtype=np.float32), np.zeros(3, dtype=np.float32))
    np.testing.assert_allclose(lists.track_weights(weights), [0.25, 1.0, 0.0])


def test_lists_are_weighted_by_the_cosine_of_their_tracks():
    lists = lists_of(catalogue_of(track_table(5)), [rows(0, 1, 2, 3), rows(4)])
    # shared 2 / sqrt 4 = 1 and 1 / sqrt 1 = 1: half each
    np.testing.assert_allclose(lists.by_tracks(rows(0, 1, 4)).lists, [0.5, 0.5], rtol=1e-6)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.integers(0, N - 1))
def test_evidence_for_a_track_is_the_same_whether_or_not_it_stands_in_lists(seed, track):
    rng = np.random.default_rng(seed)
    catalogue = catalogue_of(table())
    held = [np.union1d(rng.choice(N, 6, replace=False), [track]) for _ in range(4)]
    model = lists_of(catalogue, held).model
    informed = TrainingLists(catalogue, held, model)
    uninformed = TrainingLists(catalogue, [each[each != track] for each in held], model)
    query = rng.permutation(np.delete(np.arange(N), track))[:5].astype(np.int32)
    counts = np.asarray(catalogue.involved[query].sum(axis=0)).ravel()
    for kind in ("artists", "content"):
        found = []
        for lists in (informed, uninformed):
            weights = lists.by_artists(counts) if kind == "artists" else lists.by_content(query)
            total = _by_artists(lists, counts) if kind == "artists" else _near(lists, query)
            found.append(lists.artist_evidence([weights])[0][track] * total)
            found.append(lists.album_evidence([weights])[0][track] * total)
        np.testing.assert_allclose(found[:2], found[2:], rtol=1e-3, atol=1e-5)


def _by_artists(lists, counts):
    """The total that the weights of all lists were divided by."""
    idf = lists.catalogue.artist_idf
    wanted = np.sqrt(counts) * idf
    shared = lists.artists_present @ (wanted * idf)
    alike = shared / (np.sqrt(lists.artist_norm) + 5.0) / (np.sqrt((wanted**2).sum()) + 1e-9)
    return alike.sum()


def _near(lists, query):
    """The same for content."""
    mean, variance = lists.model.centre(lists.projected[query], np.ones(len(query)))
    spread = variance + 1.0 / np.maximum(lists.sizes, 1)[:, None] + 0.05
    return np.exp(-0.5 * ((lists.centres - mean) ** 2 / spread).sum(axis=1) / 8.0).sum()


def test_more_co_occurrence_never_lowers_own_signals():
    catalogue = catalogue_of(table())
    query = rows(0, 1, 2)
    before = [rows(0, 1, 5), rows(7, 8, 9)]
    model = lists_of(catalogue, before).model
    after = [rows(0, 1, 5, 11), rows(7, 8, 9)]
    low = signals(TrainingLists(catalogue, before, model), query)["own_lists_tracks"][11]
    high = signals(TrainingLists(catalogue, after, model), query)["own_lists_tracks"][11]
    assert high > low == 0


def test_signals_of_some_rows_are_those_of_all():
    catalogue = catalogue_of(table())
    lists = lists_of(catalogue, [rows(0, 1, 2, 3), rows(4, 5, 6, 7)])
    some = np.array([3, 9, 20])
    whole, part = signals(lists, rows(0, 4)), signals(lists, rows(0, 4), some)
    for name, column in part.items():
        if not name.startswith(("date", "popularity")):
            np.testing.assert_allclose(column, whole[name][some], rtol=1e-4, atol=1e-5)


def test_nothing_known_of_tracks_still_gives_finite_signals():
    catalogue = catalogue_of(track_table(6))
    lists = lists_of(catalogue, [rows(0, 1, 2), rows(2, 3)])
    for column in signals(lists, rows(0)).values():
        assert np.isfinite(column).all()


def test_a_row_without_a_date_gets_the_mean_of_the_others():
    known = table()
    released = known.released.copy()
    released[3] = np.nan
    catalogue = catalogue_of(replace(known, released=released))
    column = signals(lists_of(catalogue, [rows(0, 1, 2)]), rows(0, 1))["date_2"]
    assert column[3] == pytest.approx(np.delete(column, 3).mean(), rel=1e-4)


def test_of_a_large_collection_the_lists_most_alike_count_as_if_they_were_all():
    # Two halves that share no track, artist or sound: for a query of one the other says nothing.
    n, half = 80, 40
    rng = np.random.default_rng(3)
    catalogue = catalogue_of(
        track_table(
            n,
            abstract=(rng.uniform(0, 0.3, (n, 8)) + 0.7 * (np.arange(n) >= half)[:, None]).astype(
                np.float32
            ),
            artists=[f"artist {row // 4}" for row in range(n)],
            albums=[f"album {row // 2}" for row in range(n)],
        )
    )
    near = [np.sort(rng.permutation(half)[:8]).astype(np.int32) for _ in range(6)]
    far = [(each + half).astype(np.int32) for each in near]
    mixed = [each for pair in zip(far, near, strict=True) for each in pair]
    model = lists_of(catalogue, mixed).model
    query = near[0][:3]
    for some in (None, np.arange(0, n, 3), np.arange(n)):
        expected = signals(TrainingLists(catalogue, near, model), query, some)
        found = signals(TrainingLists(catalogue, mixed, model, nearest=len(near)), query, some)
        for name in expected.keys() - {"own_count"}:
            np.testing.assert_allclose(found[name], expected[name], rtol=1e-5, atol=1e-6)
        whole = signals(TrainingLists(catalogue, mixed, model), query, some)
        np.testing.assert_array_equal(found["own_count"], whole["own_count"])


def test_signals_of_a_few_tracks_are_those_of_all_also_where_lists_are_left_out():
    catalogue = catalogue_of(table(5, n=60))
    rng = np.random.default_rng(5)
    held = [rng.permutation(60)[:7].astype(np.int32) for _ in range(15)]
    lists = TrainingLists(catalogue, held, lists_of(catalogue, held).model, nearest=6)
    some = np.array([3, 17, 40, 58])
    whole, part = signals(lists, rows(0, 9)), signals(lists, rows(0, 9), some)
    for name, column in part.items():
        if not name.startswith(("date", "popularity")):
            np.testing.assert_allclose(column, whole[name][some], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("unknown", [False, True])
def test_the_signals_of_drawn_rows_are_those_they_have_beside_all_others(unknown: bool):
    known = table()
    released = known.released.copy()
    released[:] = 2000 + np.arange(N)
    released[3] = np.nan if unknown else released[3]
    catalogue = catalogue_of(replace(known, released=released))
    lists = lists_of(catalogue, [rows(0, 1, 2, 3), rows(4, 5, 6, 7)])
    some, places = np.arange(2, 20), np.array([1, 4, 5, 9])
    told = []

    def draw(plausible):
        told.append(plausible)
        return places

    whole, drawn = signals(lists, rows(0, 4), some), signals(lists, rows(0, 4), some, draw)
    assert list(drawn) == list(whole)
    for name, column in drawn.items():
        np.testing.assert_allclose(column, whole[name][places], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(told[0], plausibility(whole), rtol=1e-5, atol=1e-6)
