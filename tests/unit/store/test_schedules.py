"""The state of schedules on disk."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from segue.errors import LockedError, StoreError
from segued.store.files.lock import service_lock, service_process
from segued.store.runs import ScheduleState, ScheduleStore, SentNotice

NOW = datetime(2026, 3, 3, 7, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> ScheduleStore:
    return ScheduleStore(tmp_path / "schedules.json")


def test_a_state_comes_back_as_it_was(store: ScheduleStore, tmp_path: Path) -> None:
    state = ScheduleState("k", "words", NOW, NOW, "due", NOW, "retry_at", "why", NOW, "login", 3)
    store.change(["k"], lambda _: state)
    assert ScheduleStore(tmp_path / "schedules.json").get("k") == state


def test_a_change_is_made_on_top_of_what_another_process_wrote(
    store: ScheduleStore, tmp_path: Path
) -> None:
    store.change(["k"], lambda state: replace(state, failures=1))
    ScheduleStore(tmp_path / "schedules.json").pause(["k"], NOW)
    store.change(["k"], lambda state: replace(state, failures=2))
    assert (store.get("k").failures, store.get("k").paused_at) == (2, NOW)


def test_a_pause_owes_nothing_and_keeps_its_beginning(store: ScheduleStore) -> None:
    store.change(["k"], lambda state: replace(state, owed=NOW))
    store.pause(["k"], NOW)
    store.pause(["k"], NOW + timedelta(days=1))
    assert (store.get("k").owed, store.get("k").paused_at) == (None, NOW)


def test_resuming_what_is_disabled_lets_it_go_on(store: ScheduleStore) -> None:
    store.change(["k"], lambda state: replace(state, waiting="disabled", next_due=NOW))
    store.pause(["k"], None)
    assert (store.get("k").waiting, store.get("k").next_due) == (None, NOW)


def test_what_was_reported_long_ago_is_forgotten(store: ScheduleStore) -> None:
    store.note_sent(SentNotice("old", NOW - timedelta(days=300)), NOW - timedelta(days=999))
    store.note_sent(SentNotice("new", NOW), NOW - timedelta(days=200))
    assert set(store.sent_notices()) == {"new"}


def test_there_is_one_service_for_a_state(tmp_path: Path) -> None:
    with (
        service_lock(tmp_path),
        pytest.raises(LockedError, match="already looks after"),
        service_lock(tmp_path),
    ):
        pass


def test_whether_a_service_runs_is_seen_from_outside(tmp_path: Path) -> None:
    assert service_process(tmp_path) is None
    with service_lock(tmp_path):
        assert service_process(tmp_path) is not None
    assert service_process(tmp_path) is None


def test_a_state_of_another_user_names_the_command_that_reaches_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from segued.store.files.atomic import private_folder

    monkeypatch.setattr("os.geteuid", lambda: 4242)
    with pytest.raises(StoreError, match=r"run `sudo -u \S+ env STATE_DIRECTORY="):
        private_folder(tmp_path)
