"""Playlists as files: what is written is read back, and what other programs make is read."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.errors import DataError
from segue.exchange import FORMATS, Format, Song, SongList, read_list, song_list, write_list
from segue.music.track import Album, Artist, Track
from segue.playlists.library import Playlist, PlaylistEntry, PlaylistSummary

_NAMES = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=20).map(
    lambda text: " ".join(text.split())
)
_IDS = st.text("0123456789ABCDEFabcdef", min_size=22, max_size=22)
_SONGS = st.builds(
    Song,
    title=_NAMES.filter(bool),
    artist=_NAMES,
    album=_NAMES,
    duration_ms=st.integers(0, 10**7),
    isrc=st.sampled_from(["", "GBAYE0601696"]),
    uri=_IDS.map(lambda each: f"spotify:track:{each}"),
    mbid=st.sampled_from(["", "5b11f4ce-a62d-471e-81fc-a69a8278c7da"]),
    file=st.sampled_from(["", "/music/a b/c.flac"]),
)


@pytest.mark.parametrize("kind", FORMATS)
@given(name=_NAMES, songs=st.lists(_SONGS, max_size=5))
def test_what_is_written_is_read_back(kind: Format, name: str, songs: list[Song]) -> None:
    listed = SongList("" if kind == "csv" else name, tuple(songs))
    written = write_list(SongList(name, tuple(songs)), kind)
    assert read_list(written, kind) == listed


@pytest.mark.parametrize("kind", FORMATS)
@given(text=st.text(max_size=30))
def test_no_name_breaks_a_file(kind: Format, text: str) -> None:
    written = write_list(SongList(text, (Song(f"a{text}", text, text),)), kind)
    assert [song.title[0] for song in read_list(written, kind).songs] == ["a"]


@pytest.mark.parametrize("kind", FORMATS)
@given(data=st.binary(max_size=60))
def test_any_bytes_are_a_playlist_or_refused(kind: Format, data: bytes) -> None:
    with contextlib.suppress(DataError):
        read_list(data, kind)


@pytest.mark.parametrize("kind", ["m3u8", "jspf", "xspf"])
def test_a_path_is_written_as_it_is_or_not_at_all(kind: Format) -> None:
    paths = ("/music/a  b /\u3000c.flac", "/music/a\nb.flac", "/music/\udce9.flac")
    written = write_list(SongList("Mix", tuple(Song("Blue", file=each) for each in paths)), kind)
    found = [song.file for song in read_list(written, kind).songs]
    assert found[0] == paths[0]
    assert not set(found[1:]) & {"/music/a b.flac", "/music/ .flac"}


def test_a_player_finds_the_file_and_what_to_show() -> None:
    song = Song("Blue", "Ana", "Sky", 61_400, uri="spotify:track:4uLU6hMCjMI75M1A2tKUQC")
    text = write_list(SongList("Mix", (song,)), "m3u8").decode()
    lines = text.splitlines()
    assert lines[0] == "#EXTM3U"
    assert "#PLAYLIST:Mix" in lines
    assert "#EXTINF:61,Ana - Blue" in lines
    assert lines[-1] == "https://open.spotify.com/track/4uLU6hMCjMI75M1A2tKUQC"


def test_jspf_names_recordings_as_listenbrainz_does() -> None:
    song = Song("Blue", "Ana", mbid="5b11f4ce-a62d-471e-81fc-a69a8278c7da", isrc="GBAYE0601696")
    (row,) = json.loads(write_list(SongList("Mix", (song,)), "jspf"))["playlist"]["track"]
    assert row["identifier"] == [
        "https://musicbrainz.org/recording/5b11f4ce-a62d-471e-81fc-a69a8278c7da",
        "isrc:GBAYE0601696",
    ]


def test_xspf_is_in_its_namespace_and_entities_are_refused() -> None:
    root = ET.fromstring(write_list(SongList("Mix", (Song("Blue"),)), "xspf"))
    assert root.tag == "{http://xspf.org/ns/0/}playlist"
    bomb = b'<!DOCTYPE a [<!ENTITY b "c">]><playlist xmlns="http://xspf.org/ns/0/"/>'
    with pytest.raises(DataError, match="entities"):
        read_list(bomb, "xspf")


def test_lists_of_other_programs_are_read() -> None:
    plain = b"\xef\xbb\xbf#EXTM3U\r\n#EXTINF:12,Ana - Blue\r\n/music/blue.mp3\r\n/music/x.ogg\r\n"
    first, second = read_list(plain, "m3u8").songs
    assert (first.artist, first.title, first.file) == ("Ana", "Blue", "/music/blue.mp3")
    assert second.file == "/music/x.ogg"
    single = {"playlist": {"track": [{"title": "Blue", "identifier": "isrc:GBAYE0601696"}]}}
    assert read_list(json.dumps(single).encode(), "jspf").songs[0].isrc == "GBAYE0601696"


def test_rows_that_could_not_be_read_are_left_out_and_the_others_keep_their_order() -> None:
    track = Track("4uLU6hMCjMI75M1A2tKUQC", "Blue", (Artist("Ana"), Artist("Bo")), Album("Sky"))
    entries = (
        PlaylistEntry("spotify:local:Bo:Sky:Red:60", "local", "Red"),
        PlaylistEntry("", "unknown", ""),
        PlaylistEntry(track.uri, "track", "Blue", track, datetime(2026, 1, 1, tzinfo=UTC)),
    )
    playlist = Playlist(PlaylistSummary("p", "Mix", "me", "s"), entries)
    listed = song_list(playlist, lambda entry: "/x.mp3" if entry.kind == "local" else "")
    assert [(song.title, song.file) for song in listed.songs] == [("Red", "/x.mp3"), ("Blue", "")]
    assert listed.songs[1].artist == "Ana, Bo"
