"""PKCE and the dates on which logins die."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from segued.sandbox.spotify.oauth import challenge_of, dies_at, redirect_problem


def test_the_challenge_is_that_of_the_rfc():
    """RFC 7636, appendix B."""
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert challenge_of(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@pytest.mark.parametrize(
    ("authorised", "dies"),
    [
        ("2026-07-20", "2027-01-20"),
        ("2026-08-31", "2027-02-28"),
        ("2027-08-31", "2028-02-29"),
        ("2026-06-30", "2026-12-30"),
        ("2026-03-31", "2026-09-30"),
    ],
)
def test_a_login_dies_six_calendar_months_later(authorised, dies):
    moment = datetime.fromisoformat(f"{authorised}T10:00:00+00:00")
    assert dies_at(moment) == datetime.fromisoformat(f"{dies}T10:00:00+00:00")
    assert dies_at(moment).tzinfo is UTC or dies_at(moment).utcoffset().total_seconds() == 0


@pytest.mark.parametrize("address", ["http://127.0.0.1", "http://[::1]:1/x", "https://a.example/x"])
def test_a_safe_redirect_has_no_problem(address):
    assert redirect_problem(address) is None


@pytest.mark.parametrize(
    "address",
    ["", "http://localhost/x", "http://a.example", "ftp://127.0.0.1", "http://127.0.0.1:x/"],
)
def test_an_unsafe_redirect_has_one(address):
    assert redirect_problem(address).startswith("INVALID_CLIENT")
