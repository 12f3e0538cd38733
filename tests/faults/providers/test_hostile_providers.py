"""Every provider against services that misbehave: a clear error, and nothing taken for none."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import orjson
import pytest

from segue.errors import (
    ForbiddenError,
    MalformedAnswerError,
    RateLimitedError,
    SegueError,
    ServiceError,
    UnavailableError,
)

if TYPE_CHECKING:
    from conftest import Bench

CLOUDFLARE = b"<!DOCTYPE html><html><head><title>Just a moment...</title></head></html>"
HTML = {"Content-Type": "text/html; charset=utf-8"}
WORDS = ("reccobeats", "lrclib", "genius")
TAGS = ("musicbrainz", "listenbrainz", "lastfm")

every_provider = pytest.mark.parametrize("name", WORDS + TAGS)


def said(status: int = 200, body: bytes = b"{}", headers=None, **more) -> dict:
    return {"status": status, "body": body, "headers": headers or {}, **more}


WRONG_JSON = (
    b"",
    b"null",
    b"7",
    b"[1, 2]",
    b'"text"',
    b"{",
    b'{"content": null, "hits": null, "response": null}',
    b'{"content": {"a": 1}, "hits": 3, "response": {"hits": "no"}}',
    b'{"response": [1]}',
    b"\xff\xfe\x00",
    b'{"content": [1, null], "response": {"hits": [1, null]}}',
    b'{"content": [{"href": "x/t1"}], "response": {"hits": [{"result": {}}]}}',
    CLOUDFLARE,
)


@pytest.mark.parametrize("name", WORDS)
@pytest.mark.parametrize("body", WRONG_JSON)
def test_a_wrong_answer_is_an_error_and_never_none(bench: Bench, name: str, body: bytes) -> None:
    bench.hostile.says(said(body=body))
    with pytest.raises(ServiceError) as caught:
        bench.ask(name)
    assert isinstance(caught.value, (MalformedAnswerError, UnavailableError))
    assert name in str(caught.value)


@every_provider
def test_a_truncated_body_is_an_error(bench: Bench, name: str) -> None:
    bench.hostile.says(said(body=b'{"content": [', length=5000))
    with pytest.raises(UnavailableError, match=name):
        bench.ask(name)


@every_provider
def test_a_403_page_is_a_refusal_and_the_service_is_left_alone(bench: Bench, name: str) -> None:
    bench.hostile.says(said(403, CLOUDFLARE, HTML))
    with pytest.raises(ForbiddenError, match=name):
        bench.ask(name)
    assert bench.left_alone(name) == timedelta(hours=6)
    asked = len(bench.hostile.asked)
    with pytest.raises(RateLimitedError, match="left alone until"):
        bench.ask(name)
    assert len(bench.hostile.asked) == asked


@every_provider
@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("3600", timedelta(hours=1)),
        ("86236", timedelta(seconds=86_236)),
        ("99999999", timedelta(hours=25)),
        ("Fri, 31 Dec 9999 23:59:59 GMT", timedelta(hours=25)),
        ("Fri, 20 Nov 2026 14:00:00 GMT", timedelta(hours=2)),
        (None, timedelta(minutes=10)),
        ("soon", timedelta(minutes=10)),
    ],
)
def test_a_long_or_unsaid_wait_is_kept_and_not_slept(
    bench: Bench, name: str, header: str | None, wait: timedelta
) -> None:
    bench.hostile.says(said(429, headers={} if header is None else {"Retry-After": header}))
    with pytest.raises(RateLimitedError) as caught:
        bench.ask(name)
    assert caught.value.retry_at == bench.now + wait
    assert bench.left_alone(name) == wait
    assert bench.slept == []
    assert len(bench.hostile.asked) == 1


@every_provider
@pytest.mark.parametrize("header", ["0", "-3", "nan", "Fri, 20 Nov 2026 11:00:00 GMT"])
def test_a_wait_that_is_over_already_is_tried_once_more_and_then_not_believed(
    bench: Bench, name: str, header: str
) -> None:
    bench.hostile.says(said(429, headers={"Retry-After": header}))
    with pytest.raises(RateLimitedError) as caught:
        bench.ask(name)
    assert (bench.slept, len(bench.hostile.asked)) == ([1.0], 2)
    assert caught.value.retry_at == bench.now + timedelta(minutes=10)
    assert bench.left_alone(name) == timedelta(minutes=10)


@pytest.mark.parametrize("name", ["reccobeats", "lrclib"])
def test_a_short_wait_is_waited_out(bench: Bench, name: str) -> None:
    empty = said(404, b'{"message": "Failed to find specified track", "content": []}')
    bench.hostile.says(said(429, headers={"Retry-After": "2"}), empty, empty, said(body=b"[]"))
    assert not bench.ask(name)
    assert bench.slept == [2.0]
    assert bench.left_alone(name) is None


@every_provider
def test_a_server_error_is_reported_and_is_no_miss(bench: Bench, name: str) -> None:
    bench.hostile.says(said(503, b"<html>busy</html>"))
    with pytest.raises(UnavailableError, match="503"):
        bench.ask(name)
    assert bench.left_alone(name) is None


@every_provider
def test_a_stall_ends_at_the_timeout_and_is_not_repeated(bench: Bench, name: str) -> None:
    bench.timeout = 1.0
    bench.hostile.says(said(wait=30.0))
    with pytest.raises(UnavailableError, match=f"{name}.*in time"):
        bench.ask(name)
    assert len(bench.hostile.asked) <= 1  # on a busy machine it is given up unheard


@every_provider
def test_a_body_that_drips_ends_at_the_deadline(bench: Bench, name: str) -> None:
    bench.deadline = 0.3
    bench.hostile.says(said(body=b" " * 400, drip=0.05))
    with pytest.raises(UnavailableError, match="in time"):
        bench.ask(name)


@every_provider
def test_nobody_at_the_address_is_reported(bench: Bench, name: str) -> None:
    bench.hostile.server.server_close()
    with pytest.raises(UnavailableError, match=name):
        bench.ask(name)


@pytest.mark.parametrize("name", ["reccobeats", "lrclib", *TAGS])
def test_a_redirection_is_not_followed(bench: Bench, name: str) -> None:
    bench.hostile.says(said(302, headers={"Location": "http://127.0.0.1:1/elsewhere"}))
    with pytest.raises(MalformedAnswerError, match="redirection"):
        bench.ask(name)


def test_the_token_of_genius_shows_nowhere(bench: Bench) -> None:
    genius = bench.genius
    assert "a-secret-token" not in repr(genius)
    bench.hostile.says(said(401, b"{}"))
    with pytest.raises(SegueError) as caught:
        bench.ask("genius")
    assert "a-secret-token" not in str(caught.value)
    path, headers = bench.hostile.asked[-1]
    headers = {name.casefold(): value for name, value in headers.items()}
    assert headers["authorization"] == "Bearer a-secret-token"
    assert "a-secret-token" not in path


def hit(**changes: object) -> dict:
    song = {
        "title": "Song 1",
        "primary_artist": {"name": "Ada"},
        "lyrics_state": "complete",
        "path": "/ada-song-1-lyrics",
        "instrumental": False,
    }
    reply = {"meta": {"status": 200}, "response": {"hits": [{"result": song | changes}]}}
    return said(body=orjson.dumps(reply))


@pytest.mark.parametrize(
    ("page", "error"),
    [
        (said(403, CLOUDFLARE, HTML), ForbiddenError),
        (said(200, CLOUDFLARE, HTML), MalformedAnswerError),
        (said(404, b"Oops", HTML), MalformedAnswerError),
        (said(500, b"Oops", HTML), UnavailableError),
        (said(204, b"", HTML), MalformedAnswerError),
    ],
)
def test_a_page_of_genius_without_lyrics_is_never_none(bench: Bench, page, error) -> None:
    bench.hostile.says(hit(), page)
    with pytest.raises(error):
        bench.ask("genius")
    assert [path.split("?")[0] for path, _ in bench.hostile.asked] == [
        "/search",
        "/ada-song-1-lyrics",
    ]


def test_an_api_status_that_lyricsgenius_asserts_on_is_an_error(bench: Bench) -> None:
    bench.hostile.says(said(418, b"{}"))
    with pytest.raises(ServiceError, match="418"):
        bench.ask("genius")


def test_genius_gives_the_words_of_the_song_that_was_meant(bench: Bench) -> None:
    words = b'<div data-lyrics-container="true">[Verse 1]<br/>rain rain<br/>go away</div>'
    bench.hostile.says(hit(), said(200, words, HTML))
    found = bench.ask("genius")
    assert found is not None
    assert "rain rain" in found.text


@pytest.mark.parametrize(
    "changes", [{"title": "Another"}, {"primary_artist": {"name": "Cy"}}, {"primary_artist": 3}]
)
def test_a_hit_that_is_another_song_is_none_of_it(bench: Bench, changes) -> None:
    bench.hostile.says(hit(**changes))
    assert bench.ask("genius") is None


def test_calls_are_spaced_by_the_interval(bench: Bench) -> None:
    source = bench.source("lrclib", interval=600.0)
    bench.hostile.says(said())
    for _ in range(3):
        source.get_json("/api/get", {"track_name": "x"})
    assert len(bench.slept) == 2
    assert all(400.0 < rest <= 600.0 for rest in bench.slept)


def test_the_client_names_itself(bench: Bench) -> None:
    bench.source("lrclib").get_json("/api/get", {})
    _, headers = bench.hostile.asked[0]
    assert headers["User-Agent"].startswith("Segue/")
