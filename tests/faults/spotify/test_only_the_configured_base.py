"""Nothing but the configured address is ever contacted, whatever an answer says."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from segue.errors import MalformedAnswerError

Answer = tuple[int, dict[str, str], bytes]
Serving = Callable[[Callable[[str], Answer]], AbstractContextManager[tuple[str, list[str]]]]


def test_a_redirection_is_not_followed(serving: Serving, account: Any) -> None:
    with (
        serving(lambda _: (200, {}, b"{}")) as (elsewhere, strayed),
        serving(lambda path: (307, {"Location": elsewhere + path}, b"")) as (base, _),
    ):
        account.settings = account.settings.model_copy(update={"api_url": f"{base}/v1"})
        client = account.client()
        with pytest.raises(MalformedAnswerError, match="api_url"):
            client.me()
        with pytest.raises(MalformedAnswerError, match="api_url"):
            client.create_playlist("x", public=False, description="")
    assert strayed == []


def test_a_link_to_the_next_page_is_counted_and_not_followed(
    serving: Serving, account: Any
) -> None:
    def playlists(path: str) -> Answer:
        first = "offset=0" in path
        rows = [{"id": f"p{i}{first}", "snapshot_id": "s"} for i in range(50 if first else 3)]
        link = f"{elsewhere}/v1/me/playlists?offset=700" if first else None
        body = json.dumps({"items": rows, "next": link, "limit": 50, "total": 53})
        return 200, {"Content-Type": "application/json"}, body.encode()

    with (
        serving(lambda _: (200, {}, b"{}")) as (elsewhere, strayed),
        serving(playlists) as (base, asked),
    ):
        account.settings = account.settings.model_copy(update={"api_url": f"{base}/a/proxy/v1"})
        client = account.client()
        assert len(client.list_playlists().summaries) == 53
    assert strayed == []
    assert asked == [
        "/a/proxy/v1/me/playlists?limit=50&offset=0",
        "/a/proxy/v1/me/playlists?limit=50&offset=50",
    ]
    assert client.requests == {"GET /me/playlists": 2}


@pytest.mark.parametrize(
    "body", [b"[]", b'"text"', b"null", b"3", b'{"items": {}}', b'{"items": [[[]], 4, "x"]}', b""]
)
def test_json_of_another_form_is_a_clear_error_or_unreadable_rows(
    serving: Serving, account: Any, body: bytes
) -> None:
    with serving(lambda _: (200, {}, body)) as (base, _):
        account.settings = account.settings.model_copy(update={"api_url": base})
        client = account.client()
        if body.startswith(b'{"items": ['):
            assert client.saved_tracks_page(0).rows == (None, None, None)
        else:
            with pytest.raises(MalformedAnswerError, match="GET /me/tracks"):
                client.saved_tracks_page(0)


@pytest.mark.parametrize("body", [b'{"error": "text"}', b"[1]", b"<html>", b"", b"\xff\xfe"])
@pytest.mark.parametrize("status", [400, 404, 429, 500])
def test_an_error_in_any_body_is_one_of_ours(
    serving: Serving, account: Any, status: int, body: bytes
) -> None:
    from segue.errors import ServiceError

    with serving(lambda _: (status, {}, body)) as (base, _):
        account.settings = account.settings.model_copy(update={"api_url": base})
        with pytest.raises(ServiceError, match="GET /me"):
            account.client().me()
