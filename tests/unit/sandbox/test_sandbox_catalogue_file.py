"""A catalogue out of a CSV of real tracks."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest

from segue.errors import DataError
from segued.sandbox.account.catalogue import COLUMNS, read_catalogue
from segued.sandbox.account.world import Clock, make_world
from segued.sandbox.calls import SandboxSettings

SHARED = Path(__file__).parents[3] / ".." / "shared" / "data" / "spotify_songs.csv.gz"
VALUES = {
    "track_popularity": "50",
    "track_album_id": "A" * 22,
    "track_album_name": "Album",
    "track_album_release_date": "2019-06-14",
    "playlist_name": "Mix",
    "playlist_id": "P" * 22,
    "playlist_subgenre": "dance pop",
    "danceability": "0.7",
    "energy": "0.9",
    "key": "6",
    "loudness": "-2.6",
    "mode": "1",
    "speechiness": "0.05",
    "acousticness": "0.1",
    "instrumentalness": "0",
    "liveness": "0.06",
    "valence": "0.5",
    "tempo": "122.0",
    "duration_ms": "194754",
}


def line(letter, **changes):
    values = VALUES | {
        "track_id": letter * 22,
        "track_name": f"Song {letter}",
        "track_artist": "Band",
    }
    return ",".join((values | changes)[name] for name in COLUMNS)


@pytest.fixture
def file(tmp_path):
    def write(*lines, name="tracks.csv"):
        path = tmp_path / name
        text = "\n".join([",".join(COLUMNS), *lines]) + "\n"
        path.write_bytes(gzip.compress(text.encode()) if name.endswith("gz") else text.encode())
        return path

    return write


@pytest.mark.parametrize("name", ["tracks.csv", "tracks.csv.gz"])
def test_tracks_are_read_plain_and_packed(file, name):
    catalogue = read_catalogue(file(line("x"), line("y"), name=name))
    track = catalogue.tracks["x" * 22]
    assert (track.title, track.duration_ms, track.features.key) == ("Song x", 194_754, 6)
    assert catalogue.artist_line(track) == "Band"
    assert catalogue.albums[track.album_id].track_ids == ("x" * 22, "y" * 22)


def test_a_track_in_two_playlists_is_one_track(file):
    other = {"playlist_id": "Q" * 22, "playlist_name": "Other"}
    catalogue = read_catalogue(file(line("x"), line("y"), line("x", **other)))
    assert len(catalogue.tracks) == 2
    assert [(playlist.name, len(playlist.track_ids)) for playlist in catalogue.playlists] == [
        ("Mix", 2),
        ("Other", 1),
    ]


def test_playlists_keep_the_order_of_the_lines(file):
    catalogue = read_catalogue(file(line("z"), line("x"), line("y")))
    assert [track_id[0] for track_id in catalogue.playlists[0].track_ids] == ["z", "x", "y"]


def test_the_same_file_gives_the_same_catalogue(file):
    path = file(line("x"))
    assert read_catalogue(path).tracks == read_catalogue(path).tracks


def test_a_number_that_is_none_is_reported_with_its_line(file):
    with pytest.raises(DataError, match=r"tracks\.csv: line 3: .*loud"):
        read_catalogue(file(line("x"), line("y", loudness="loud")))


def test_a_line_cut_short_is_reported(file):
    with pytest.raises(DataError, match="line 2: the line is cut short"):
        read_catalogue(file("xxxx,Song"))


def test_missing_columns_are_named(tmp_path):
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match=r"columns are missing: track_id, track_name"):
        read_catalogue(tmp_path / "other.csv")


@pytest.mark.parametrize("content", [b"\x1f\x8bbroken", b"\xff\xfe\x00"])
def test_a_file_that_is_no_csv_is_refused(tmp_path, content):
    (tmp_path / "broken").write_bytes(content)
    with pytest.raises(DataError, match="broken cannot be read"):
        read_catalogue(tmp_path / "broken")


@pytest.mark.shared
def test_real_tracks_and_playlists_fill_a_world():
    if not SHARED.is_file():
        pytest.skip("the real tracks are not part of the project")
    clock = Clock(datetime(2026, 10, 15, tzinfo=UTC), ticking=False)
    world = make_world(SandboxSettings(catalogue=SHARED), clock)
    assert len(world.catalogue.tracks) == 28_356
    own = [
        playlist
        for playlist in world.account.playlists.values()
        if playlist.owner_id == "segue-listener"
    ]
    assert len(own) == 25
    real = {playlist.id: playlist.track_ids for playlist in world.catalogue.playlists}
    for playlist in own:
        members = [uri.split(":")[2] for uri in playlist.uris if uri.startswith("spotify:track:")]
        assert tuple(members) == real[playlist.id]
    assert len(world.account.likes) == 800
    assert len(world.plays()) > 500
