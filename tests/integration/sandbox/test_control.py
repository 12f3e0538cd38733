"""A sandbox steered from outside, as with curl."""

from __future__ import annotations

import pytest
import requests


@pytest.fixture
def control(sandbox):
    def call(method, path="", body=None):
        url = f"{sandbox.accounts_url}/_sandbox{path}"
        return requests.request(method, url, json=body, timeout=120)

    return call


def test_it_says_what_it_is(control):
    overview = control("GET").json()
    assert overview["mode"] == "development"
    assert (overview["tracks"], overview["likes"]) == (300, 120)
    assert "rate_limit" in overview["fault_kinds"]


def test_a_fault_is_added_listed_and_cleared(control, api):
    fault = {"kind": "rate_limit", "method": "GET", "endpoint": "/me", "retry_after": 7, "times": 2}
    assert control("POST", "/faults", fault).json()[0]["struck"] == 0
    assert api("GET", "/me").headers["retry-after"] == "7"
    assert control("GET", "/faults").json()[0]["struck"] == 1
    assert control("DELETE", "/faults").json() == []
    assert api("GET", "/me").status_code == 200


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "earthquake"},
        {"kind": "stall", "colour": "red"},
        {"kind": "edit", "edit": {"action": "dance"}},
        {"kind": "edit"},
        "rate_limit",
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_with_words(control, fault):
    reply = control("POST", "/faults", fault)
    assert reply.status_code == 400
    assert reply.json()["error"]


def test_hand_edits_are_made(control, api, playlist, uris):
    edit = {"action": "add", "playlist_id": playlist, "uris": uris[7:8]}
    assert control("POST", "/edits", edit).status_code == 200
    assert api.uris(playlist)[-1] == uris[7]
    control("POST", "/edits", {"action": "delete_playlist", "playlist_id": playlist})
    assert playlist not in control("GET", "/state").json()["listed"]


def test_a_hand_edit_that_cannot_be_made_is_refused_with_words(control):
    reply = control("POST", "/edits", {"action": "add", "playlist_id": "none", "uris": []})
    assert reply.status_code == 400
    assert "none" in reply.json()["error"]


def test_the_clock_is_moved_and_set(control, sandbox):
    start = sandbox.clock.now()
    control("POST", "/clock", {"hours": 3})
    assert (sandbox.clock.now() - start).total_seconds() == 3 * 3600
    control("POST", "/clock", {"set": start.isoformat()})
    assert sandbox.clock.now() == start
    assert control("POST", "/clock", {"fortnights": 1}).status_code == 400


def test_requests_are_logged_by_template_and_forgotten(control, api, playlist):
    api("GET", f"/playlists/{playlist}/items")
    logged = control("GET", "/requests").json()
    assert logged == [{"method": "GET", "endpoint": "/playlists/{id}/items", "status": 200}]
    assert control("DELETE", "/requests").json() == []


def test_the_versions_of_a_playlist_are_reported(control, api, playlist, uris):
    api("PUT", f"/playlists/{playlist}/items", {"uris": uris[:1]})
    versions = control("GET", f"/playlists/{playlist}/versions").json()
    assert versions[-1]["uris"] == uris[:1]
    assert uris[:5] in [version["uris"] for version in versions]


def test_tokens_are_issued_expired_and_revoked(control, api, sandbox):
    token = control("POST", "/tokens").json()["access_token"]

    def status():
        headers = {"Authorization": f"Bearer {token}"}
        return requests.get(f"{sandbox.api_url}/me", headers=headers, timeout=120).status_code

    assert status() == 200
    control("POST", "/tokens/expire")
    assert status() == 401
    assert control("POST", "/tokens/lose").status_code == 400
