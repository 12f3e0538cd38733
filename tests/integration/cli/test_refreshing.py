"""The main job from a shell's view: plan, refresh, explain, show, undo."""

from __future__ import annotations

import json

import pytest

from segued.sandbox.server import Sandbox

WRITES = ("POST", "PUT", "DELETE")


def writes(sandbox: Sandbox) -> list[tuple[str, str]]:
    found = [(request[0], request[1]) for request in sandbox.requests]
    return [request for request in found if request[0] in WRITES and "token" not in request[1]]


@pytest.fixture
def ready(connected):
    """Logged in, with one playlist of ten likes."""
    head = connected.config.read_text().split("[[playlist]]")[0]
    body = '[[playlist]]\nname = "Ten"\nid = "ten"\nfrom = "liked"\nlength = 10\n'
    connected.config.write_text(head + body)
    connected.login()
    return connected


def document(done) -> dict:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_plan_writes_nothing_to_the_account(ready, sandbox: Sandbox) -> None:
    sandbox.clear_requests()
    (plan,) = document(ready.run("plan", "--json"))["playlists"]
    assert (plan["name"], plan["status"], len(plan["after"])) == ("Ten", "changed", 10)
    assert writes(sandbox) == []


def test_the_json_of_a_plan_has_every_field_of_its_schema(ready) -> None:
    whole = document(ready.run("plan", "--json"))
    assert whole["schema"] == 1
    assert whole["requests"]["GET /me/tracks"] >= 1
    (plan,) = whole["playlists"]
    for field in ("name", "id", "run", "seed", "status", "before", "guards", "report"):
        assert field in plan
    assert set(plan["diff"]) == {"added", "removed", "moved"}
    first, second = plan["after"][:2]
    assert {"uri", "title", "artist", "duration_ms", "reasons"} <= set(first)
    assert first["transition"] is None
    assert set(second["transition"]) == {"cost", "key", "tempo", "text"}
    assert {"kind", "text", "weight"} == set(first["reasons"][0])


def test_a_refresh_does_what_the_plan_said_and_a_second_one_nothing(ready) -> None:
    (plan,) = document(ready.run("plan", "--json"))["playlists"]
    (done,) = document(ready.run("refresh", "--json"))["playlists"]
    assert [item["uri"] for item in done["after"]] == [item["uri"] for item in plan["after"]]
    (again,) = document(ready.run("refresh", "--json"))["playlists"]
    assert (again["status"], again["before"]) == (
        "unchanged",
        [item["uri"] for item in done["after"]],
    )


def test_a_dry_refresh_is_a_plan(ready, sandbox: Sandbox) -> None:
    sandbox.clear_requests()
    (plan,) = document(ready.run("refresh", "--dry-run", "--json"))["playlists"]
    assert plan["status"] == "changed"
    assert writes(sandbox) == []


def test_the_seed_is_the_one_given(ready) -> None:
    (plan,) = document(ready.run("plan", "--json", "--seed", "5"))["playlists"]
    assert plan["seed"] == 5


def test_a_plan_without_asking_spotify(ready, sandbox: Sandbox) -> None:
    ready.run("sync")
    sandbox.clear_requests()
    whole = document(ready.run("plan", "--offline", "--json"))
    assert whole["playlists"][0]["status"] == "changed"
    assert whole["requests"] == {}
    assert sandbox.requests == []


def test_a_refusal_ends_with_6_and_names_its_guard(ready) -> None:
    ready.config.write_text(ready.config.read_text() + 'where.artist = "Nobody At All"\n')
    done = ready.run("refresh")
    assert done.returncode == 6
    assert "refused" in done.stdout
    assert json.loads(ready.run("plan", "--json").stdout)["playlists"][0]["status"] == "refused"


def test_playlists_that_end_differently_end_with_3(ready) -> None:
    more = '[[playlist]]\nname = "None"\nfrom = "liked"\nwhere.artist = "Nobody At All"\n'
    ready.config.write_text(ready.config.read_text() + more)
    done = ready.run("refresh")
    assert done.returncode == 3
    assert "1 written, 1 refused" in done.stdout


def test_a_shrinking_is_refused_until_it_is_allowed(ready) -> None:
    ready.run("refresh")
    smaller = ready.config.read_text().replace("length = 10", "length = 4")
    ready.config.write_text(smaller)
    refused = ready.run("refresh")
    assert refused.returncode == 6
    assert "Next:  segue refresh Ten --allow max_shrink" in refused.stdout
    assert "Next:  segue refresh Ten --allow max_shrink" in ready.run("plan").stdout
    done = ready.run("refresh", "--allow", "max_shrink")
    assert done.returncode == 0, done.stdout


def test_an_undo_brings_back_the_list_and_is_undoable(ready) -> None:
    (first,) = document(ready.run("refresh", "--json"))["playlists"]
    changed = ready.config.read_text().replace("length = 10", "length = 12")
    ready.config.write_text(changed)
    (second,) = document(ready.run("refresh", "--json"))["playlists"]
    would = document(ready.run("undo", "ten", "--dry-run", "--json"))
    assert len(would["diff"]["removed"]) == 2
    undone = document(ready.run("undo", "ten", "--json"))
    assert undone["written"] == [item["uri"] for item in first["after"]]
    back = document(ready.run("undo", "Ten", "--json"))
    assert back["written"] == [item["uri"] for item in second["after"]]


