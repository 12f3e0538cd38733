"""Spotify's JSON in both shapes as our values."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.errors import MalformedAnswerError
from segued.spotify import parsing

TRACK: dict[str, Any] = {
    "id": "3ZL9gPzeCnKG9l5SB1SlcZ",
    "type": "track",
    "name": "Somewhere",
    "artists": [{"id": "a1", "name": "Ann"}, {"id": None, "name": "Bo"}, None],
    "album": {"id": "b1", "name": "Here", "release_date": "1999"},
    "duration_ms": 227934,
    "external_ids": {"isrc": "GBCFB2300770"},
    "explicit": False,
    "is_local": False,
}
EPISODE = {"id": "e", "type": "episode", "uri": "spotify:episode:e1", "name": "A talk"}
LOCAL = {"id": None, "type": "track", "uri": "spotify:local:Ann::Tape:180", "name": "Tape"}
WHEN = "2026-01-02T03:04:05Z"


def test_a_track_carries_artists_album_duration_and_isrc() -> None:
    found = parsing.track(TRACK)
    assert found is not None
    assert found.artist_line == "Ann, Bo"
    assert found.album is not None
    assert found.album.release_year == 1999
    assert (found.duration_ms, found.isrc, found.explicit) == (227934, "GBCFB2300770", False)
    assert found.playable is None


@pytest.mark.parametrize("names", [{"item": TRACK}, {"track": TRACK}, {"item": TRACK, "track": {}}])
def test_a_row_is_the_same_under_the_name_of_either_regime(names: dict[str, Any]) -> None:
    entry = parsing.entry({"added_at": WHEN, "added_by": {"id": "me"}, **names})
    assert entry.kind == "track"
    assert entry.uri == "spotify:track:3ZL9gPzeCnKG9l5SB1SlcZ"
    assert entry.added_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert entry.added_by == "me"


def test_a_track_whose_own_track_field_is_true_is_not_taken_for_a_row() -> None:
    assert parsing.entry({"item": {**TRACK, "track": True, "episode": False}}).kind == "track"


def test_a_null_row_is_an_unknown_entry_that_cannot_be_added_back() -> None:
    for row in (None, {"track": None}, {"item": None, "track": None}, {"is_local": False}):
        entry = parsing.entry(row)
        assert (entry.kind, entry.uri, entry.can_be_added_back) == ("unknown", "", False)


def test_a_local_file_is_an_entry_with_its_uri_and_no_track() -> None:
    entry = parsing.entry({"is_local": True, "item": LOCAL})
    assert (entry.kind, entry.uri, entry.track) == ("local", LOCAL["uri"], None)


def test_an_episode_is_an_entry_that_can_be_added_back() -> None:
    entry = parsing.entry({"item": EPISODE})
    assert (entry.kind, entry.can_be_added_back) == ("episode", True)


def test_an_unplayable_track_says_so() -> None:
    for fields in ({"is_playable": False}, {"restrictions": {"reason": "market"}}):
        found = parsing.track({**TRACK, **fields})
        assert found is not None
        assert found.playable is False


def test_a_relinked_track_keeps_the_id_the_playlist_holds() -> None:
    found = parsing.track({**TRACK, "linked_from": {"id": "original", "type": "track"}})
    assert found is not None
    assert found.id == "original"


def test_a_name_is_one_line_whatever_it_holds() -> None:
    found = parsing.track({**TRACK, "name": "Blue\n1 written;\u2028\r99 requests."})
    summary = parsing.summary({"id": "p", "name": "A\nB"})
    assert found is not None
    assert summary is not None
    assert (found.title, summary.name) == ("Blue 1 written; 99 requests.", "A B")


def test_a_description_is_read_back_from_html() -> None:
    summary = parsing.summary({"id": "p", "description": "Rock &amp; roll &#x27;56"})
    assert summary is not None
    assert summary.description == "Rock & roll '56"


@pytest.mark.parametrize("name", ["items", "tracks"])
def test_a_summary_tells_its_size_under_either_name(name: str) -> None:
    summary = parsing.summary({"id": "p", name: {"href": "…", "total": 12}})
    assert summary is not None
    assert summary.total == 12


def test_a_playlist_of_others_has_no_rows_which_is_not_zero_rows() -> None:
    assert parsing.first_rows({"id": "p"}) is None
    assert parsing.first_rows({"id": "p", "items": {"items": [], "total": 0}}) is not None


def test_the_regime_shows_in_a_playlists_field_names() -> None:
    assert parsing.regime_of({"items": {}}) == "development"
    assert parsing.regime_of({"items": {}, "tracks": {}}) == "extended"
    assert parsing.regime_of({"id": "p"}) is None


def test_an_unreadable_row_keeps_its_place_in_the_page() -> None:
    rows = [{"added_at": WHEN, "track": TRACK}, None, {"added_at": WHEN, "item": LOCAL}]
    page = parsing.page({"items": rows}, "GET /x", parsing.saved_track, offset=50, limit=50)
    assert [row is None for row in page.rows] == [False, True, True]
    assert [row is None for row in page.rows].count(True) == 2


@pytest.mark.parametrize(
    ("fields", "next_offset"),
    [
        ({"next": "https://elsewhere.example/?offset=900", "total": 120}, 52),
        ({"next": None, "total": 120}, None),
        ({"total": 120}, 52),
        ({"total": 52}, None),
        ({}, 52),
    ],
)
def test_the_next_page_is_counted_and_never_taken_from_the_link(
    fields: dict[str, Any], next_offset: int | None
) -> None:
    page = parsing.page({"items": [1, 2], **fields}, "GET /x", str, offset=50, limit=2)
    assert page.next_offset == next_offset


def test_an_empty_page_ends_a_list_whatever_its_next_says() -> None:
    page = parsing.page({"items": [], "next": "more"}, "GET /x", str, offset=0, limit=50)
    assert page.next_offset is None


def test_the_limit_the_server_used_is_what_is_counted_with() -> None:
    answer = {"items": [1], "next": "more", "limit": 20}
    assert parsing.page(answer, "GET /x", str, offset=0, limit=50).next_offset == 20


@pytest.mark.parametrize("answer", [None, [], "<html>", 3, {"items": None}, {"items": {}}])
def test_an_answer_that_is_no_page_names_the_endpoint(answer: object) -> None:
    with pytest.raises(MalformedAnswerError, match="GET /me/tracks"):
        parsing.page(answer, "GET /me/tracks", str, offset=0, limit=50)


def test_a_saved_album_tells_whether_its_tracks_are_all() -> None:
    simple = {key: value for key, value in TRACK.items() if key not in ("album", "external_ids")}
    album = {"id": "b1", "name": "Here", "tracks": {"items": [simple], "total": 1, "next": None}}
    found = parsing.saved_album({"added_at": WHEN, "album": album})
    assert found is not None
    saved, tracks, answer = found
    assert saved.track_ids == (TRACK["id"],)
    assert tracks[0].album is not None
    assert tracks[0].album.name == "Here"
    assert answer.complete
    album["tracks"] = {"items": [simple], "total": 60, "next": "more"}
    again = parsing.saved_album({"added_at": WHEN, "album": album})
    assert again is not None
    assert not again[2].complete


NAMES = ["id", "track", "item", "items", "tracks", "album", "artists", "type", "uri", "name"]
NAMES += ["added_at", "is_local", "external_ids", "owner", "total", "next", "linked_from"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(NAMES),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_no_row_whatever_is_in_it_raises(value: object) -> None:
    for read in (parsing.track, parsing.saved_track, parsing.saved_album, parsing.play):
        read(value)
    assert parsing.entry(value).kind in ("track", "episode", "local", "unknown")
    parsing.summary(value)
    parsing.regime_of(value)


@pytest.mark.parametrize(
    ("context", "kept"),
    [
        ({"type": "playlist", "uri": "spotify:playlist:p"}, "spotify:playlist:p"),
        (None, None),
        ({"type": "playlist", "uri": None}, None),
        ("odd", None),
    ],
)
def test_a_play_keeps_what_it_was_played_from(context: object, kept: str | None) -> None:
    found = parsing.play({"played_at": WHEN, "track": TRACK, "context": context})
    assert found is not None
    assert found[0].context == kept
