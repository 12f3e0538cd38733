"""A run: what it looks up once, and its lines in the history, however they end."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from segue.errors import GuardError, StoreError, UsageError
from segue.music.track import Track
from segue.progress import Stopped
from segued.config.load import check
from segued.config.schema import Settings
from segued.run import PROCESS_DIED, Run
from segued.store.library import ACCOUNT
from segued.store.state import State

NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)
TEXT = """
timezone = "UTC"
[[playlist]]
name = "Morning"
from = "liked"
schedule = "0 7 * * *"
[[playlist]]
name = "Evening"
from = "liked"
"""


class Clock:
    """Each look is a second later."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def settings(text: str = TEXT) -> Settings:
    return check(text, "config.toml", {}).settings


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    state = State.open(tmp_path / "state")
    state.library.set_cursor(ACCOUNT, {"id": "me"})
    state.library.commit()
    yield state
    state.close()


def run_on(state: State, **options: object) -> Run:
    return Run(settings(), state, {}, Clock(), **options)  # type: ignore[arg-type]


def test_everything_of_a_run_happens_at_one_moment(state: State) -> None:
    run = run_on(state)
    assert run.now == run.now
    assert run.id.startswith(f"{run.now:%Y%m%dT%H%M%S}-")
    assert run.id == run.id


def test_a_recipe_has_the_period_of_its_schedule_and_a_seed_made_of_it(state: State) -> None:
    morning, evening = run_on(state).recipes
    assert morning.period_start == datetime(2026, 10, 1, 7, tzinfo=UTC)
    assert evening.period_start == datetime(2026, 10, 1, tzinfo=UTC)
    assert morning.seed != evening.seed
    assert run_on(state).recipes[0].seed == morning.seed


def test_a_seed_that_is_given_is_every_recipes(state: State) -> None:
    assert {known.seed for known in run_on(state, seed=7).recipes} == {7}


def test_recipes_are_chosen_by_name_in_the_order_of_the_configuration(state: State) -> None:
    run = run_on(state)
    assert [known.configured_id for known in run.chosen(["evening", "MORNING"])] == [
        "morning",
        "evening",
    ]
    with pytest.raises(UsageError, match="Mornin"):
        run.chosen(["Mornin"])


def test_the_inventory_is_read_once_until_the_state_changes(state: State) -> None:
    run = run_on(state)
    first = run.inventory()
    assert run.inventory() is first
    state.library.put_tracks([Track(id="t", title="T")])
    state.library.commit()
    assert "t" in run.inventory().tracks
    assert "t" not in first.tracks


def test_what_another_process_wrote_is_seen_in_the_inventorys_signature(state: State) -> None:
    before = state.signature()
    (state.folder / "vectors").mkdir()
    (state.folder / "vectors" / "x.npz").write_bytes(b"x")
    assert state.signature() != before
    assert state.signature("library") == State(state.folder).signature("library")


def test_a_run_that_ends_well_is_in_the_history_with_what_was_noted(state: State) -> None:
    run = run_on(state, reason="due")
    with run.recorded("sync") as record:
        (open_line,) = state.runs.recent(9)
        assert (open_line.status, open_line.ended_at) == ("running", None)
        record.status, record.text, record.counts = "partly", "3 new liked", {"liked": 3}
    (line,) = state.runs.recent(9)
    assert (line.kind, line.status, line.text) == ("sync", "partly", "3 new liked")
    assert (line.counts, line.reason, line.recipe_id) == ({"liked": 3}, "due", None)
    assert line.ended_at is not None
    assert line.ended_at > line.started_at
    assert run.records == [line]


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (StoreError("disk full"), "failed", "disk full"),
        (GuardError("too few"), "refused", "too few"),
        (KeyboardInterrupt(), "stopped", "stopped by hand"),
        (Stopped(), "stopped", "stopped with the service"),
        (ZeroDivisionError("1/0"), "failed", "a bug in Segue: ZeroDivisionError: 1/0"),
    ],
)
def test_a_run_that_ends_badly_is_in_the_history_with_the_reason(
    state: State, error: BaseException, status: str, text: str
) -> None:
    run = run_on(state, reason="due" if isinstance(error, Stopped) else "")
    with pytest.raises(type(error)), run.recorded("refresh", "morning"):
        raise error
    (line,) = state.runs.recent(9)
    assert line.status == status
    assert line.text.startswith(text)
    assert line.ended_at is not None


def test_a_job_by_hand_that_is_asked_to_end_was_stopped_by_hand(state: State) -> None:
    with pytest.raises(Stopped), run_on(state).recorded("learn"):
        raise Stopped
    (line,) = state.runs.recent(9)
    assert (line.status, line.text[:15]) == ("stopped", "stopped by hand")


def test_the_line_of_a_recipe_is_named_after_run_and_recipe(state: State) -> None:
    run = run_on(state)
    with run.recorded("refresh", "morning"), run.recorded("sync"):
        pass
    ids = {line.kind: line.id for line in state.runs.recent(9)}
    assert ids["refresh"] == f"{run.id}-morning"
    assert ids["sync"] != ids["refresh"]


def test_a_line_that_a_killed_process_left_open_is_closed_by_the_next_run(state: State) -> None:
    code = f"""
import time
from datetime import UTC, datetime
from pathlib import Path
from segued.config.load import check
from segued.run import Run
from segued.store.state import State
state = State.open(Path({str(state.folder)!r}))
with Run(check("", "x", {{}}).settings, state, {{}}, lambda: datetime.now(UTC)).recorded("sync"):
    print("begun", flush=True)
    time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"begun\n"
        child.send_signal(signal.SIGKILL)
    assert [line.status for line in state.runs.recent(9)] == ["running"]
    run = run_on(state)
    with run.recorded("sync"), run.recorded("enrich"):
        assert [line.status for line in state.runs.recent(9)] == ["running", "running", "failed"]
    left = state.runs.recent(9)[-1]
    assert (left.status, left.text) == ("failed", PROCESS_DIED)
    assert [line.status for line in state.runs.recent(9)] == ["done", "done", "failed"]


def test_a_client_is_opened_once_and_closed_with_the_run(state: State) -> None:
    with run_on(state) as run:
        assert run.requests == {}
        client = run.client()
        assert run.client() is client
        assert run.requests == {}
    assert run.requests == {}
