"""How jobs end, on a service that misbehaves, and what the schedules do then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from segued.sandbox.control.faults import Fault
from segued.store.runs import ScheduleState


def ended(home: Any, key: str = "refresh:mornings") -> ScheduleState:
    """The state of a schedule after a run that was made due."""
    home.make_due(key)
    process = home.serve()

    def done() -> bool:
        with home.state() as state:
            return state.schedules.get(key).last_ended is not None

    home.wait_until(done)
    home.stop(process)
    with home.state() as state:
        found: ScheduleState = state.schedules.get(key)
    return found


def test_a_quota_is_waited_for(home: Any) -> None:
    home.sandbox.faults.add(Fault("quota", "GET", "/me/tracks", times=None, retry_after=50_000))
    state = ended(home)
    assert state.waiting == "retry_at"
    assert state.not_before is not None
    waits = state.not_before - datetime.now(UTC)
    assert timedelta(seconds=49_000) < waits < timedelta(seconds=50_100)


def test_an_outage_is_tried_again_after_a_while(home: Any) -> None:
    home.sandbox.faults.add(Fault("error_before", "GET", "/me", times=None, status=503))
    state = ended(home)
    assert (state.waiting, state.failures) == ("back_off", 1)


def test_an_app_that_is_refused_is_disabled_until_it_is_resumed(home: Any) -> None:
    home.sandbox.faults.add(Fault("cloudflare", "GET", "/me", times=None))
    state = ended(home)
    assert (state.waiting, state.not_before, state.owed) == ("disabled", None, None)
    home.sandbox.faults.clear()
    home.make_due("refresh:mornings")
    process = home.serve(WATCHDOG_USEC="1000000")
    with home.state() as opened:
        assert opened.schedules.get("refresh:mornings").waiting == "disabled"
        opened.schedules.pause(["refresh:mornings"], None)
    home.wait_until(lambda: "Mornings" in home.mine)
    home.stop(process)


def test_one_playlist_that_fails_does_not_stop_the_other(home: Any) -> None:
    home.write_config(
        recipes="""
[[playlist]]
name = "Mornings"
from = "playlist:No Such Playlist"
length = 20
schedule = "@daily"
[[playlist]]
name = "Evenings"
from = "liked"
length = 10
schedule = "@daily"
"""
    )
    home.make_due("refresh:mornings", "refresh:evenings")
    process = home.serve()
    home.wait_until(lambda: "Evenings" in home.mine)
    home.wait_until(lambda: len([run for run in home.runs() if run[0] == "refresh"]) == 2)
    home.stop(process)
    statuses = {status for kind, status, _ in home.runs() if kind == "refresh"}
    assert statuses == {"changed", "failed"} or statuses == {"changed", "refused"}


def test_a_job_that_takes_too_long_is_ended_and_says_so(home: Any) -> None:
    home.write_config(more='[service]\njob_time = "2 seconds"')
    home.sandbox.faults.add(Fault("stall", "GET", "/me/tracks", times=None, seconds=600))
    state = ended(home)
    assert (state.failures, state.waiting) == (1, "back_off")
    assert "job_time" in state.last_text
