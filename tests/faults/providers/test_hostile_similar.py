"""Services that name similar songs with odd answers: an error, or the songs that can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from segue.errors import (
    ForbiddenError,
    MalformedAnswerError,
    RateLimitedError,
    ServiceError,
    UnavailableError,
)
from segue.music.track import Artist, Track
from segued.providers.similar import LastFm, ListenBrainz, ReccoBeats, SimilarSource

if TYPE_CHECKING:
    from conftest import Bench

SONG = Track("4uLU6hMCjMI75M1A2tKUQC", "Song 1", (Artist("Ada"),), None, 200_000)
LINK = "https://open.spotify.com/track/01K4zKU104LyJ8gMb7227B"
ROW = {
    "trackTitle": "Other",
    "artists": [{"name": "Bo"}],
    "href": LINK,
    "isrc": "us-ug1-21-03683",
    "durationMs": 181_000,
}
MBID = "b1a9c0e9-d987-4042-ae91-78d6a3267d69"
OTHER = "c2a9c0e9-d987-4042-ae91-78d6a3267d69"
LOOKED_UP = {"recording_mbid": MBID, "artist_mbids": [MBID]}
ENGINES = ("reccobeats", "listenbrainz", "lastfm")
every_engine = pytest.mark.parametrize("name", ENGINES)


def engine(bench: Bench, name: str) -> SimilarSource:
    if name == "lastfm":
        return LastFm("a-secret-key", bench.source(name))
    if name == "listenbrainz":
        return ListenBrainz(bench.source(name), bench.source("listenbrainz labs"))
    return ReccoBeats(bench.source(name))


def rows(name: str, *found: object) -> list[object]:
    """What a service answers, request by request, with these rows."""
    if name == "listenbrainz":
        return [LOOKED_UP, [*found], []]
    if name == "lastfm":
        return [{"similartracks": {"track": [*found]}}, {"similarartists": {"artist": []}}]
    return [{"content": [*found]}]


def answers(bench: Bench, *bodies: object, **more: Any) -> None:
    given = [each if isinstance(each, bytes) else orjson.dumps(each) for each in bodies]
    bench.hostile.says(*({"body": body, **more} for body in given))


def test_reccobeats_gives_what_it_says_of_a_song(bench: Bench) -> None:
    answers(bench, *rows("reccobeats", ROW))
    (found,) = engine(bench, "reccobeats").beside(SONG, 10)
    assert (found.title, found.artist, found.beside) == ("Other", "Bo", SONG.id)
    assert (found.spotify_id, found.isrc) == ("01K4zKU104LyJ8gMb7227B", "USUG12103683")
    assert found.duration_ms == 181_000
    (path, _), *_ = bench.hostile.asked
    assert path == f"/v1/track/recommendation?seeds={SONG.id}&size=10"


def test_listenbrainz_gives_title_artist_and_what_else_it_knows_of_a_song(bench: Bench) -> None:
    row = {"recording_mbid": OTHER, "recording_name": "Other", "artist_credit_name": "Bo"}
    seed = {"recording_mbid": MBID, "recording_name": "Song 1", "artist_credit_name": "Ada"}
    known = {OTHER: {"recording": {"length": 181_000, "isrcs": ["USUG12103683"]}}}
    answers(bench, LOOKED_UP, [seed, row], known, [])
    (found,) = engine(bench, "listenbrainz").beside(SONG, 10)
    assert (found.title, found.artist, found.isrc) == ("Other", "Bo", "USUG12103683")
    assert found.duration_ms == 181_000


def test_listenbrainz_goes_on_to_artists_where_a_song_stands_alone(bench: Bench) -> None:
    top = [{"recording_name": "Theirs", "artist_name": "Cy", "length": 190_000}]
    answers(bench, LOOKED_UP, [], [{"artist_mbid": OTHER, "name": "Cy"}], top)
    (found,) = engine(bench, "listenbrainz").beside(SONG, 10)
    assert (found.title, found.artist, found.duration_ms) == ("Theirs", "Cy", 190_000)


def test_what_an_answer_says_never_leads_to_an_address_of_its_choosing(bench: Bench) -> None:
    answers(bench, LOOKED_UP, [], [{"artist_mbid": "../../x?y=", "name": "Cy"}], [])
    assert engine(bench, "listenbrainz").beside(SONG, 10) == ()
    assert all("x?y" not in path for path, _ in bench.hostile.asked)


def test_last_fm_gives_title_artist_and_duration_in_seconds(bench: Bench) -> None:
    row = {"name": "Other", "artist": {"name": "Bo"}, "duration": 181, "match": 1.0}
    answers(bench, *rows("lastfm", row))
    (found,) = engine(bench, "lastfm").beside(SONG, 10)
    assert (found.title, found.artist, found.duration_ms) == ("Other", "Bo", 181_000)


def test_last_fm_goes_on_to_artists_where_it_does_not_know_a_song(bench: Bench) -> None:
    artists = {"similarartists": {"artist": {"name": "Cy"}}}
    top = {"toptracks": {"track": [{"name": "Theirs", "artist": {"name": "Cy"}}]}}
    answers(bench, {"error": 6, "message": "Track not found"}, artists, top)
    (found,) = engine(bench, "lastfm").beside(SONG, 10)
    assert (found.title, found.artist) == ("Theirs", "Cy")


def test_a_key_that_last_fm_refuses_is_an_error_that_does_not_show_it(bench: Bench) -> None:
    answers(bench, {"error": 10, "message": "Invalid API key"})
    with pytest.raises(ForbiddenError, match="lastfm_key") as raised:
        engine(bench, "lastfm").beside(SONG, 10)
    assert "a-secret-key" not in str(raised.value)


@every_engine
@pytest.mark.parametrize(
    "row", [None, 7, "text", [], {}, {"trackTitle": 3, "artists": 4, "artist": 5}]
)
def test_a_row_that_is_no_song_is_left_out(bench: Bench, name: str, row: object) -> None:
    answers(bench, *rows(name, row))
    assert engine(bench, name).beside(SONG, 10) == ()


@every_engine
@pytest.mark.parametrize("body", [b"", b"null", b"7", b'"text"', b"{", b"\xff\xfe\x00", b"[1, 2]"])
def test_an_answer_without_a_list_is_an_error_and_no_empty_list(
    bench: Bench, name: str, body: bytes
) -> None:
    answers(bench, body)
    with pytest.raises(MalformedAnswerError):
        engine(bench, name).beside(SONG, 10)


@every_engine
@pytest.mark.parametrize(
    ("status", "error"),
    [(429, RateLimitedError), (503, UnavailableError), (400, ServiceError), (302, ServiceError)],
)
def test_a_refusal_is_an_error(bench: Bench, name: str, status: int, error: type) -> None:
    headers = {"Retry-After": "600", "Location": "http://127.0.0.1:1/x"}
    answers(bench, {}, status=status, headers=headers)
    with pytest.raises(error):
        engine(bench, name).beside(SONG, 10)


@every_engine
def test_a_control_character_never_comes_through(bench: Bench, name: str) -> None:
    odd = "Ot\x1b[2Jher\n"
    row = ROW | {
        "trackTitle": odd,
        "name": odd,
        "artist": {"name": odd},
        "recording_mbid": OTHER,
        "recording_name": odd,
        "artist_credit_name": odd,
    }
    bodies = rows(name, row)
    if name == "listenbrainz":
        bodies.insert(2, {})  # what else it knows of the song
    answers(bench, *bodies)
    (found,) = engine(bench, name).beside(SONG, 10)
    assert found.title == "Ot[2Jher"
    assert found.artist.isprintable()
