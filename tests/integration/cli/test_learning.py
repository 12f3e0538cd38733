"""`segue learn` and `segue import history`, as they are typed."""

from __future__ import annotations

import json


def history(path, *track_ids):
    rows = [
        {
            "ts": "2024-01-01T10:00:00Z",
            "ms_played": 200_000,
            "spotify_track_uri": f"spotify:track:{track_id}",
            "skipped": False,
        }
        for track_id in track_ids
    ]
    path.write_text(json.dumps(rows))
    return str(path)


def test_without_the_switch_nothing_is_learned_and_it_says_how(connected) -> None:
    done = connected.run("learn")
    assert done.returncode == 2
    assert "enabled = true" in done.stderr
    assert not (connected.folder / "state" / "models").exists()


def test_before_the_first_sync_it_says_what_comes_first(connected) -> None:
    done = connected.run("learn", "--set", "learn.enabled=true")
    assert done.returncode == 2
    assert "segue sync" in done.stderr


def test_what_was_learned_is_one_document_and_a_table(connected) -> None:
    connected.login()
    assert connected.run("sync").returncode == 0
    switch = ("--set", "learn.enabled=true", "--set", "learn.effort=0.1")
    first = connected.run("learn", *switch, "--json")
    assert first.returncode == 0, first.stderr
    document = json.loads(first.stdout)
    assert document["trained"]
    assert document["data"]["likes"] == 60
    names = [learner["name"] for learner in document["learners"]]
    for learner in document["learners"]:
        assert learner["reason"]
        assert learner["held_out"] is not None or not learner["used"]
    again = connected.run("learn", *switch)
    assert "Nothing changed since the last learning" in again.stdout
    assert all(name in again.stdout for name in names)
    assert max(map(len, again.stdout.splitlines())) <= 80
    assert connected.run("purge", "models", "--yes").returncode == 0
    assert not (connected.folder / "state" / "models").exists()


def test_a_history_is_taken_in_once(connected) -> None:
    ids = ("4uLU6hMCjMI75M1A2tKUQC", "1301WleyT98MSxVHPZCA6M")
    file = history(connected.folder / "endsong_0.json", *ids)
    assert "Would take in 2 plays" in connected.run("import", "history", file, "--dry-run").stdout
    first = connected.run("import", "history", file, "--json")
    assert json.loads(first.stdout)["new"] == 2
    again = connected.run("import", "history", file)
    assert "Took in 0 plays" in again.stdout
    assert "2 plays were there already" in again.stdout


def test_what_is_no_history_is_said(connected) -> None:
    file = connected.folder / "endsong_0.json"
    file.write_text("{}")
    done = connected.run("import", "history", str(file))
    assert done.returncode == 2
    assert "endsong_0.json" in done.stderr
