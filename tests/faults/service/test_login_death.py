"""A login that has died: playlists go on being planned, and nothing is written."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

LOOKS_OFTEN = "1000000"  # the scheduler looks twice in the watchdog's time


def let_the_login_die(home: Any) -> None:
    """As after Spotify answered invalid_grant: the token is gone, the day of consent is known."""
    home.sandbox.oauth.revoke()
    with home.state() as state:
        token = state.auth.token()
        assert token is not None
        long_ago = datetime.now(UTC) - timedelta(days=200)
        state.auth.set_token(
            replace(token, access_token="", refresh_token=None, authorized_at=long_ago)
        )


def waiting(home: Any, key: str = "refresh:mornings") -> str | None:
    with home.state() as state:
        found: str | None = state.schedules.get(key).waiting
    return found


def test_after_the_death_of_the_login_plans_go_on_and_nothing_is_written(home: Any) -> None:
    assert home.once() == 0
    before = home.mine
    assert set(before) == {"Mornings", "Evenings"}
    let_the_login_die(home)
    asked = len(home.sandbox.requests)
    home.make_due("refresh:mornings")
    process = home.serve(WATCHDOG_USEC=LOOKS_OFTEN)
    # The state is written after the run has ended; the run itself is in the history before.
    home.wait_until(lambda: waiting(home) == "login")
    with home.state() as state:
        run = state.runs.recent(1)[0]
    assert (run.kind, run.status) == ("plan", "planned")
    assert "planned and not written, for want of a login" in run.text
    assert home.mine == before
    assert len(home.sandbox.requests) == asked, "Spotify was asked without a login"

    home.log_in()
    home.wait_until(lambda: waiting(home) is None)
    home.wait_until(lambda: ("refresh", "logged in again") in [run[::2] for run in home.runs()])
    assert home.stop(process) == 0
