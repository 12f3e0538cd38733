"""The page and the metrics tell of a cool-down exactly where something waits for it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from segue.errors import RateLimitedError
from segued.config.load import check
from segued.page.now import Backend, standing
from segued.schedule.scheduler import Scheduler
from segued.service.page import Metrics
from segued.spotify.answers import PHRASES
from segued.store.access import ENCODER
from segued.store.state import State
from segued.web.service import Budget

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
YEAR = timedelta(days=365)
SETTINGS = check("[sound]\nenabled = true", "config.toml", {}).settings
NOTED = {
    ENCODER + SETTINGS.lyrics.encoder: (timedelta(hours=1), "could not be loaded"),
    ENCODER + SETTINGS.sound.model: (timedelta(hours=1), "could not be loaded"),
    "lrclib": (timedelta(hours=6), "refused"),
    "spotify features": (timedelta(days=30), "this app may not use it"),
}


def waits(state: State, endpoint: str) -> bool:
    try:
        Budget(state.budget, lambda: NOW, PHRASES).check([endpoint])
    except RateLimitedError:
        return True
    return False


def on_the_page(state: State, scheduler: Scheduler, endpoint: str) -> bool:
    nothing = cast(Any, None)
    backend = Backend(
        state.folder,
        {},
        lambda: NOW,
        scheduler,
        state,
        lambda: SETTINGS,
        nothing,
        lambda: (),
        *[nothing] * 4,
    )
    rows = cast(Any, standing(backend)["requests"])["rows"]
    (row,) = (row for row in rows if row["endpoint"] == endpoint)
    return row["cooling"] is not None


def in_metrics(state: State, scheduler: Scheduler, endpoint: str) -> bool:
    metrics = Metrics(scheduler, Counter(), state.auth, state.budget, lambda: NOW, lambda: SETTINGS)
    (family,) = (each for each in metrics.collect() if each.name.startswith("segue_cool_down"))
    return any(sample.labels["endpoint"] == endpoint for sample in family.samples)


@pytest.mark.parametrize("ahead", [timedelta(), YEAR])
@pytest.mark.parametrize("endpoint", NOTED)
def test_a_cool_down_is_shown_where_something_waits_for_it(
    tmp_path: Path, endpoint: str, ahead: timedelta
) -> None:
    length, reason = NOTED[endpoint]
    state = State.open(tmp_path / "state")
    nothing = cast(Any, None)
    scheduler = Scheduler(state.schedules, {}, nothing, nothing, nothing, lambda: NOW)
    state.budget.count_request(endpoint, NOW.date())
    state.budget.set_cool_down(endpoint, NOW + ahead + length, reason)
    holds = not ahead
    assert waits(state, endpoint) is holds
    assert on_the_page(state, scheduler, endpoint) is holds
    assert in_metrics(state, scheduler, endpoint) is holds
    state.close()
