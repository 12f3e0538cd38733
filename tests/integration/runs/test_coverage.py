"""The plan of `[coverage]` over weeks of refreshes of an account in the sandbox."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from segue.names import track_ids_in
from segued.refresh.job import refresh_all
from segued.refresh.likes import dealt_out
from segued.run import Run
from segued.sandbox.calls import SandboxSettings
from segued.sandbox.server import running
from segued.store.state import State

RECIPES = """
[coverage]
of = "liked"
within = "3 weeks"

[[playlist]]
name = "Mondays"
from = "liked"
length = 13
on = ["mon 06:00"]
[playlist.score]
recency = 1

[[playlist]]
name = "Thursdays"
from = "liked"
length = 13
on = ["thu 06:00"]
[playlist.score]
novelty = 1
plays = 1
"""
WEEKS = 4


@dataclass
class Weeks:
    """What stood in which list after each day on which one was made."""

    likes: set[str]
    lists: list[tuple[datetime, dict[str, set[str]]]] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    late: int = 0


@pytest.fixture(scope="module")
def weeks(new_house, small, tmp_path_factory) -> Weeks:
    """Four weeks of two lists; each is refreshed once more in the middle of the third week."""
    account = SandboxSettings(tracks=160, artists=60, likes=50, playlists=2, now=small.now)
    with running(account) as sandbox:
        house = new_house(sandbox, tmp_path_factory.mktemp("weeks"), RECIPES)
        found = Weeks(set())
        for day in range(7 * WEEKS):
            house.log_in()
            if house.now.strftime("%a") in ("Mon", "Thu"):
                name = {"Mon": "Mondays", "Thu": "Thursdays"}[house.now.strftime("%a")]
                assert house.refresh(name).exit_code == 0
                lists = {name: set(track_ids_in(uris)) for name, uris in house.mine.items()}
                found.lists.append((house.now, lists))
            if day == 18:
                found.again = [each.plan.status for each in house.refresh().refreshed]
            house.tomorrow()
        state = State.open(house.folder)
        with Run(house.settings, state, {}, lambda: house.now) as run:
            dealt = dealt_out(run, run.inventory())
            found.likes = {song.track_id for song in dealt.songs}
            playable = sandbox.world.catalogue.tracks
            assert found.likes == {i for i in sandbox.world.account.likes if playable[i].playable}
            found.late = sum(not song.in_time for song in dealt.songs)
        state.close()
    return found


def test_every_like_was_in_a_list_within_the_time(weeks: Weeks) -> None:
    began = weeks.lists[0][0]
    held = [
        ids
        for at, lists in weeks.lists
        if at - began < timedelta(weeks=3)
        for ids in lists.values()
    ]
    assert weeks.likes == weeks.likes.intersection(set().union(*held))


def test_no_song_stood_in_two_lists_in_one_week(weeks: Weeks) -> None:
    for at, lists in weeks.lists:
        near = [each for when, each in weeks.lists if timedelta() <= at - when < timedelta(weeks=1)]
        for name, ids in lists.items():
            others = [each[other] for each in near for other in each if other != name]
            assert not ids.intersection(*[set().union(*others)])


def test_a_second_refresh_in_the_same_week_changes_nothing(weeks: Weeks) -> None:
    assert weeks.again == ["unchanged", "unchanged"]


def test_all_that_follows_is_in_time_too(weeks: Weeks) -> None:
    assert weeks.late == 0


class CutOff(BaseException):
    """What ends a refresh from outside."""


def test_a_refresh_that_is_cut_off_after_its_first_list_is_gone_on_with(house) -> None:
    house.recipes = RECIPES.replace('\non = ["mon 06:00"]', "").replace('\non = ["thu 06:00"]', "")
    house.refresh()
    house.now += timedelta(weeks=1)
    house.log_in()
    wanted = [set(each.plan.uris) for each in house.refresh(may_write=False).refreshed]

    def after_the_first(stage: str, done: int, _: int) -> None:
        if (stage, done) == ("write", 1):
            raise CutOff

    with closing(State.open(house.folder)) as state:
        run = Run(house.settings, state, {}, lambda: house.now, progress=after_the_first)
        with run, pytest.raises(CutOff):
            refresh_all(run)
    first = house.mine["Mondays"]
    assert set(first) == wanted[0]
    house.refresh()
    assert house.mine["Mondays"] == first
    assert set(house.mine["Thursdays"]) == wanted[1]
