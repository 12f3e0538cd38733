"""Answers Spotify really gave, each file of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from segued.spotify import parsing

RECORDED = Path(__file__).parents[3] / ".." / "shared" / "api" / "recorded"
FILES = sorted(RECORDED.glob("*.json"))

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not FILES, reason="the recorded answers are not part of the project"),
]


def recorded(name: str) -> Any:
    return json.loads((RECORDED / name).read_text("utf-8"))


def objects(value: object) -> Iterator[dict[str, Any]]:
    """Every JSON object anywhere in a document."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from objects(inner)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_object_of_every_file_is_read_without_an_exception(path: Path) -> None:
    for found in objects(json.loads(path.read_text("utf-8"))):
        if found.get("type") == "track" and "artists" in found:
            track = parsing.track(found)
            local = found.get("is_local") is True
            assert (track is None) == local
            if track is not None:
                assert track.title == found["name"]
                assert track.duration_ms == found["duration_ms"]
                assert len(track.artists) == len(found["artists"])
        elif found.get("type") == "playlist":
            summary = parsing.summary(found)
            assert summary is not None
            assert (summary.id, summary.snapshot_id) == (found["id"], found["snapshot_id"])
        elif found.get("type") == "album" and "name" in found:
            album = parsing.album(found)
            assert album is not None
            assert album.name == found["name"]
            assert album.release_date == found["release_date"]
        elif found.get("type") == "artist":
            artist = parsing.artist(found)
            assert artist is not None
            assert artist.name == found["name"]
        else:
            parsing.entry(found)


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("saved_tracks.json", parsing.saved_track),
        ("saved_albums.json", parsing.saved_album),
        ("recently_played_tracks.json", parsing.play),
        ("top_tracks.json", parsing.track),
        ("current_user_playlist_1.json", parsing.summary),
        ("current_user_playlist_2.json", parsing.summary),
        ("top_artists.json", parsing.artist),
        ("artist_albums.json", parsing.album),
    ],
)
def test_every_row_of_a_recorded_page_is_read(name: str, read: Any) -> None:
    document = recorded(name)
    page = parsing.page(document, name, read, offset=document.get("offset", 0), limit=50)
    assert [row is None for row in page.rows] == [row is None for row in document["items"]]
    assert (page.next_offset is None) == (document["next"] is None)


def test_the_owner_of_the_account_is_read() -> None:
    assert parsing.user(recorded("current_user.json")).id == "1112264649"


def test_a_new_playlist_is_read_with_its_version() -> None:
    summary = parsing.summary(recorded("new_playlist.json"))
    assert summary is not None
    assert summary.total == 0
    assert summary.public is False


@pytest.mark.parametrize("name", ["playlist_1.json", "playlist_2.json"])
def test_a_playlist_comes_with_its_first_rows(name: str) -> None:
    rows = parsing.first_rows(recorded(name))
    assert rows is not None
    page = parsing.page(rows, name, parsing.entry, offset=0, limit=100)
    assert len(page.rows) == page.total
    assert page.next_offset is None


def test_a_recorded_local_file_cannot_be_added_back_and_the_track_beside_it_can() -> None:
    rows = recorded("playlist_2.json")["tracks"]["items"]
    entries = [parsing.entry(row) for row in rows]
    assert [entry.kind for entry in entries] == ["local", "track"]
    assert [entry.can_be_added_back for entry in entries] == [False, True]
    assert entries[0].uri.startswith("spotify:local:")


def test_the_app_that_was_recorded_is_one_of_extended_quota() -> None:
    rows = recorded("current_user_playlist_1.json")["items"]
    assert {parsing.regime_of(row) for row in rows} == {"extended"}
