"""Bodies of Spotify that are too large, too deep or without an end, read and written."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from segue.errors import (
    MalformedAnswerError,
    QuotaExceededError,
    RateLimitedError,
    UnavailableError,
)

Serving = Callable[..., Any]
DEEP = b'{"snapshot_id": "s", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
BOMB = gzip.compress(bytes(20_000_000), 6, mtime=0) * 20
PACKED = {"Content-Encoding": "gzip"}


def client_of(account: Any, base: str) -> Any:
    account.settings = account.settings.model_copy(update={"api_url": base})
    return account.client()


def test_a_bomb_costs_an_error_and_little_memory(account: Any, serving: Serving) -> None:
    with serving(lambda _: (200, PACKED, BOMB)) as (base, asked):
        client = client_of(account, base)
        tracemalloc.start()
        try:
            with pytest.raises(MalformedAnswerError, match="more than 8,388,608 bytes"):
                client.saved_tracks_page(0)
            assert tracemalloc.get_traced_memory()[1] < 40_000_000
        finally:
            tracemalloc.stop()
        assert len(asked) == 3


@pytest.mark.parametrize(("headers", "body"), [({}, DEEP), (PACKED, BOMB)], ids=["deep", "bomb"])
def test_a_write_whose_answer_cannot_be_read_is_ambiguous(
    account: Any, serving: Serving, headers: dict[str, str], body: bytes
) -> None:
    with serving(lambda _: (200, headers, body)) as (base, asked):
        client = client_of(account, base)
        with pytest.raises(UnavailableError, match=r"read back"):
            client.replace_items("4iV5W9uYEdYUVa79Axb7Rh", ["spotify:track:4iV5W9uYEdYUVa79Axb7Rh"])
        assert len(asked) == 1


def test_a_deep_answer_to_a_read_is_a_garbled_one(account: Any, serving: Serving) -> None:
    with (
        serving(lambda _: (200, {}, DEEP)) as (base, _),
        pytest.raises(MalformedAnswerError, match="not JSON"),
    ):
        client_of(account, base).me()


def test_a_list_of_playlists_without_an_end_is_left_after_its_total(
    account: Any, serving: Serving
) -> None:
    rows = [{"id": f"p{i}", "snapshot_id": "s"} for i in range(50)]
    page = json.dumps({"items": rows, "next": "more", "limit": 50, "total": 100}).encode()
    with serving(lambda _: (200, {}, page)) as (base, asked):
        with pytest.raises(MalformedAnswerError, match="goes on after row"):
            client_of(account, base).list_playlists()
        assert len(asked) <= 3 * 4  # the last page is asked for again, as any garbled one


@pytest.mark.parametrize("header", ["0", "-1", "nan", "Fri, 31 Dec 1999 23:59:59 GMT"])
@pytest.mark.parametrize("quota", [False, True])
def test_come_back_now_is_tried_once_more_after_a_second(
    account: Any, serving: Serving, header: str, quota: bool
) -> None:
    body = b'{"error": {"reason": "QUOTA_EXCEEDED"}}' if quota else b"{}"
    with serving(lambda _: (429, {"Retry-After": header}, body)) as (base, asked):
        client = client_of(account, base)
        with pytest.raises(QuotaExceededError if quota else RateLimitedError) as caught:
            client.me()
        assert (account.slept, len(asked)) == ([1.0], 2)
        wait = caught.value.retry_at - account.sandbox.clock.now()
        assert wait == (timedelta(hours=24) if quota else timedelta(seconds=60))
        with pytest.raises(RateLimitedError, match="nothing was asked"):
            client.me()
        assert len(asked) == 2


def test_after_25_hours_one_request_asks_whether_a_refusal_still_stands(
    account: Any, serving: Serving
) -> None:
    header = {"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT"}
    with serving(lambda _: (429, header, b"")) as (base, asked):
        client = client_of(account, base)
        for count in (1, 2, 3):
            with pytest.raises(RateLimitedError):
                client.me()
            assert len(asked) == count
            account.sandbox.clock.advance(hours=25)
