"""pause, resume, schedule, status and service, as they are typed."""

from __future__ import annotations

import json
from typing import Any


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
    assert {one["key"] for one in document["service"]["schedules"]} >= {"sync", "enrich"}


def test_a_dry_install_shows_the_units_and_writes_nothing(connected: Any) -> None:
    done = connected.run("service", "install", "--dry-run")
    assert done.returncode == 0
    assert "ExecStart=" in done.stdout
    assert not (connected.folder / ".config" / "systemd").exists()


def test_the_service_status_says_where_the_state_is(connected: Any) -> None:
    document = json.loads(connected.run("service", "status", "--json").stdout)
    assert document["state_folder"] == str(connected.folder / "state")
    assert document["process_id"] is None
