"""A clock days off Spotify's has nothing planned or written: no trial ends by it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from segue.errors import UnavailableError
from segued.sandbox.server import running


@pytest.fixture
def dated(tmp_path: Path, small, new_house) -> Iterator:
    """A house whose Spotify tells the date."""
    with running(replace(small, dated=True)) as sandbox:
        house = new_house(sandbox, tmp_path / "state")
        house.log_in()
        yield house


@pytest.mark.parametrize("off", [timedelta(days=days) for days in (-400, -2, 400)])
def test_nothing_is_planned_or_written_while_the_clock_is_days_off(dated, off: timedelta) -> None:
    dated.refresh()
    stood, right = dated.mine, dated.now
    dated.now += off
    if off > timedelta():
        dated.log_in()  # the login would have ended
    dated.sandbox.clear_requests()
    with pytest.raises(UnavailableError, match="days off"):
        dated.refresh()
    assert {each.endpoint for each in dated.sandbox.requests} <= {"/me", "/me/tracks"}
    dated.now = right
    (refreshed,) = dated.refresh().refreshed
    assert refreshed.plan.status == "unchanged"
    assert dated.mine == stood


@pytest.mark.parametrize("hours", [-20, 20])
def test_a_clock_that_is_hours_off_is_gone_by(dated, hours: int) -> None:
    dated.now += timedelta(hours=hours)
    (refreshed,) = dated.refresh().refreshed
    assert refreshed.plan.status == "changed"
