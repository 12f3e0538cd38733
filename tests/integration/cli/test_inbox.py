"""`segue inbox`: new likes sorted into playlists kept by hand, on the account of the sandbox."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest
from tests.integration.cli.conftest import Segue

from segued.sandbox.server import Sandbox
from segued.store.state import State


@dataclass
class Desk:
    """An account that was read, whose list “By Hand” holds all but one song of an artist, and that
    one and another of theirs were liked just now."""

    segue: Segue
    sandbox: Sandbox
    target: str
    held: tuple[str, ...]
    new: tuple[str, ...]

    def json(self, *arguments: str) -> Any:
        done = self.segue.run("inbox", *arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def number(self, track_id: str) -> str:
        rows = self.json()["proposals"]
        return next(str(row["number"]) for row in rows if row["id"] == track_id)

    @property
    def proposed(self) -> set[str]:
        return {row["id"] for row in self.json()["proposals"]}

    @property
    def lists(self) -> dict[str, tuple[str, ...]]:
        return {i: each.uris for i, each in self.sandbox.world.account.playlists.items()}

    @property
    def versions(self) -> list[tuple[str, ...]]:
        with closing(State.open(self.segue.folder / "state")) as state:
            return [each.uris for each in state.versions.list(self.target)]


@pytest.fixture
def desk(connected: Segue, sandbox: Sandbox) -> Desk:
    connected.login()
    world = sandbox.world
    mine = {i for uris in world.account.playlists.values() for u in uris.uris for i in [u[14:]]}
    by_artist: dict[str, list[str]] = {}
    for track in world.catalogue.tracks.values():
        if track.id not in mine and track.id not in world.account.likes:
            by_artist.setdefault(track.artist_ids[0], []).append(track.id)
    ids = max(by_artist.values(), key=len)
    new, held = tuple(ids[:2]), tuple(f"spotify:track:{i}" for i in ids[2:])
    target = sandbox.human.create_playlist("By Hand", held)
    for track_id in new:
        sandbox.human.like(track_id)
    done = connected.run("sync")
    assert done.returncode == 0, done.stderr
    return Desk(connected, sandbox, target, held, new)


def test_a_like_is_proposed_taken_at_the_end_and_not_proposed_again(desk: Desk) -> None:
    rows = {row["id"]: row for row in desk.json()["proposals"]}
    assert {rows[i]["best"]["playlist"] for i in desk.new} == {"By Hand"}
    assert "its" in rows[desk.new[0]]["best"]["why"]
    before, number = desk.lists, str(rows[desk.new[0]]["number"])
    (done,) = desk.json("take", number)["songs"]
    assert done == {"id": desk.new[0], "playlist_id": desk.target, "added": True}
    grown = (*desk.held, f"spotify:track:{desk.new[0]}")
    assert desk.lists == {**before, desk.target: grown}
    assert desk.versions == [desk.held]
    (again,) = desk.json("take", number)["songs"]
    assert not again["added"]
    assert desk.lists[desk.target] == grown
    assert desk.new[0] not in desk.proposed
    assert desk.new[1] in desk.proposed


def test_what_was_refused_is_not_proposed_again_and_nothing_is_written(desk: Desk) -> None:
    before = desk.lists
    assert desk.json("refuse", desk.number(desk.new[1]))["refused"] == [desk.new[1]]
    assert desk.new[1] not in desk.proposed
    assert desk.lists == before
    assert desk.versions == []


def test_numbers_and_ids_are_those_of_the_last_listing(desk: Desk) -> None:
    done = desk.segue.run("inbox", "take", "1")
    assert done.returncode == 2
    assert "is not among the 0 songs" in done.stderr
    desk.json()
    assert desk.json("take", desk.new[1])["songs"][0]["added"]
    assert desk.segue.run("inbox", "take", "4000").returncode == 2


def test_a_song_that_was_added_by_hand_meanwhile_is_not_added_twice(desk: Desk) -> None:
    number, uri = desk.number(desk.new[0]), f"spotify:track:{desk.new[0]}"
    desk.sandbox.human.add(desk.target, [uri], 0)
    assert not desk.json("take", number)["songs"][0]["added"]
    assert desk.lists[desk.target] == (uri, *desk.held)


def test_a_dry_run_keeps_no_numbers_and_adds_nothing(desk: Desk) -> None:
    before = desk.lists
    assert desk.json("--dry-run")["proposals"]
    assert desk.segue.run("inbox", "take", "1").returncode == 2
    number = desk.number(desk.new[0])
    assert desk.json("take", number, "--dry-run")["dry_run"]
    assert desk.lists == before


def test_a_playlist_kept_by_a_recipe_is_not_added_to(desk: Desk) -> None:
    recipe = '\n[[playlist]]\nname = "Kept"\nfrom = "liked"\nlength = 5\n'
    desk.segue.config.write_text(desk.segue.config.read_text() + recipe)
    assert desk.segue.run("refresh", "Kept").returncode == 0
    desk.json()
    before = desk.lists
    done = desk.segue.run("inbox", "take", desk.new[0], "--into", "Kept")
    assert done.returncode == 2
    assert "kept by a recipe" in done.stderr
    assert desk.lists == before


def test_the_list_is_printed_with_its_reasons_and_is_in_the_history(desk: Desk) -> None:
    shown = desk.segue.run("inbox").stdout
    assert "“By Hand”: " in shown
    assert "segue inbox take 1" in shown
    assert "added to “By Hand”" in desk.segue.run("inbox", "take", desk.new[0]).stdout
    assert "1 of 1 like added" in desk.segue.run("history").stdout
