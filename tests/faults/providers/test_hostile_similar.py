"""Services that name similar songs with odd answers: an error, or the songs that can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from segue.errors import MalformedAnswerError, RateLimitedError, ServiceError, UnavailableError
from segue.music.track import Artist, Track
from segued.providers.similar import ReccoBeats, SimilarSource

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
ENGINES = ("reccobeats",)
every_engine = pytest.mark.parametrize("name", ENGINES)


def engine(bench: Bench, name: str) -> SimilarSource:
    return {"reccobeats": lambda: ReccoBeats(bench.source(name))}[name]()


def rows(name: str, *found: object) -> object:
    """An answer of a service with these rows."""
    return {"reccobeats": {"content": list(found)}}[name]


def answers(bench: Bench, *bodies: object, **more: Any) -> None:
    told = [each if isinstance(each, bytes) else orjson.dumps(each) for each in bodies]
    bench.hostile.says(*({"body": body, **more} for body in told))


def test_reccobeats_gives_what_it_says_of_a_song(bench: Bench) -> None:
    answers(bench, rows("reccobeats", ROW))
    (found,) = engine(bench, "reccobeats").beside(SONG, 10)
    assert (found.title, found.artist, found.beside) == ("Other", "Bo", SONG.id)
    assert (found.spotify_id, found.isrc) == ("01K4zKU104LyJ8gMb7227B", "USUG12103683")
    assert found.duration_ms == 181_000
    (path, _), *_ = bench.hostile.asked
    assert path == f"/v1/track/recommendation?seeds={SONG.id}&size=10"


@every_engine
@pytest.mark.parametrize("row", [None, 7, "text", [], {}, {"trackTitle": 3, "artists": 4}])
def test_a_row_that_is_no_song_is_left_out(bench: Bench, name: str, row: object) -> None:
    answers(bench, rows(name, row))
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
    answers(bench, rows(name, ROW | {"trackTitle": "Ot\x1b[2Jher\n", "name": "Ot\x1b[2Jher\n"}))
    for found in engine(bench, name).beside(SONG, 10):
        assert found.title.isprintable()
