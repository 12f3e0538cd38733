"""Commands that look: sync, status, schedule, history, purge."""

from __future__ import annotations

import json

import pytest

from segued.sandbox.control.faults import Fault
from segued.spotify.client import utc_now
from segued.store.access import AuthStore
from segued.store.files.lock import writer_lock
from segued.store.runs import RunRecord
from segued.store.state import State


def test_sync_without_a_login_ends_with_4(connected) -> None:
    done = connected.run("sync")
    assert done.returncode == 4
    assert "segue auth login" in done.stderr
    assert done.stdout == ""


def test_sync_reads_the_account_and_is_in_the_history(connected) -> None:
    connected.login()
    document = json.loads(connected.run("sync", "--json").stdout)
    assert document["counts"]["liked"] == 60
    assert document["requests"]["GET /me/tracks"] >= 2
    runs = json.loads(connected.run("history", "--json").stdout)["runs"]
    assert [(run["kind"], run["status"]) for run in runs] == [("sync", "done")]
    status = json.loads(connected.run("status", "--json").stdout)
    assert status["stored"]["liked"] == 60
    assert status["last_sync"]["requests"] == document["requests"]
    asked = {key: status["requests_by_endpoint"][key] for key in document["requests"]}
    assert asked == document["requests"]


def test_a_failed_sync_is_in_the_history_with_its_reason(connected) -> None:
    connected.run("sync")
    (run,) = json.loads(connected.run("history", "--json").stdout)["runs"]
    assert run["status"] == "failed"
    assert "segue auth login" in run["text"]


@pytest.mark.parametrize("command", ["sync", "refresh", "plan"])
def test_a_service_that_cannot_be_reached_is_named_with_the_time_of_the_next_try(
    connected, command: str
) -> None:
    connected.login()
    done = connected.run(command, "--json", SEGUE_SPOTIFY__API_URL="http://127.0.0.1:9/v1")
    assert done.returncode == 5
    assert "could not be reached" in done.stderr
    assert "The next try is worth it after " in done.stderr
    assert json.loads(done.stdout)["error"]["retry_at"]


def test_a_service_that_is_down_ends_a_command_with_5(connected, sandbox) -> None:
    connected.login()
    sandbox.faults.add(Fault("error_before", "GET", "/me", status=503, times=None))
    done = connected.run("sync")
    assert done.returncode == 5
    assert "The next try is worth it after " in done.stderr


def test_a_command_says_who_holds_the_lock(connected) -> None:
    with writer_lock(connected.folder / "state", "segue refresh", 0):
        done = connected.run("sync")
    assert done.returncode == 5
    assert "`segue refresh`" in done.stderr


@pytest.mark.parametrize("command", ["status", "schedule", "history", "doctor --offline"])
def test_every_line_fits_80_columns(connected, command: str) -> None:
    connected.login()
    lines = connected.run(*command.split()).stdout.splitlines()
    assert lines
    assert max(len(line.rstrip()) for line in lines if str(connected.folder) not in line) <= 80


def test_the_schedule_lists_next_runs_soonest_first(connected) -> None:
    document = json.loads(connected.run("schedule", "--json", "--count", "20").stdout)
    due = [run["due"] for run in document["runs"]]
    assert due == sorted(due)
    assert len(due) == 20
    runs = json.loads(connected.run("schedule", "--json").stdout)["runs"]
    assert [run["due"] for run in runs] == sorted(run["due"] for run in runs)
    playlists = {"fresh-favourites", "long-unheard", "lately"}
    assert {run["id"] for run in runs} - {"sync", "enrich", "learn"} == playlists


def test_the_schedule_of_one_playlist_can_be_asked_for(connected) -> None:
    document = json.loads(connected.run("schedule", "lately", "--json").stdout)
    assert {run["name"] for run in document["runs"]} == {"Lately"}


def test_a_mistyped_playlist_suggests_a_near_one(connected) -> None:
    done = connected.run("schedule", "latley")
    assert done.returncode == 2
    assert 'did you mean "Lately"' in done.stderr


