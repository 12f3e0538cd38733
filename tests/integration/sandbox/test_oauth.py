"""Logging in, renewing and losing a login, as with the real accounts service."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from segued.sandbox.control.faults import Fault
from segued.sandbox.server import running

VERIFIER = "a-verifier-that-is-long-enough-to-be-allowed-by-the-rfc-7636"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=")
REDIRECT = "http://127.0.0.1:8765/callback"
SCOPE = "user-library-read playlist-read-private"


def authorise(sandbox, **changes):
    query = {
        "response_type": "code",
        "client_id": "client",
        "redirect_uri": REDIRECT,
        "scope": SCOPE,
        "state": "xyz",
        "code_challenge_method": "S256",
        "code_challenge": CHALLENGE.decode(),
    } | changes
    url = f"{sandbox.accounts_url}/authorize"
    return requests.get(url, params=query, allow_redirects=False, timeout=120)


def code_of(response):
    return parse_qs(urlsplit(response.headers["location"]).query)


def token(sandbox, **form):
    return requests.post(f"{sandbox.accounts_url}/api/token", data=form, timeout=120)


def redeem(sandbox, **changes):
    form = {
        "grant_type": "authorization_code",
        "code": code_of(authorise(sandbox))["code"][0],
        "redirect_uri": REDIRECT,
        "client_id": "client",
        "code_verifier": VERIFIER,
    } | changes
    return token(sandbox, **form)


def renew(sandbox, refresh_token):
    return token(
        sandbox, grant_type="refresh_token", refresh_token=refresh_token, client_id="client"
    )


def works(sandbox, access_token):
    headers = {"Authorization": f"Bearer {access_token}"}
    return requests.get(f"{sandbox.api_url}/me", headers=headers, timeout=120).status_code


def test_one_get_of_the_address_sends_back_a_code_and_the_state(sandbox):
    response = authorise(sandbox)
    assert response.status_code == 302
    assert response.headers["location"].startswith(REDIRECT + "?")
    assert code_of(response)["state"] == ["xyz"]


def test_a_code_and_its_verifier_become_a_token_that_works(sandbox):
    reply = redeem(sandbox).json()
    assert reply["token_type"] == "Bearer"
    assert (reply["expires_in"], reply["scope"]) == (3600, SCOPE)
    assert works(sandbox, reply["access_token"]) == 200


@pytest.mark.parametrize(
    ("change", "description"),
    [
        ({"code_verifier": "x" * 60}, "code_verifier was incorrect"),
        ({"redirect_uri": "http://127.0.0.1:1/other"}, "Invalid redirect URI"),
        ({"code": "unheard-of"}, "Invalid authorization code"),
    ],
)
def test_a_code_is_not_redeemed_with_anything_wrong(sandbox, change, description):
    response = redeem(sandbox, **change)
    assert response.status_code == 400
    assert response.json() == {"error": "invalid_grant", "error_description": description}


def test_a_code_is_redeemed_once(sandbox):
    code = code_of(authorise(sandbox))["code"][0]
    assert redeem(sandbox, code=code).status_code == 200
    assert redeem(sandbox, code=code).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("http://127.0.0.1:1/x", 302),
        ("http://[::1]:9/x", 302),
        ("https://example.org/x", 302),
        ("http://localhost:8765/x", 400),
        ("http://example.org/x", 400),
        ("nonsense", 400),
    ],
)
def test_only_safe_redirect_addresses_are_accepted(sandbox, address, status):
    assert authorise(sandbox, redirect_uri=address).status_code == status


def test_the_implicit_grant_is_gone(sandbox):
    reply = code_of(authorise(sandbox, response_type="token"))
    assert reply["error"] == ["unsupported_response_type"]


def test_an_unknown_scope_is_refused(sandbox):
    assert code_of(authorise(sandbox, scope="everything"))["error"] == ["invalid_scope"]


def test_a_person_can_say_no(sandbox):
    sandbox.faults.add(Fault("deny_login", "GET", "/authorize"))
    assert code_of(authorise(sandbox))["error"] == ["access_denied"]


def test_a_consent_page_waits_for_the_button(settings):
    with running(settings(consent_page=True)) as sandbox:
        page = authorise(sandbox)
        assert (page.status_code, "Agree" in page.text) == (200, True)
        assert authorise(sandbox, agreed="1").status_code == 302


def test_refreshing_gives_a_new_refresh_token_and_ends_the_old_one(sandbox):
    first = redeem(sandbox).json()
    second = renew(sandbox, first["refresh_token"]).json()
    assert works(sandbox, second["access_token"]) == 200
    assert second["refresh_token"] != first["refresh_token"]
    again = renew(sandbox, first["refresh_token"])
    assert again.json()["error_description"] == "Refresh token revoked"


def test_a_refresh_reply_may_leave_out_token_and_scope(settings):
    with running(settings(refresh_rotates=False, refresh_names_scope=False)) as sandbox:
        first = redeem(sandbox).json()
        reply = renew(sandbox, first["refresh_token"]).json()
        assert set(reply) == {"access_token", "token_type", "expires_in"}
        assert renew(sandbox, first["refresh_token"]).status_code == 200


def test_refresh_tokens_die_six_months_after_the_login_however_often_renewed(settings):
    with running(settings()) as sandbox:
        refresh = redeem(sandbox).json()["refresh_token"]
        for _ in range(6):
            sandbox.clock.advance(days=30)
            refresh = renew(sandbox, refresh).json()["refresh_token"]
        sandbox.clock.advance(days=3)
        response = renew(sandbox, refresh)
        assert response.status_code == 400
        assert response.json()["error"] == "invalid_grant"


def test_an_access_token_dies_after_an_hour_with_the_recorded_words(settings):
    with running(settings()) as sandbox:
        access = redeem(sandbox).json()["access_token"]
        sandbox.clock.advance(minutes=59)
        assert works(sandbox, access) == 200
        sandbox.clock.advance(minutes=1)
        headers = {"Authorization": f"Bearer {access}"}
        response = requests.get(f"{sandbox.api_url}/me", headers=headers, timeout=120)
        assert response.status_code == 401
        assert response.json() == {"error": {"status": 401, "message": "The access token expired"}}
        assert 'error="invalid_token"' in response.headers["www-authenticate"]


def test_a_revoked_app_loses_both_tokens(settings):
    with running(settings()) as sandbox:
        reply = redeem(sandbox).json()
        sandbox.oauth.revoke()
        assert works(sandbox, reply["access_token"]) == 401
        assert renew(sandbox, reply["refresh_token"]).json()["error"] == "invalid_grant"


def test_an_outage_can_say_invalid_grant_falsely(sandbox):
    refresh = redeem(sandbox).json()["refresh_token"]
    sandbox.faults.add(Fault("false_invalid_grant", "POST", "/api/token"))
    assert renew(sandbox, refresh).json()["error"] == "invalid_grant"
    assert renew(sandbox, refresh).status_code == 200


def test_without_a_token_nothing_is_answered(sandbox):
    response = requests.get(f"{sandbox.api_url}/me", timeout=120)
    assert response.status_code == 401
    assert response.json()["error"]["message"] == "No token provided"


def test_a_token_made_for_tests_carries_when_it_was_granted(sandbox):
    document = sandbox.tokens()
    assert document["authorized_at"] == int(sandbox.clock.now().timestamp())
    later = document["authorized_at"] + timedelta(hours=1).total_seconds()
    assert document["expires_at"] == later
