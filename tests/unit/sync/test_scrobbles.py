"""Listens as ListenBrainz and Last.fm write them, and as anything may write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from segue.music.track import Artist, Track
from segued.sync.scrobbles import Listen, _plays, listen_of, listen_of_last_fm

ID, OTHER = "3z8h0TU7ReDPLIbEnYhWZb", "4u7EnebtmKWzUH433cf5Qv"
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
NAMES = {"track_name": "Bohemian Rhapsody - Remastered 2011", "artist_name": "Queen"}


def row(at: object = int(AT.timestamp()), **info: object) -> dict[str, object]:
    return {"listened_at": at, "track_metadata": {**NAMES, "additional_info": info}}


def track(track_id: str = ID, isrc: str | None = None) -> Track:
    return Track(track_id, "Bohemian Rhapsody", (Artist("Queen"), Artist("Guest")), isrc=isrc)


def known(listen: dict[str, object], *tracks: Track) -> list[str]:
    found = listen_of(listen)
    assert found is not None
    plays, _ = _plays([found], {each.id: each for each in tracks})
    return [play.track_id for play in plays]


def test_a_listen_is_read_with_its_link_and_isrc() -> None:
    link = f"https://open.spotify.com/track/{ID}"
    assert listen_of(row(spotify_id=link, isrc="gb-um7-11-00008")) == Listen(
        AT, NAMES["track_name"], ("Queen",), (ID,), "GBUM71100008"
    )


@pytest.mark.parametrize(
    "odd",
    [
        None,
        [],
        "text",
        {},
        {"listened_at": 1, "track_metadata": None},
        {"listened_at": 1, "track_metadata": {"track_name": None, "artist_name": "Queen"}},
        {"listened_at": 1, "track_metadata": {"track_name": "Song", "artist_name": 7}},
        row("1795521600"),
        row(True),
        row(None),
        row(1.5),
        row(10**30),
        row(-(10**15)),
    ],
)
def test_a_row_that_cannot_be_read_is_none(odd: object) -> None:
    assert listen_of(odd) is None  # type: ignore[arg-type]


@pytest.mark.parametrize("info", [None, [], {"spotify_id": 7, "isrc": [], "artist_names": {}}])
def test_odd_details_leave_title_and_artist(info: object) -> None:
    odd = {"listened_at": 1, "track_metadata": {**NAMES, "additional_info": info}}
    found = listen_of(odd)  # type: ignore[arg-type]
    assert found is not None
    assert (found.artists, found.spotify_ids, found.isrc) == (("Queen",), (), "")


def test_the_id_counts_before_the_names() -> None:
    assert known(row(origin_url=f"spotify:track:{OTHER}"), track(), track(OTHER)) == [OTHER]


def test_the_isrc_counts_where_the_id_is_not_known() -> None:
    listen = row(spotify_id="0" * 22, isrc="GBUM71100008")
    assert known(listen, track(isrc="GB-UM7-11-00008"), track(OTHER)) == [ID]


def test_title_and_artist_are_compared_as_names_are() -> None:
    assert known(row(), track()) == [ID]


def test_names_of_two_tracks_are_neither() -> None:
    assert known(row(), track(), track(OTHER)) == []


def of_last_fm(**changes: object) -> dict[str, object]:
    date = {"uts": str(int(AT.timestamp())), "#text": "20 Nov 2026, 12:00"}
    return {"name": "Song", "artist": {"mbid": "", "#text": "Queen"}, "date": date, **changes}


@pytest.mark.parametrize("artist", [{"#text": "Queen"}, {"name": "Queen", "url": "…"}])
def test_a_scrobble_of_last_fm_is_read_in_either_form(artist: object) -> None:
    assert listen_of_last_fm(of_last_fm(artist=artist)) == Listen(AT, "Song", ("Queen",))


@pytest.mark.parametrize(
    "changes",
    [
        {"date": None},
        {"date": {}},
        {"date": {"uts": ""}},
        {"date": {"uts": "-1"}},
        {"date": {"uts": "9" * 12}},
        {"date": {"uts": "9" * 40}},
        {"date": {"uts": "١٢"}},
        {"date": []},
        {"artist": None},
        {"artist": {"#text": 7}},
        {"artist": {}},
        {"name": None},
    ],
)
def test_a_scrobble_that_cannot_be_read_is_none(changes: dict[str, object]) -> None:
    assert listen_of_last_fm(of_last_fm(**changes)) is None


@pytest.mark.parametrize("odd", [None, [], "text", {}, 7])
def test_what_is_no_scrobble_is_none(odd: object) -> None:
    assert listen_of_last_fm(odd) is None  # type: ignore[arg-type]