def test_show_says_when_there_is_nothing_yet(connected) -> None:
    done = connected.run("show", "Lately")
    assert done.returncode == 2
    assert "segue plan" in done.stderr


def test_purge_asks_and_without_a_terminal_refuses(connected) -> None:
    connected.login()
    done = connected.run("purge", "all")
    assert done.returncode == 2
    assert "--yes" in done.stderr
    assert connected.run("auth", "status").returncode == 0


def test_purge_dry_deletes_nothing(connected) -> None:
    connected.login()
    assert connected.run("purge", "all", "--dry-run").returncode == 0
    assert connected.run("auth", "status").returncode == 0


def test_purge_deletes_what_is_named_and_nothing_else(connected) -> None:
    connected.login()
    connected.run("sync")
    assert connected.run("purge", "library", "plays", "playlists", "--yes").returncode == 0
    status = json.loads(connected.run("status", "--json").stdout)
    assert (status["stored"]["liked"], status["stored"]["plays"]) == (0, 0)
    assert status["login"]["logged_in"] is True
    assert status["last_sync"] is not None


def test_purge_all_leaves_no_token_behind(connected) -> None:
    connected.login()
    state = connected.folder / "state"
    token = AuthStore(state / "auth.json").token()
    assert token is not None
    assert token.refresh_token is not None
    assert connected.run("purge", "all", "--yes").returncode == 0
    left = "".join(path.read_text() for path in state.rglob("*") if path.is_file())
    assert token.refresh_token not in left
    assert token.access_token not in left


def test_purge_drops_plays_of_an_age(connected) -> None:
    connected.login()
    connected.run("sync")
    before = json.loads(connected.run("status", "--json").stdout)["stored"]["plays"]
    assert connected.run("purge", "--plays-older-than", "1 second", "--yes").returncode == 0
    after = json.loads(connected.run("status", "--json").stdout)["stored"]["plays"]
    assert before > after == 0


@pytest.mark.parametrize("arguments", [(), ("all", "--plays-older-than", "1 day"), ("everything",)])
def test_purge_wants_to_know_what(connected, arguments) -> None:
    assert connected.run("purge", *arguments, "--yes").returncode == 2


def test_purge_all_leaves_nothing_but_locks(connected) -> None:
    connected.login()
    assert connected.run("refresh").returncode == 0
    assert connected.run("purge", "all", "--yes").returncode == 0
    left = [path for path in (connected.folder / "state").rglob("*") if path.is_file()]
    assert [path.name for path in left if path.suffix != ".lock" and path.name != "lock"] == []


@pytest.mark.parametrize("command", ["history", "status"])
def test_a_run_whose_process_is_gone_is_shown_as_failed(connected, command: str) -> None:
    state = State.open(connected.folder / "state")
    state.runs.add(RunRecord("killed", "sync", utc_now(), "running"))
    with writer_lock(state.folder, "another", 0):
        connected.run(command, "--json")
        assert [run.status for run in state.runs.recent(9)] == ["running"]
    connected.run(command, "--json")
    (line,) = state.runs.recent(9)
    state.close()
    assert line.status == "failed"
    assert "its process ended" in line.text


def test_coverage_says_what_returns_when_and_how_to_have_a_plan(connected) -> None:
    connected.login()
    connected.run("sync")
    without = connected.run("coverage")
    assert (without.returncode, "[coverage]" in without.stderr) == (2, True)
    plan = '[coverage]\nof = "liked"\nwithin = "3 months"\n\n[[playlist]]'
    text = connected.config.read_text()
    connected.config.write_text(text.replace("[[playlist]]", plan, 1))
    found = json.loads(connected.run("coverage", "--json").stdout)
    away = found["in_time"] + len(found["late"]) + len(found["nowhere"])
    assert found["liked"] == found["standing"] + away
    assert found["liked"] + found["left_out"] == 60
    assert {key for each in found["lists"] for key in each} == {
        *("id", "name", "takes", "places", "due"),
    }
    shown = connected.run("coverage").stdout
    assert f"{found['in_time']} return in time" in shown
    assert all(each["name"] in shown for each in found["lists"])
