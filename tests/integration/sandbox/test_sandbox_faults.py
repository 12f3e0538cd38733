"""Each fault, as the app at the other end meets it."""

from __future__ import annotations

import time

import pytest
import requests

from segued.sandbox.control.faults import Fault


def test_a_rate_limit_carries_any_retry_after_or_none(api, sandbox):
    for retry_after in (4, 86_236, "soon", None):
        sandbox.faults.add(Fault("rate_limit", "GET", "/me", retry_after=retry_after))
        reply = api("GET", "/me")
        assert reply.status_code == 429
        assert reply.json() == {"error": {"status": 429, "message": "API rate limit exceeded"}}
        expected = None if retry_after is None else str(retry_after)
        assert reply.headers.get("retry-after") == expected


def test_a_rate_limit_can_come_without_a_body(api, sandbox):
    sandbox.faults.add(Fault("rate_limit_bare", "GET", "/me", retry_after=13_749))
    reply = api("GET", "/me")
    assert (reply.status_code, reply.content) == (429, b"")
    assert reply.headers["retry-after"] == "13749"


def test_a_spent_quota_says_so(api, sandbox):
    sandbox.faults.add(Fault("quota", "GET", "/me/tracks", retry_after=48_925))
    error = api("GET", "/me/tracks").json()["error"]
    assert error == {"status": 429, "message": "Too many requests", "reason": "QUOTA_EXCEEDED"}


def test_null_rows_and_missing_totals_may_strike_together(api, sandbox):
    sandbox.faults.add(Fault("null_rows", "GET", "/me/playlists", rows=(0, 2)))
    sandbox.faults.add(Fault("missing_totals", "GET", "/me/playlists"))
    reply = api("GET", "/me/playlists")
    assert reply.status_code == 200
    rows = reply.json()["items"]
    assert rows[0] is None
    assert rows[2] is None
    assert "total" not in rows[1]["items"]


def test_a_fault_strikes_only_its_method_and_endpoint(api, sandbox, playlist):
    sandbox.faults.add(Fault("error_before", "PUT", "/playlists/{id}/items"))
    assert api("GET", f"/playlists/{playlist}/items").status_code == 200
    assert api("GET", "/me").status_code == 200
    assert api("PUT", f"/playlists/{playlist}/items", {"uris": []}).status_code == 503


def test_a_fault_waits_for_the_nth_request_and_is_counted_down(api, sandbox):
    sandbox.faults.add(Fault("error_before", "GET", "/me", nth=2, times=2, status=500))
    assert [api("GET", "/me").status_code for _ in range(4)] == [200, 500, 500, 200]


def test_a_fault_without_an_end_goes_on(api, sandbox):
    sandbox.faults.add(Fault("error_before", "GET", "/me", times=None))
    assert {api("GET", "/me").status_code for _ in range(5)} == {503}
    sandbox.faults.clear()
    assert api("GET", "/me").status_code == 200


@pytest.mark.parametrize(
    ("kind", "took_effect"),
    [("error_before", False), ("error_after", True), ("cut_before", False), ("cut_after", True)],
)
def test_a_write_that_fails_did_or_did_not_take_effect(
    api, sandbox, playlist, uris, kind, took_effect
):
    sandbox.faults.add(Fault(kind, "POST", "/playlists/{id}/items", status=502))
    path = f"/playlists/{playlist}/items"
    if kind.startswith("cut"):
        with pytest.raises(requests.ConnectionError):
            api("POST", path, {"uris": uris[9:10]})
    else:
        assert api("POST", path, {"uris": uris[9:10]}).status_code == 502
    assert (uris[9] in api.uris(playlist)) == took_effect


def test_a_cut_request_is_in_the_log_with_status_0(api, sandbox):
    sandbox.faults.add(Fault("cut_before", "GET", "/me"))
    with pytest.raises(requests.ConnectionError):
        api("GET", "/me")
    assert sandbox.requests == [("GET", "/me", 0)]


def test_a_body_can_break_off_in_the_middle(api, sandbox):
    sandbox.faults.add(Fault("cut_body", "GET", "/me/tracks"))
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        api("GET", "/me/tracks")


