"""Addresses of services: nothing is sent in the clear but to this machine."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from segued.config.sections import SpotifySection


@pytest.mark.parametrize(
    "url",
    [
        "https://api.spotify.com/v1",
        "http://127.0.0.1:8080/v1",
        "http://127.3.2.1",
        "http://localhost:1",
        "http://[::1]:8080/a",
    ],
)
def test_https_anywhere_and_http_on_this_machine_are_fine(url: str) -> None:
    assert SpotifySection(api_url=url + "/").api_url == url


@pytest.mark.parametrize(
    "url",
    [
        "http://api.spotify.com/v1",
        "http://evil.example",
        "http://10.0.0.1",
        "http://0.0.0.0",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example",
        "http://2130706433",
        "http://[2001:db8::1]",
        "https://x?y=z",
        "https://good\\evil",
        "https://x\nHost: y",
        "ftp://x",
        "",
    ],
)
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        SpotifySection(accounts_url=url)


@pytest.mark.parametrize("url", ["https://me:canary@x", "http://127.0.0.1@x", "https://x/@canary"])
def test_a_user_or_password_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(ValidationError) as caught:
        SpotifySection(api_url=url)
    assert "canary" not in caught.value.errors()[0]["msg"]
