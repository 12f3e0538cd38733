"""MusicBrainz, ListenBrainz and Last.fm with odd answers: an error, or what tags can be read."""

from __future__ import annotations

import gzip
import time
from datetime import timedelta
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

if TYPE_CHECKING:
    from conftest import Bench

TAGS = ("musicbrainz", "listenbrainz", "lastfm")
every_source = pytest.mark.parametrize("name", TAGS)
MBID = "b1a9c0e9-d987-4042-ae91-78d6a3267d69"
DEEP = b"[" * 100_000 + b"]" * 100_000


def answers(bench: Bench, *bodies: object, **more: Any) -> None:
    """Have the service answer with these in turn: JSON, or bytes as they are."""
    given = [each if isinstance(each, bytes) else orjson.dumps(each) for each in bodies]
    bench.hostile.says(*({"body": body, **more} for body in given))


def recording(**changes: object) -> dict[str, object]:
    credit = {"name": "Ada", "artist": {"id": MBID, "name": "Ada"}}
    found = {"id": MBID, "title": "Song 1", "artist-credit": [credit]}
    return {"recordings": [found | changes]}


def known(rows: object, name: str) -> list[object]:
    """What a source answers, request by request, about a song whose artist has these tags."""
    if name == "musicbrainz":
        return [recording(), {}, {"tags": rows}]
    if name == "lastfm":
        return [{"toptags": {"tag": rows}}]
    listed = rows if isinstance(rows, list) else [rows]
    named = [
        {"artist_mbid": MBID, **each, "tag": each.get("name")} if isinstance(each, dict) else each
        for each in listed
    ]
    artist = {"artists": [{"artist_mbid": MBID, "name": "Ada"}]}
    metadata = {"artist": artist, "tag": {"artist": named, "recording": rows}}
    return [{"recording_name": "Song 1", "artist_credit_name": "Ada", "metadata": metadata}]


def tags(bench: Bench, name: str) -> dict[str, int]:
    found: Any = bench.ask(name)
    (of_artist,) = found.artists.values()
    return dict(of_artist)


NO_ANSWER = (
    *(b"", b"null", b"7", b"[1, 2]", b'"text"', b"{", b"\xff\xfe\x00", DEEP),
    b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
)


@every_source
@pytest.mark.parametrize("body", NO_ANSWER, ids=range(len(NO_ANSWER)))
def test_what_is_no_answer_is_an_error_and_never_an_artist_without_tags(
    bench: Bench, name: str, body: bytes
) -> None:
    answers(bench, body)
    with pytest.raises(ServiceError) as caught:
        bench.ask(name)
    assert isinstance(caught.value, (MalformedAnswerError, UnavailableError))
    assert name in str(caught.value)