def test_an_undo_to_an_unknown_version_names_those_there_are(ready) -> None:
    ready.run("refresh")
    done = ready.run("undo", "Ten", "--to", "v99")
    assert done.returncode == 2
    assert "v1" in done.stderr


def test_an_undo_before_any_refresh_says_so(ready) -> None:
    for options in ((), ("--dry-run",)):
        done = ready.run("undo", "Ten", *options)
        assert done.returncode == 0
        assert "nothing to undo" in " ".join(done.stdout.split())


def test_an_undo_without_an_earlier_version_says_so(ready) -> None:
    ready.run("refresh")
    for options in ((), ("--dry-run",)):
        done = ready.run("undo", "Ten", *options)
        assert done.returncode == 0
        assert "nothing to undo" in " ".join(done.stdout.split())


def test_what_was_undone_stays_until_it_is_resumed(ready, sandbox: Sandbox) -> None:
    ready.run("refresh")
    config = ready.config.read_text()
    ready.config.write_text(config.replace("length = 10", "length = 12"))
    ready.run("refresh")
    undone = ready.run("undo", "Ten")
    assert "segue resume Ten" in " ".join(undone.stdout.split())
    ready.config.write_text(config.replace("length = 10", "length = 12"))
    (held,) = document(ready.run("refresh", "--json"))["playlists"]
    assert (held["status"], len(held["after"])) == ("unchanged", 10)
    assert "an undo brought this list back" in held["notes"][0]
    assert "as an undo left it" in " ".join(ready.run("status").stdout.split())
    assert ready.run("resume", "Ten").returncode == 0
    (again,) = document(ready.run("refresh", "--json"))["playlists"]
    assert (again["status"], len(again["after"])) == ("changed", 12)


def test_what_was_removed_by_hand_is_listed_and_let_back_in(ready, sandbox: Sandbox) -> None:
    (made,) = document(ready.run("refresh", "--json"))["playlists"]
    gone, other = (item["uri"] for item in made["after"][:2])
    sandbox.human.remove(made["playlist_id"], [gone, other])
    ready.run("refresh")
    out = document(ready.run("allow", "Ten", "--json"))["out"]
    assert {track["uri"] for track in out} == {gone, other}
    title = next(track["title"] for track in out if track["uri"] == gone)
    assert title in ready.run("allow", "Ten").stdout
    allowed = document(ready.run("allow", "Ten", title, "--json"))
    assert [track["uri"] for track in allowed["allowed"]] == [gone]
    assert [track["uri"] for track in allowed["out"]] == [other]
    (again,) = document(ready.run("refresh", "--json"))["playlists"]
    uris = [item["uri"] for item in again["after"]]
    assert gone in uris
    assert other not in uris
    assert ready.run("allow", "Ten", "No Such Song").returncode == 2
    assert ready.run("allow", "Ten", "--all").returncode == 0
    assert document(ready.run("allow", "Ten", "--json"))["out"] == []


def test_history_show_and_explain_tell_of_a_refresh(ready) -> None:
    (done,) = document(ready.run("refresh", "--json"))["playlists"]
    uris = [item["uri"] for item in done["after"]]
    history = document(ready.run("history", "ten", "--json"))
    assert [run["status"] for run in history["runs"]] == ["changed"]
    shown = document(ready.run("show", "ten", "--json"))
    assert [row["uri"] for row in shown["items"]] == uris
    (version, *_) = history["versions"]
    kept = document(ready.run("show", "ten", "--version", version["id"], "--json"))
    assert [row["uri"] for row in kept["items"]] == version["uris"]
    (explained,) = document(ready.run("explain", "ten", "--json"))["playlists"]
    assert [item["uri"] for item in explained["after"]] == uris


def test_explain_works_before_the_first_refresh(ready) -> None:
    ready.run("sync")
    done = ready.run("explain", "Ten")
    assert done.returncode == 0
    assert "liked" in done.stdout
    assert "Not refreshed yet" in done.stderr


@pytest.mark.parametrize("command", [("plan",), ("refresh",), ("explain", "Ten"), ("show", "Ten")])
def test_every_line_fits_80_columns(ready, command) -> None:
    ready.run("refresh")
    lines = ready.run(*command).stdout.splitlines()
    assert lines
    assert max(len(line.rstrip()) for line in lines if not line.startswith("Next:")) <= 80


def test_what_was_read_of_a_renamed_recipe_is_still_its_own(ready) -> None:
    text = ready.config.read_text().replace('id = "ten"\n', "")
    ready.config.write_text(text)
    ready.run("refresh")
    ready.config.write_text(text.replace('"Ten"', '"Zehn"'))
    status = document(ready.run("status", "--json"))
    assert status["playlists"][0]["playlist_id"] is not None
    assert ready.run("show", "Zehn").returncode == 0


def test_a_quiet_refresh_that_changes_nothing_says_nothing(ready) -> None:
    ready.run("refresh")
    done = ready.run("refresh", "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_resuming_needs_a_name(ready) -> None:
    done = ready.run("refresh", "--resume")
    assert done.returncode == 2
    assert "by name" in done.stderr
