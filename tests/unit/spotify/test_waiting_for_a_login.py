"""What is said while nobody comes back from the login page."""

from __future__ import annotations

import queue

import pytest

from segue.errors import AuthorisationError
from segued.config.sections import redirect_uri
from segued.spotify.login.auth import Return, await_code

URI = "http://127.0.0.1:43211/callback"


class Desk:
    """A clock, and a queue to which ways back come at given seconds."""

    def __init__(self, coming: dict[float, Return] | None = None) -> None:
        self.now = 0.0
        self.coming = coming or {}

    def get(self, *, timeout: float) -> Return:
        for moment in sorted(self.coming):
            if moment <= self.now + timeout:
                self.now = max(self.now, moment)
                return self.coming.pop(moment)
        self.now += timeout
        raise queue.Empty

    def wait(self, seconds: float) -> list[tuple[float, str]]:
        said: list[tuple[float, str]] = []
        await_code(self, "s", lambda text: said.append((self.now, text)), URI, seconds, self.clock)
        return said

    def clock(self) -> float:
        return self.now


def test_after_twenty_seconds_it_is_said_once_what_to_check() -> None:
    ((moment, text),) = Desk({250.0: Return("/callback?state=s&code=c")}).wait(300)
    assert moment == 20
    assert "INVALID_CLIENT" in text
    assert f"must be exactly {URI} and" in text
    assert "Client ID" in text


def test_a_login_that_comes_back_soon_brings_no_message() -> None:
    assert Desk({19.9: Return("/callback?state=s&code=c")}).wait(300) == []


def test_what_comes_back_wrong_does_not_put_the_advice_off() -> None:
    coming = {5.0: Return("/callback?state=x"), 90.0: Return("/callback?state=s&code=c")}
    (_, wrong), (moment, advice) = Desk(coming).wait(300)
    assert "does not belong" in wrong
    assert (moment, "INVALID_CLIENT" in advice) == (20, True)


@pytest.mark.parametrize("seconds", [300, 5])
def test_a_login_that_nobody_comes_back_from_ends_with_what_to_check(seconds: float) -> None:
    desk = Desk()
    with pytest.raises(AuthorisationError, match=r"INVALID_CLIENT.*exactly " + URI):
        desk.wait(seconds)
    assert desk.now == seconds


def test_where_any_port_is_taken_the_app_names_none() -> None:
    assert redirect_uri(0) == "http://127.0.0.1/callback"
    assert redirect_uri(8888) == "http://127.0.0.1:8888/callback"