@every_source
@pytest.mark.parametrize("size", [9 * 2**20, 2**30])
def test_an_answer_that_unpacks_to_too_much_is_given_up(bench: Bench, name: str, size: int) -> None:
    packed = gzip.compress(b" " * 2**20) * (size // 2**20)
    answers(bench, packed, headers={"Content-Encoding": "gzip"})
    with pytest.raises(ServiceError, match="more than 8,388,608 bytes"):
        bench.ask(name)


@every_source
def test_rows_that_are_no_tags_cost_themselves(bench: Bench, name: str) -> None:
    odd = [None, 3, "rock", [], {}, {"name": 5, "count": 1}, {"name": "x"}, {"count": 4}]
    odd += [{"name": "low", "count": c} for c in (0, -1, True, None, [], "many", 1e30, 0.5)]
    rows = [*odd, {"name": "dream pop", "count": 3}, {"name": "shoegaze", "count": "2"}]
    answers(bench, *known(rows, name))
    assert tags(bench, name) == {"dream pop": 3, "shoegaze": 2}


@every_source
def test_of_huge_counts_and_endless_names_little_is_kept(bench: Bench, name: str) -> None:
    rows = [{"name": f"{n} " + "long " * 200, "count": 2**62} for n in range(300)]
    answers(bench, *known(rows, name))
    found = tags(bench, name)
    assert len(found) == 25
    assert all(len(each) <= 100 and count <= 1_000_000 for each, count in found.items())


@every_source
def test_nothing_in_a_tag_controls_a_terminal(bench: Bench, name: str) -> None:
    rows = [{"name": "\x1b[2Jdream\r\n\u202e pop\x07", "count": 1}, {"name": "\x1b", "count": 1}]
    answers(bench, *known(rows, name))
    assert tags(bench, name) == {"[2Jdream pop": 1}


@every_source
@pytest.mark.parametrize("letter", ["(", " ", "[", "- ", "feat. "])
def test_a_title_or_a_name_without_an_end_takes_no_time(
    bench: Bench, name: str, letter: str
) -> None:
    endless = letter * (100_000 // len(letter))
    credit = {"name": endless, "artist": {"id": MBID, "name": endless}}
    artist = {"artists": [{"artist_mbid": MBID, "name": endless}] * 20}
    body = recording(title=endless)
    body["recordings"] += recording(**{"artist-credit": [credit]})["recordings"]
    body |= {"recording_name": endless, "artist_credit_name": endless}
    body |= {"metadata": {"artist": artist}, "toptags": {"tag": {"name": endless, "count": 1}}}
    answers(bench, body)
    began = time.process_time()
    bench.ask(name)
    assert time.process_time() - began < 20.0  # each regular expression took minutes


def test_a_lone_tag_is_a_tag(bench: Bench) -> None:
    answers(bench, *known({"name": "dream pop", "count": 1}, "lastfm"))
    assert tags(bench, "lastfm") == {"dream pop": 1}


@pytest.mark.parametrize("wrong", ["../../../stop", "a?b=c", "", "x" * 1000, 7, "a/b", "é"])
def test_an_id_that_is_none_is_never_part_of_an_address(bench: Bench, wrong: object) -> None:
    credit = {"name": "Ada", "artist": {"id": wrong, "name": "Ada"}}
    for body in (recording(id=wrong), recording(**{"artist-credit": [credit]})):
        bench.hostile.asked.clear()
        answers(bench, body)
        assert not bench.ask("musicbrainz")
        assert len(bench.hostile.asked) == 1


def test_pages_of_genres_that_never_end_are_left_when_they_bring_nothing_new(bench: Bench) -> None:
    page = {"genres": [{"name": f"genre {n}"} for n in range(100)]}
    answers(bench, page)
    assert len(bench.musicbrainz.genres()) == 100
    assert len(bench.hostile.asked) == 2


@pytest.mark.parametrize("wrong", [7, None, ["a"], {"a": 1}])
def test_a_title_of_listenbrainz_that_is_no_text_is_no_miss(bench: Bench, wrong: object) -> None:
    answers(bench, {"recording_name": wrong, "artist_credit_name": "Ada"})
    with pytest.raises(MalformedAnswerError, match="listenbrainz"):
        bench.ask("listenbrainz")


OF_LASTFM = {
    8: UnavailableError,
    10: ForbiddenError,
    11: UnavailableError,
    16: UnavailableError,
    17: ForbiddenError,
    26: ForbiddenError,
    29: RateLimitedError,
    999: ServiceError,
}


@pytest.mark.parametrize(("code", "error"), OF_LASTFM.items())
def test_an_error_of_lastfm_is_no_miss_and_the_key_shows_nowhere(bench: Bench, code, error) -> None:
    answers(bench, {"error": code, "message": "a-secret-key is wrong"})
    with pytest.raises(error) as caught:
        bench.ask("lastfm")
    assert "a-secret-key" not in str(caught.value)


@pytest.mark.parametrize(("code", "hours"), [(10, 0), (17, 0), (26, 6)])
def test_only_a_key_that_lastfm_suspended_is_not_asked_with_again_for_hours(
    bench: Bench, code: int, hours: int
) -> None:
    answers(bench, {"error": code, "message": "…"}, status=403)
    with pytest.raises(ForbiddenError, match=f"its error {code}"):
        bench.ask("lastfm")
    assert (bench.left_alone("lastfm") or timedelta()) == timedelta(hours=hours)


def test_lastfm_that_is_asked_too_often_is_left_alone_for_some_minutes(bench: Bench) -> None:
    answers(bench, {"error": 29, "message": "Rate limit exceeded"})
    with pytest.raises(RateLimitedError):
        bench.ask("lastfm")
    assert bench.left_alone("lastfm") == timedelta(minutes=10)
    assert len(bench.hostile.asked) == 1
