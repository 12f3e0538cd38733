"""`segue enrich`, `segue import features` and what the status says of them, from a shell's view."""

from __future__ import annotations

import json
import signal
import time

import pytest

from segued.sandbox.control.faults import Fault
from segued.sandbox.server import Sandbox

FEATURES = "/reccobeats/v1/audio-features"


@pytest.fixture
def ready(connected, sandbox: Sandbox):
    """Logged in and synced, with ReccoBeats at hand and lyrics switched off."""
    head = connected.config.read_text().split("[features]")[0]
    connected.config.write_text(
        f"""{head}
[features]
reccobeats_url = "{sandbox.reccobeats_url}"
interval_seconds = 0.0
[lyrics]
enabled = false
[[playlist]]
name = "Loud"
from = "liked"
length = 10
where = {{ energy = "0.5..", unknown_features = "drop" }}
write = {{ min_tracks = 1 }}
"""
    )
    connected.login()
    assert connected.run("sync").returncode == 0
    sandbox.clear_requests()
    return connected


def document(done) -> dict:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def calls(sandbox: Sandbox) -> int:
    return sum(path == FEATURES for _, path, _ in sandbox.requests)


def test_enrich_finds_features_records_the_run_and_asks_once(ready, sandbox: Sandbox) -> None:
    first = document(ready.run("enrich", "--json"))
    assert first["complete"]
    assert first["features"]["found"]["reccobeats"] > 20
    assert first["requests"] == {"reccobeats": calls(sandbox)}
    assert first["lyrics"] is None
    sandbox.clear_requests()
    again = ready.run("enrich")
    assert (again.returncode, calls(sandbox)) == (0, 0)
    assert "nothing to look up" in again.stdout
    runs = document(ready.run("history", "--json"))["runs"]
    assert [run["kind"] for run in runs][:2] == ["enrich", "enrich"]
    assert "features of" in runs[1]["text"]


def test_enrich_needs_no_login(ready, sandbox: Sandbox) -> None:
    assert ready.run("auth", "logout").returncode == 0
    sandbox.clear_requests()
    assert ready.run("enrich", "--limit", "10").returncode == 0
    assert {path for _, path, _ in sandbox.requests} == {FEATURES}


def test_the_status_tells_what_is_known_and_what_is_waiting(ready) -> None:
    ready.run("enrich", "--limit", "30")
    status = document(ready.run("status", "--json"))
    coverage = status["coverage"]["features"]
    known = sum(coverage["by_source"].values())
    assert known + coverage["missing"] == 30
    assert coverage["not_asked"] == status["coverage"]["tracks"] - 30
    shown = " ".join(ready.run("status").stdout.split())
    assert f"Audio features: {known} of {status['coverage']['tracks']} tracks" in shown
    assert "not looked up yet" in shown


def test_a_rate_limit_ends_with_5_and_a_part_of_it_with_3(ready, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault("rate_limit", "GET", FEATURES, retry_after=3600))
    done = ready.run("enrich")
    assert done.returncode == 5
    assert "after" in done.stdout
    assert "reccobeats" in ready.run("status").stdout
    (cooling,) = document(ready.run("status", "--json"))["cool_downs"]
    assert cooling["endpoint"] == "reccobeats"
    ready.run("purge", "budget", "--yes")
    sandbox.faults.add(Fault("truncated", "GET", FEATURES, times=1))
    assert ready.run("enrich").returncode == 3


def test_a_refresh_says_in_one_line_that_a_source_failed(ready, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault("cloudflare", "GET", FEATURES, times=None))
    done = ready.run("plan", "--json")
    enriched = json.loads(done.stdout)["enriched"]
    assert enriched["complete"] is False
    assert len(enriched["problems"]) == 1
    notes = json.loads(done.stdout)["playlists"][0]["notes"]
    assert any("were not looked up yet" in note for note in notes)
    said = ready.run("plan").stdout
    assert said.count("reccobeats") == 1


def test_a_plan_filters_by_what_was_looked_up_just_before(ready) -> None:
    (plan,) = document(ready.run("plan", "--json"))["playlists"]
    assert len(plan["after"]) == 10


def test_a_table_is_taken_in_and_knows_tracks_that_come_later(ready, sandbox: Sandbox) -> None:
    rows = [f"{track_id},0.111\n" for track_id in sandbox.world.catalogue.tracks]
    table = ready.folder / "mine.csv"
    table.write_text("their_id,punch\n" + "".join(rows))
    columns = "track_id=their_id,energy=punch"
    before = document(
        ready.run("import", "features", str(table), "--columns", columns, "--dry-run", "--json")
    )
    assert before["rows"] == before["usable"] == len(rows)
    assert sum(coverage(ready)["by_source"].values()) == 0
    done = document(ready.run("import", "features", str(table), "--columns", columns, "--json"))
    assert done["known"] == done["tracks"] > 50
    assert coverage(ready)["by_source"] == {"table": done["known"]}
    likes = sandbox.world.account.likes
    for track_id in [i for i in sandbox.world.catalogue.tracks if i not in likes][:20]:
        sandbox.human.like(track_id)
    ready.run("sync")
    assert coverage(ready)["not_asked"] > 0
    table.unlink()
    sandbox.clear_requests()
    ready.run("enrich", "--features-only")
    assert coverage(ready)["not_asked"] == 0
    assert all(source.startswith("table") for source in coverage(ready)["by_source"])


def coverage(ready) -> dict:
    return document(ready.run("status", "--json"))["coverage"]["features"]


def test_of_two_tables_the_later_one_counts_first(ready, sandbox: Sandbox) -> None:
    ids = list(sandbox.world.catalogue.tracks)
    for value in ("0.2", "0.8"):
        table = ready.folder / f"{value}.csv"
        table.write_text("id,energy\n" + "".join(f"{i},{value}\n" for i in ids))
        assert ready.run("import", "features", str(table)).returncode == 0
    (plan,) = document(ready.run("plan", "--json"))["playlists"]
    assert len(plan["after"]) == 10


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("enrich", "--features-only", "--lyrics-only"), "keep one"),
        (("enrich", "--lyrics-only"), "switched off"),
        (("enrich", "Nope"), "Loud"),
        (("import", "features", "nowhere.csv"), "nowhere.csv"),
    ],
)
def test_what_cannot_work_is_said(ready, arguments, words) -> None:
    done = ready.run(*arguments)
    assert done.returncode == 2
    assert words in done.stderr


def test_stopped_by_hand_it_keeps_what_it_found_and_says_so(ready, sandbox: Sandbox) -> None:
    text = ready.config.read_text()
    ready.config.write_text(text.replace("interval_seconds = 0.0", "interval_seconds = 20.0", 1))
    child = ready.start("enrich")
    until, kept = time.monotonic() + 240, ready.folder / "state" / "features.json"
    while not kept.exists() and time.monotonic() < until:  # the first answer; then it pauses
        time.sleep(0.05)
    child.send_signal(signal.SIGINT)
    _, said = child.communicate(timeout=60)
    assert child.returncode == 130, said
    (run, *_) = document(ready.run("history", "--json"))["runs"]
    assert (run["kind"], run["status"]) == ("enrich", "stopped")
    found = coverage(ready)
    assert sum(found["by_source"].values()) + found["missing"] == 40
