"""The generated catalogue: repeatable, believable, with the rough edges of a real one."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from segued.sandbox.account.catalogue import is_id
from segued.sandbox.account.generator import generate_catalogue
from segued.sandbox.account.words import GENRES


@pytest.fixture(scope="module")
def catalogue():
    return generate_catalogue(seed=7, tracks=2000, artists=300, genres=24)


def make(**changes):
    values = {"seed": 7, "tracks": 200, "artists": 30, "genres": 24} | changes
    return generate_catalogue.__wrapped__(**values)


def test_it_has_as_much_as_was_asked_for(catalogue):
    assert len(catalogue.tracks) == 2000
    assert len(catalogue.artists) == 300
    assert len({track.genre for track in catalogue.tracks.values()}) == 24


def test_the_same_seed_gives_the_same_tracks_and_another_seed_others():
    assert list(make().tracks.values()) == list(make().tracks.values())
    assert set(make().tracks).isdisjoint(make(seed=8).tracks)


def test_ids_and_isrcs_have_their_forms(catalogue):
    for track in catalogue.tracks.values():
        assert is_id(track.id)
        assert len(track.isrc) == 12
        assert track.isrc[:5].isalpha()
        assert track.isrc[:5].isupper()
        assert track.isrc[5:].isdigit()


def test_every_reference_leads_somewhere(catalogue):
    on_albums = Counter(
        track_id for album in catalogue.albums.values() for track_id in album.track_ids
    )
    assert on_albums == Counter(catalogue.tracks.keys())
    for track in catalogue.tracks.values():
        assert track.id in catalogue.albums[track.album_id].track_ids
        assert set(track.artist_ids) <= set(catalogue.artists)


def test_some_recordings_are_on_two_albums(catalogue):
    counts = Counter(track.isrc for track in catalogue.tracks.values())
    assert sum(count == 2 for count in counts.values()) == 40
    assert max(counts.values()) == 2


def test_a_few_tracks_are_unplayable(catalogue):
    unplayable = sum(not track.playable for track in catalogue.tracks.values())
    assert 8 <= unplayable <= 50


def test_no_artist_and_no_title_of_an_artist_comes_twice(catalogue):
    names = [artist.name for artist in catalogue.artists.values()]
    assert len(set(names)) == len(names)
    titles = {(track.artist_ids[0], track.title): track.isrc for track in catalogue.tracks.values()}
    assert len(titles) == 2000 - 40


def test_features_stay_within_their_bounds(catalogue):
    for track in catalogue.tracks.values():
        features = track.features
        for name in ("acousticness", "danceability", "energy", "liveness", "valence"):
            assert 0 <= getattr(features, name) <= 1
        assert -60 <= features.loudness <= 1
        assert 50 <= features.tempo <= 210
        assert features.key in range(12)
        assert features.mode in (0, 1)
        assert 60_000 <= track.duration_ms <= 1_100_000


def test_each_genre_sounds_like_itself(catalogue):
    for genre in GENRES:
        energies = [
            track.features.energy
            for track in catalogue.tracks.values()
            if track.genre == genre.name
        ]
        assert abs(np.median(energies) - genre.energy) < 0.17


def test_loud_goes_with_energetic_and_against_acoustic_within_genres(catalogue):
    rows = {"energy": [], "loudness": [], "acousticness": []}
    for genre in GENRES:
        own = [track.features for track in catalogue.tracks.values() if track.genre == genre.name]
        for name, column in rows.items():
            values = np.array([getattr(features, name) for features in own])
            column.extend(values - values.mean())
    assert np.corrcoef(rows["energy"], rows["loudness"])[0, 1] > 0.4
    assert np.corrcoef(rows["energy"], rows["acousticness"])[0, 1] < -0.25


def test_a_catalogue_of_one_track_can_be_made():
    assert len(make(tracks=1, artists=1, genres=1).tracks) == 1
