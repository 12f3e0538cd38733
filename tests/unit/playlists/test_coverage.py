"""One plan over all playlists: what each list is given, and what it leaves to the others."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from bench.coverage import Size, simulate

from segue.playlists.choose.choose import choose
from segue.playlists.choose.shares import takes_part
from segue.playlists.coverage import Stood, Taker, Term, deal
from segue.playlists.plan import Coverage
from segue.playlists.score.models import NO_MODELS
from segue.recipe.recipe import Recipe

SMALL = Size(likes=120, lists=3, length=9, within=timedelta(days=56), days=112)
DAYS = timedelta(days=1)


def recipe(name: str, **more) -> Recipe:
    return Recipe.model_validate({"name": name, "from": "liked", "length": 2, **more}).settled()


def weekly(lab, name: str, takes, places: int = 2, weeks: int = 4, **more) -> Taker:
    starts = tuple(lab.now + week * 7 * DAYS for week in range(weeks))
    return Taker(recipe(name), frozenset(takes), places, starts, **more)


def dealt(lab, ids, takers, stood=None, days: float = 28):
    liked = {i: lab.ago(100 + n) for n, i in enumerate(ids)}
    term = Term(lab.now, timedelta(days=days))
    return deal(liked, lab.tracks(*ids), takers, stood or {}, term, lab.now)


def test_in_months_of_lists_every_like_returns_in_time_and_none_is_in_two_in_one_week() -> None:
    found = simulate(SMALL)
    assert (found.late, found.never, found.twice) == (set(), set(), 0)
    assert found.longest <= SMALL.within
    assert found.own_choice > 0.1


def test_lists_too_short_for_their_likes_leave_some_for_longer() -> None:
    found = simulate(replace(SMALL, length=2, days=70))
    assert found.late
    assert found.twice == 0


def test_songs_are_spread_evenly_over_the_periods_of_the_time(lab) -> None:
    ids = [f"t{n}" for n in range(8)]
    found = dealt(lab, ids, [weekly(lab, "A", ids, places=8)], days=30)
    assert len(found.coverage.due["a"]) == 2
    assert all(song.in_time for song in found.songs)


def test_what_only_one_list_can_take_goes_there(lab) -> None:
    wide, narrow = weekly(lab, "Wide", ["t1", "t2"], 1, 1), weekly(lab, "Narrow", ["t1"], 1, 1)
    found = dealt(lab, ["t1", "t2"], [narrow, wide])
    assert {name: set(due) for name, due in found.coverage.due.items()} == {
        "wide": {"t2"},
        "narrow": {"t1"},
    }


def test_a_song_that_left_one_list_waits_a_week_for_another(lab) -> None:
    stood = {"t1": Stood("a", lab.ago(6))}
    lists = [weekly(lab, "A", []), weekly(lab, "B", ["t1"])]
    found = dealt(lab, ["t1"], lists, stood)
    assert "t1" in found.coverage.elsewhere["b"]
    assert "t1" not in found.coverage.elsewhere["a"]
    assert found.songs[0].at == lab.now + 7 * DAYS


def test_a_song_that_no_list_can_take_is_dealt_to_none(lab) -> None:
    (song,) = dealt(lab, ["t1"], [weekly(lab, "A", ["t2"])]).songs
    assert (song.recipe_id, song.in_time) == (None, False)


def test_what_a_list_was_given_in_its_period_stays_its_own(lab) -> None:
    lists = [
        weekly(lab, "A", ["t1", "t2"], given=("t2",), standing=frozenset({"t2"})),
        weekly(lab, "B", ["t1", "t2"]),
    ]
    found = dealt(lab, ["t1", "t2"], lists, days=7)
    assert set(found.coverage.due["a"]) == {"t2"}
    assert "t2" in found.coverage.elsewhere["b"]


def test_no_more_by_one_artist_are_dealt_to_a_list_than_it_takes(lab) -> None:
    ids = ["t1", "t2", "t3"]
    tracks = {i: lab.track(i, artists=lab.track("t1").artists) for i in ids}
    taker = replace(weekly(lab, "A", ids, 3), recipe=recipe("A", max_per_artist=1))
    term = Term(lab.now, timedelta(days=30))
    found = deal(dict.fromkeys(ids, lab.now), tracks, [taker], {}, term, lab.now)
    assert len({song.at for song in found.songs}) == 3


def test_what_is_due_comes_first_and_what_another_list_holds_not_at_all(lab) -> None:
    coverage = Coverage({"a": {"t9": "its turn"}}, {"a": frozenset({"t1"})})
    inventory = lab.inventory(liked=["t1", "t2", "t9"], coverage=coverage)
    members = choose(recipe("A", score={"recency": 1}), inventory, NO_MODELS, lab.now, 1)
    assert members.track_ids == ("t9", "t2")
    assert any("no other list holds" in stage.text for stage in members.stages)


def test_a_track_that_the_recipe_pins_is_let_in_all_the_same(lab) -> None:
    pinned = "4iV5W9uYEdYUVa79Axb7Rh"
    coverage = Coverage({"a": {}}, {"a": frozenset({pinned})})
    inventory = lab.inventory(tracks={pinned: lab.track(pinned)}, coverage=coverage)
    inventory = replace(inventory, liked=(replace(lab.liked("t1")[0], track_id=pinned),))
    members = choose(recipe("A", sequence={"first": pinned}), inventory, NO_MODELS, lab.now, 1)
    assert members.track_ids == (pinned,)


@pytest.mark.parametrize(
    "more",
    [
        {"length": None},
        {"write": {"mode": "append"}},
        {"from": "recipe:B"},
        {"from": "playlist:B"},
    ],
)
def test_lists_without_a_size_that_only_grow_or_draw_on_another_take_no_part(lab, more) -> None:
    inventory = lab.inventory(recipe_names={"b": "b"})
    assert takes_part(recipe("A"), inventory)
    assert not takes_part(recipe("A", **more), inventory)
