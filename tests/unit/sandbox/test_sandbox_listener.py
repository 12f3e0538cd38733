"""The listener's hidden taste shows in likes, plays, skips and playlists."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest

from segued.sandbox.account.contents import open_account
from segued.sandbox.account.generator import generate_catalogue
from segued.sandbox.account.listener import Listener
from segued.sandbox.calls import SandboxSettings

NOW = datetime(2026, 10, 15, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def catalogue():
    return generate_catalogue(seed=7, tracks=2000, artists=300, genres=24)


@pytest.fixture(scope="module")
def listener(catalogue):
    return Listener(catalogue, 7)


@pytest.fixture(scope="module")
def plays(listener):
    first = date(2026, 7, 1)
    days = (first + timedelta(days=day) for day in range(90))
    return [play for day in days for play in listener.plays_of(day, first)]


@pytest.fixture(scope="module")
def account(catalogue, listener):
    return open_account(SandboxSettings(), catalogue, listener, NOW)


def auc(positive, negative):
    """The chance that a positive scores above a negative, ties half."""
    wins = (positive[:, None] > negative[None, :]).mean()
    return wins + 0.5 * (positive[:, None] == negative[None, :]).mean()


def test_likes_are_distinct_dated_and_newest_first(listener):
    likes = listener.likes(800, NOW)
    assert len({track_id for track_id, _ in likes}) == 800
    moments = [moment for _, moment in likes]
    assert moments == sorted(moments, reverse=True)
    assert moments[0] <= NOW


def test_likes_can_be_foreseen_from_what_a_learner_sees(listener):
    """A ridge regression on features and genre, fitted on one half, ranks the other half."""
    liked = {track_id for track_id, _ in listener.likes(800, NOW)}
    genres = sorted({track.genre for track in listener.tracks})
    onehot = np.array([[track.genre == name for name in genres] for track in listener.tracks])
    matrix = np.hstack([listener.matrix, onehot, np.ones((len(onehot), 1))])
    target = np.array([track.id in liked for track in listener.tracks], dtype=float)
    half = np.random.default_rng(0).random(len(target)) < 0.5
    gram = matrix[half].T @ matrix[half] + 5 * np.eye(matrix.shape[1])
    weights = np.linalg.solve(gram, matrix[half].T @ target[half])
    score, held = matrix[~half] @ weights, target[~half] == 1
    assert auc(score[held], score[~held]) > 0.68


def test_a_day_is_always_the_same_day(listener):
    day, opened = date(2026, 9, 9), date(2026, 10, 15)
    assert listener.plays_of(day, opened) == listener.plays_of(day, opened)


@pytest.mark.parametrize("opened", [date(2028, 2, 29), date(2026, 12, 31), date(2027, 1, 1)])
def test_the_same_account_opened_on_another_date_has_heard_the_same(listener, opened):
    """What is learned from an account, and what the demo shows, does not go by the calendar."""

    def heard(opened):
        midnight = datetime(opened.year, opened.month, opened.day, tzinfo=UTC)
        days = (opened - timedelta(days=before) for before in range(400))
        plays = [play for day in days for play in listener.plays_of(day, opened)]
        return [(play.track_id, play.ended_at - midnight, play.skipped) for play in plays]

    assert heard(opened) == heard(date(2026, 10, 15))


def test_plays_never_overlap(plays):
    for before, after in pairwise(plays):
        assert before.ended_at <= after.ended_at - timedelta(milliseconds=after.ms_played)


def test_what_is_liked_less_is_skipped_more(listener, plays):
    utility = {
        track.id: value for track, value in zip(listener.tracks, listener.utility, strict=True)
    }
    skipped = np.array([utility[play.track_id] for play in plays if play.skipped])
    heard = np.array([utility[play.track_id] for play in plays if not play.skipped])
    assert 0.08 < len(skipped) / len(plays) < 0.4
    assert auc(heard, skipped) > 0.65


def test_sessions_hold_together(listener, plays):
    place = {track.id: row for row, track in enumerate(listener.tracks)}
    path = listener.matrix[[place[play.track_id] for play in plays]]
    steps = np.linalg.norm(np.diff(path, axis=0), axis=1).mean()
    shuffled = path[np.random.default_rng(0).permutation(len(path))]
    assert steps < 0.85 * np.linalg.norm(np.diff(shuffled, axis=0), axis=1).mean()


def test_playlists_are_of_a_kind(listener, account):
    place = {f"spotify:track:{track.id}": row for row, track in enumerate(listener.tracks)}
    own = [
        playlist for playlist in account.playlists.values() if playlist.owner_id == "segue-listener"
    ]
    assert len(own) == 25
    spreads = [
        listener.matrix[[place[uri] for uri in playlist.uris if uri in place]].std(axis=0).mean()
        for playlist in own
    ]
    assert np.median(spreads) < 0.75


def test_a_third_of_the_playlists_rises_in_energy(catalogue, account):
    own = [
        playlist for playlist in account.playlists.values() if playlist.owner_id == "segue-listener"
    ]
    slopes = []
    for playlist in own[::3]:
        ids = [uri.split(":")[2] for uri in playlist.uris if uri.startswith("spotify:track:")]
        energy = [catalogue.tracks[track_id].features.energy for track_id in ids]
        slopes.append(np.corrcoef(np.arange(len(energy)), energy)[0, 1])
    assert min(slopes) > 0.7


def test_the_account_has_the_rough_edges_of_a_real_one(account):
    uris = [uri for playlist in account.playlists.values() for uri in playlist.uris]
    assert sum(uri.startswith("spotify:local:") for uri in uris) == 2
    assert sum(uri.startswith("spotify:episode:") for uri in uris) == 1
    owners = [playlist.owner_id for playlist in account.playlists.values()]
    assert owners.count("spotify") == 1
    assert owners.count("mika-records") == 3
    assert sum(playlist.collaborative for playlist in account.playlists.values()) == 1


def test_playlists_have_names_of_their_own(account):
    names = [playlist.name for playlist in account.playlists.values()]
    assert len(set(names)) == len(names)