def test_a_truncated_body_looks_whole_until_it_is_parsed(api, sandbox):
    sandbox.faults.add(Fault("truncated", "GET", "/me/tracks"))
    reply = api("GET", "/me/tracks")
    assert reply.status_code == 200
    with pytest.raises(requests.exceptions.JSONDecodeError):
        reply.json()


def test_a_page_of_html_comes_instead(api, sandbox):
    sandbox.faults.add(Fault("not_json", "GET", "/me", status=200))
    reply = api("GET", "/me")
    assert (reply.status_code, reply.headers["content-type"][:9]) == (200, "text/html")
    assert "<html>" in reply.text


def test_a_stall_outlasts_a_short_patience(api, sandbox):
    sandbox.faults.add(Fault("stall", "GET", "/me", seconds=60))
    with pytest.raises(requests.Timeout):
        api.session.get(f"{sandbox.api_url}/me", timeout=0.1)
    assert api("GET", "/me").status_code == 200


def test_a_slow_body_trickles(api, sandbox):
    sandbox.faults.add(Fault("slow_body", "GET", "/me", seconds=0.2))
    start = time.monotonic()
    assert api.get("/me")["type"] == "user"
    assert time.monotonic() - start >= 0.18


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("expired_token", "The access token expired"),
        ("revoked_token", "Invalid access token"),
    ],
)
def test_a_token_can_be_refused(api, sandbox, kind, message):
    sandbox.faults.add(Fault(kind))
    reply = api("GET", "/me")
    assert (reply.status_code, reply.json()["error"]["message"]) == (401, message)


def test_a_page_can_hold_null_rows(api, sandbox, playlist):
    sandbox.faults.add(Fault("null_rows", "GET", "/playlists/{id}/items", rows=(0, -1)))
    rows = api.get(f"/playlists/{playlist}/items")["items"]
    assert [row is None for row in rows] == [True, False, False, False, True]
    assert None not in api.get(f"/playlists/{playlist}/items")["items"]


def test_a_person_edits_between_two_requests_of_one_write(api, sandbox, playlist, uris):
    sandbox.faults.add(
        Fault(
            "edit",
            "POST",
            "/playlists/{id}/items",
            nth=2,
            edit=lambda: sandbox.human.add(playlist, uris[50:51], position=0),
        )
    )
    path = f"/playlists/{playlist}/items"
    api("PUT", path, {"uris": uris[:3]})
    api("POST", path, {"uris": uris[3:4]})
    assert uris[50] not in api.uris(playlist)
    api("POST", path, {"uris": uris[4:5]})
    assert api.uris(playlist) == [uris[50], *uris[:5]]


def test_an_edit_may_be_made_over_http_by_another_app(api, sandbox, playlist, uris):
    path = f"/playlists/{playlist}/items"
    sandbox.faults.add(Fault("edit", "GET", edit=lambda: api("POST", path, {"uris": uris[30:31]})))
    assert api.uris(playlist) == [*uris[:5], uris[30]]


def test_a_described_edit_does_the_same(api, sandbox, playlist):
    edit = {"action": "rename", "playlist_id": playlist, "name": "Mine again"}
    sandbox.faults.add(Fault("edit", "GET", "/playlists/{id}", edit=edit))
    assert api.get(f"/playlists/{playlist}")["name"] == "Mine again"


def test_a_play_can_be_noted_at_its_start(api, sandbox):
    at_end = api.get("/me/player/recently-played?limit=1")["items"][0]
    sandbox.faults.add(Fault("played_at_start", "GET", "/me/player/recently-played"))
    at_start = api.get("/me/player/recently-played?limit=1")["items"][0]
    assert at_start["track"]["id"] == at_end["track"]["id"]
    assert at_start["played_at"] < at_end["played_at"]


def test_an_unheard_of_fault_is_refused():
    with pytest.raises(ValueError, match="no fault is called"):
        Fault("earthquake")


def test_lists_of_playlists_can_lack_their_totals(api, sandbox):
    sandbox.faults.add(Fault("missing_totals", "GET", "/me/playlists"))
    assert "total" not in api.get("/me/playlists")["items"][0]["items"]
    assert "total" in api.get("/me/playlists")["items"][0]["items"]
