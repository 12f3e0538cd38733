"""pause, resume, schedule, status and service, as they are typed."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from segued.sandbox.server import Sandbox
from segued.store.files.lock import service_lock
from segued.store.state import State


def files(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_paused_playlist_is_shown_as_paused_everywhere(connected: Any) -> None:
    due = json.loads(connected.run("schedule", "--json").stdout)["runs"]
    name = due[0]["name"]
    assert connected.run("pause", name).returncode == 0
    after = json.loads(connected.run("schedule", "--json").stdout)
    assert after["paused"] == [name]
    assert name not in {run["name"] for run in after["runs"]}
    assert f"{name} is paused since" in connected.run("status").stdout.replace("\n", " ")


def test_a_resumed_playlist_is_due_again(connected: Any) -> None:
    connected.run("pause")
    done = connected.run("resume")
    assert done.returncode == 0
    assert "due" in done.stdout
    assert json.loads(connected.run("schedule", "--json").stdout)["paused"] == []


@pytest.mark.parametrize(
    "arguments",
    [("pause", "sync"), ("resume", "sync"), ("sync",), ("enrich",), ("auth", "logout")],
)
def test_a_dry_run_says_what_would_be_done_and_leaves_the_state_alone(
    connected: Any, sandbox: Sandbox, arguments: tuple[str, ...]
) -> None:
    connected.run("pause", "sync")
    connected.login()
    sandbox.clear_requests()
    before = files(connected.folder)
    done = connected.run("--dry-run", *arguments)
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("Would ")
    assert done.stdout == ""
    assert sandbox.requests == []
    assert files(connected.folder) == before


def test_sync_can_be_paused_alone(connected: Any) -> None:
    assert connected.run("pause", "sync").stdout == "Paused until `segue resume`: sync.\n"


def test_an_unknown_name_pauses_nothing(connected: Any) -> None:
    done = connected.run("pause", "No Such List")
    assert done.returncode == 2
    assert "no playlist called" in done.stderr


def test_the_schedule_of_sync_is_shown_by_name(connected: Any) -> None:
    runs = json.loads(connected.run("schedule", "sync", "--json").stdout)["runs"]
    assert {run["id"] for run in runs} == {"sync"}


def test_the_status_says_whether_a_service_runs(connected: Any) -> None:
    document = json.loads(connected.run("status", "--json").stdout)
    assert document["service"]["process_id"] is None
    assert {schedule["key"] for schedule in document["service"]["schedules"]} >= {"sync", "enrich"}


def change(connected: Any, **given: Any) -> tuple[str, str]:
    """Change the state of the first schedule of a playlist; its key and name."""
    found = json.loads(connected.run("status", "--json").stdout)["service"]["schedules"][0]
    with connected_state(connected) as state:
        state.schedules.change([found["key"]], lambda schedule: replace(schedule, **given))
    return found["key"], found["name"]


@contextlib.contextmanager
def connected_state(connected: Any) -> Iterator[State]:
    state = State.open(connected.folder / "state")
    try:
        yield state
    finally:
        state.close()


@pytest.mark.parametrize(
    ("waiting", "words"),
    [
        ("login", "waits for a login (`segue auth login`)"),
        ("retry_at", "waits for a limit to end, at "),
        ("back_off", "waits for trouble to pass, and is tried again, at "),
        ("lock", "waits for another command to end, at "),
        ("disabled", "waits for you: it is disabled until `segue resume`"),
    ],
)
def test_the_status_says_what_each_schedule_waits_for(
    waiting: str, words: str, connected: Any
) -> None:
    later = datetime.now(UTC) + timedelta(minutes=7, seconds=30)
    held = later if " at " in words else None
    _, name = change(
        connected, waiting=waiting, owed=later, not_before=held, waiting_text="it is so"
    )
    shown = " ".join(connected.run("status").stdout.split())
    assert f"{name} {words}" in shown
    assert "it is so" in shown
    if held is not None:
        assert "in 7 minutes" in shown


def test_the_status_says_what_is_under_way_while_a_service_runs(connected: Any) -> None:
    _, name = change(connected, running_since=datetime.now(UTC))
    assert "Under way" not in connected.run("status").stdout
    with service_lock(connected.folder / "state"):
        shown = connected.run("status").stdout
    assert f"Under way: {name}, since " in shown
    assert f"The service is running (process {os.getpid()})." in shown
    assert "Nothing waits but for its time." in shown


def test_a_schedule_that_nothing_ran_for_is_late(connected: Any) -> None:
    key, name = change(connected, next_due=datetime.now(UTC) - timedelta(hours=5, minutes=1))
    assert f"{name} is late: it has been due for 5 hours." in connected.run("status").stdout
    schedules = json.loads(connected.run("status", "--json").stdout)["service"]["schedules"]
    late = {schedule["key"]: schedule["late_seconds"] for schedule in schedules}
    assert late[key] == pytest.approx(5 * 3600 + 60, abs=30)


def test_the_doctor_tells_of_what_is_to_be_left_alone(connected: Any) -> None:
    connected.login()
    until = datetime.now(UTC) + timedelta(hours=13)
    with connected_state(connected) as state:
        state.budget.set_cool_down("GET /me/tracks", until, "quota of the day")
    done = connected.run("doctor", "--offline", "--json")
    checks = json.loads(done.stdout)["checks"]
    (found,) = [check for check in checks if check["name"] == "limits"]
    assert found["outcome"] == "warning"
    assert "GET /me/tracks is left alone until" in found["text"]
    assert "quota of the day" in found["text"]
    assert done.returncode == 0


def test_the_status_says_how_a_service_that_is_installed_is_started(connected: Any) -> None:
    assert "`segue service install` sets one up" in connected.run("status").stdout
    assert connected.run("service", "install", "--no-start").returncode == 0
    assert "`systemctl --user start segued.service`" in connected.run("status").stdout


def test_a_dry_install_shows_the_units_and_writes_nothing(connected: Any) -> None:
    done = connected.run("service", "install", "--dry-run")
    assert done.returncode == 0
    assert "ExecStart=" in done.stdout
    assert not (connected.folder / ".config" / "systemd").exists()


def test_the_service_status_says_where_the_state_is(connected: Any) -> None:
    document = json.loads(connected.run("service", "status", "--json").stdout)
    assert document["state_folder"] == str(connected.folder / "state")
    assert document["process_id"] is None
