"""Training data: what of an account the learners see."""

from __future__ import annotations

import math

import numpy as np
import pytest

from segue.music.track import Album, Artist, date_as_year
from segue.playlists.inventory import LyricFacts, VectorSpace
from segue.playlists.library import Play
from segue.playlists.listening import TEXT_SIZE, listening_of, training_data

NOTHING = listening_of(())


def test_playlists_are_the_users_own_in_order_less_those_segue_makes(lab) -> None:
    own = lab.playlist("p1", ["t3", lab.local(), "t1", "t3"])
    made = lab.playlist("p2", ["t1", "t3"])
    others = lab.playlist("p3", ["t3"], owner_id="somebody")
    inventory = lab.inventory(["t1"], [own, made, others], recipe_playlists={"r": "p2"})
    data = training_data(inventory, NOTHING)
    ids = data.vocabulary.ids
    assert ids == ("t1", "t3")
    assert [[ids[row] for row in rows] for rows in data.playlists] == [["t3", "t1", "t3"]]
    assert data.playlist_ids == ("p1",)


def test_likes_come_with_their_dates_and_what_was_taken_out_by_hand_is_disliked(lab) -> None:
    out = {"r": frozenset(lab.uris("t2", "t1", "t9"))}
    inventory = lab.inventory(["t1"], tracks=lab.tracks("t2"), kept_out=out)
    data = training_data(inventory, NOTHING)
    assert data.likes.tolist() == [0]
    assert data.liked_at.tolist() == [lab.ago(1).timestamp()]
    assert data.dislikes.tolist() == [1]


def test_plays_are_sessions(lab) -> None:
    inventory = lab.inventory(["t1", "t2"])
    plays = [Play("t2", lab.ago(2), 200_000, False), Play("t1", lab.ago(1), 1_000, True)]
    sessions = training_data(inventory, listening_of(plays)).sessions
    assert [session.tracks.tolist() for session in sessions] == [[1], [0]]
    assert [session.skipped.tolist() for session in sessions] == [[0], [1]]


def test_what_is_unknown_of_a_track_is_unknown_to_the_learners(lab) -> None:
    known = lab.features(energy=0.5, tempo=120.0, key=3, mode=1)
    plain = lab.track("t2", artists=(), album=None, duration_ms=0)
    inventory = lab.inventory(["t1"], tracks={"t2": plain}, features={"t1": known})
    tracks = training_data(inventory, NOTHING).tracks
    assert tracks.abstract[0, 2] == 0.5
    assert np.isnan(tracks.abstract[1]).all()
    assert (tracks.tempo[0], tracks.key[0], tracks.mode[0]) == (120.0, 3, 1)
    assert (tracks.key[1], tracks.mode[1], tracks.artist[1], tracks.album[1]) == (-1, -1, -1, -1)
    assert all(math.isnan(c[1]) for c in (tracks.tempo, tracks.duration_ms, tracks.released))


def test_albums_of_one_name_by_two_artists_are_two(lab) -> None:
    tracks = {
        i: lab.track(i, artists=(Artist(i, i),), album=Album("Greatest Hits", i))
        for i in ("t1", "t2")
    }
    assert len(training_data(lab.inventory(tracks=tracks), NOTHING).tracks.album_names) == 2


@pytest.mark.parametrize(
    ("date", "year"),
    [("2020-07-02", 2020.5), ("2020-01-01", 2020.0), ("2020", 2020.5), ("2020-07", 2020.54)],
)
def test_a_date_of_release_is_a_year_with_its_fraction(date, year) -> None:
    assert date_as_year(date) == pytest.approx(year, abs=0.005)


@pytest.mark.parametrize("date", [None, "", "0000", "2020-13-01", "soon"])
def test_a_date_that_is_none_is_unknown(date) -> None:
    assert math.isnan(date_as_year(date))


def test_the_mood_of_the_words_is_given_where_it_is_known(lab) -> None:
    words = {"t1": LyricFacts(mood=-0.25), "t2": LyricFacts(instrumental=True)}
    tracks = training_data(lab.inventory(["t1", "t2"], lyrics=words), NOTHING).tracks
    assert tracks.mood is not None
    np.testing.assert_array_equal(tracks.mood, [-0.25, np.nan])
    assert training_data(lab.inventory(["t1"]), NOTHING).tracks.mood is None


def test_lyric_vectors_keep_their_first_principal_directions(lab) -> None:
    rng = np.random.default_rng(0)
    plane = rng.normal(size=(40, 2)) @ rng.normal(size=(2, 96))
    ids = [f"t{n}" for n in range(40)]
    space = VectorSpace({i: n for n, i in enumerate(ids)}, plane.astype(np.float32))
    inventory = lab.inventory(ids, lyric_space=space, tracks=lab.tracks("x0"))
    data = training_data(inventory, NOTHING)
    assert data.tracks.text is not None
    assert data.tracks.text.shape == (41, TEXT_SIZE)
    first, second = (data.vocabulary.index(i) for i in ("t3", "t7"))
    apart = np.linalg.norm(data.tracks.text[first] - data.tracks.text[second])
    assert apart == pytest.approx(np.linalg.norm(plane[3] - plane[7]), rel=1e-4)
    assert np.isnan(data.tracks.text[data.vocabulary.index("x0")]).all()


def test_the_order_of_the_library_is_no_matter(lab) -> None:
    forth = training_data(lab.inventory(["t1", "t2"]), NOTHING)
    back = training_data(lab.inventory(["t2", "t1"]), NOTHING)
    assert forth.vocabulary == back.vocabulary


def test_the_sound_of_files_is_given_where_it_is_known(lab) -> None:
    space = VectorSpace({"t2": 0}, np.ones((1, 4), dtype=np.float32))
    tracks = training_data(lab.inventory(["t1", "t2"], sound_space=space), NOTHING).tracks
    assert tracks.sound is not None
    assert np.isfinite(tracks.sound).all(axis=1).tolist() == [False, True]
    assert training_data(lab.inventory(["t1"]), NOTHING).tracks.sound is None


def test_genres_come_with_what_they_are_part_of_and_unknown_ones_stay_unknown(lab) -> None:
    inventory = lab.inventory(["t1", "t2"], genres={"t1": ("deephouse",)})
    genres = training_data(inventory, NOTHING).tracks.genres
    assert genres[0].tolist() == [1, 1, 1], "deep house, house, electronic"
    assert np.isnan(genres[1]).all()
    assert training_data(lab.inventory(["t1"]), NOTHING).tracks.genres is None
