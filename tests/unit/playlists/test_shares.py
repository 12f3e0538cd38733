"""Shares: how many of each, what is said where one cannot give its part, and how they stand."""

from __future__ import annotations

from collections import Counter

import pytest

from segue.music.track import Artist
from segue.playlists.choose.shares import interleaved
from segue.recipe.recipe import Recipe
from segue.recipe.references import WritePolicy
from segue.recipe.sources import FromPlaylist, Liked, Share, Shares

A, B, C = FromPlaylist("a"), FromPlaylist("b"), FromPlaylist("c")


def recipe(*parts: Share, layout="", minus=(), **wanted) -> Recipe:
    return Recipe(id="r", name="R", source=Shares(parts, minus, layout), **wanted)


@pytest.fixture
def inventory(lab):
    """Three playlists of twenty, ten and five tracks: t1 to t20, t31 to t40, t51 to t55."""
    rows = {"a": range(1, 21), "b": range(31, 41), "c": range(51, 56)}
    return lab.inventory(playlists=[lab.playlist(k, [f"t{n}" for n in v]) for k, v in rows.items()])


def where(ids) -> Counter[str]:
    """How many of the tracks are of each playlist."""
    return Counter("a" if int(i[1:]) <= 20 else "b" if int(i[1:]) <= 40 else "c" for i in ids)


@pytest.mark.parametrize(
    ("length", "expected"), [(10, (5, 3, 2)), (11, (6, 3, 2)), (7, (3, 2, 2)), (1, (1, 0, 0))]
)
def test_each_share_gives_its_part_by_the_largest_remainder(lab, inventory, length, expected):
    wanted = recipe(Share(A, 50), Share(B, 28), Share(C, 22), length=length)
    found = where(lab.build(wanted, inventory).track_ids)
    assert tuple(found[k] for k in "abc") == expected


def test_what_a_share_cannot_give_is_said_and_comes_from_the_others(lab, inventory):
    draft = lab.build(recipe(Share(C, 50), Share(A, 50), length=20), inventory)
    assert where(draft.track_ids) == {"c": 5, "a": 15}
    assert "the share “playlist:c” gives 5 of its 10 tracks; the others fill in" in draft.notes


def test_where_all_together_are_too_few_the_shortfall_is_said_too(lab, inventory):
    draft = lab.build(recipe(Share(C, 50), Share(B, 50), length=40), inventory)
    assert where(draft.track_ids) == {"c": 5, "b": 10}
    assert any(note.startswith("15 of the 40 tracks asked for") for note in draft.notes)


def test_oldest_and_newest_go_by_the_date_in_the_shares_own_source(lab):
    liked = [f"t{n}" for n in range(1, 11)]
    playlist = lab.playlist("a", ["t10", "t9"])  # added to it on a day nobody knows
    inventory = lab.inventory(liked, playlists=[playlist])
    wanted = recipe(Share(Liked(), 50, "oldest"), Share(Liked(), 50, "newest"), length=4)
    assert set(lab.build(wanted, inventory).track_ids) == {"t10", "t9", "t1", "t2"}


def test_caps_copies_and_what_is_subtracted_hold_for_the_whole_list(lab):
    same = {f"t{n}": lab.track(f"t{n}", artists=(Artist("One", "one"),)) for n in (1, 2, 31, 32)}
    a = lab.playlist("a", [lab.entry(i, artists=same[i].artists) for i in ("t1", "t2")] + ["t3"])
    b = lab.playlist("b", [lab.entry(i, artists=same[i].artists) for i in ("t31", "t32")] + ["t33"])
    inventory = lab.inventory(playlists=[a, b, lab.playlist("c", ["t3"])])
    wanted = recipe(Share(A, 50), Share(B, 50), minus=(C,), length=4, max_per_artist=2)
    found = lab.build(wanted, inventory).track_ids
    assert "t3" not in found
    assert "t33" in found
    assert len(set(found) & same.keys()) == 2


def test_shares_of_a_duration_come_near_to_it_and_to_each_other(lab):
    rows = {k: range(n, n + 20) for k, n in (("a", 1), ("b", 21))}
    playlists = [
        lab.playlist(k, [lab.entry(f"t{n}", duration_ms=97_000 + 7_919 * n) for n in numbers])
        for k, numbers in rows.items()
    ]
    wanted = recipe(Share(A, 60), Share(B, 40), duration="50 minutes")
    spent = Counter()
    for item in lab.build(wanted, lab.inventory(playlists=playlists)).items:
        spent["a" if int(item.uri.rpartition(":t")[2]) <= 20 else "b"] += item.duration_ms
    assert abs(sum(spent.values()) - 50 * 60_000) <= 30_000
    assert abs(spent["a"] - 30 * 60_000) <= 30_000


def test_blocks_stand_one_after_another_in_the_order_of_the_shares(lab, inventory):
    wanted = recipe(Share(B, 40), Share(A, 60), layout="blocks", length=10, sort="title")
    ids = lab.build(wanted, inventory).track_ids
    assert ["ab"[int(i[1:]) > 20] for i in ids] == ["b"] * 4 + ["a"] * 6
    assert list(ids[:4]) == sorted(ids[:4])


@pytest.mark.parametrize("sort", [None, "title"])
def test_interleaved_every_stretch_holds_each_share_in_proportion(lab, inventory, sort):
    wanted = recipe(Share(A, 75), Share(B, 25), layout="interleaved", length=20, sort=sort)
    ids = lab.build(wanted, inventory).track_ids
    for start in range(0, 20, 4):
        assert where(ids[start : start + 4]) == {"a": 3, "b": 1}


def test_interleaved_parts_of_any_size_keep_their_own_order():
    assert interleaved([[1, 2, 3], [4, 5]]) == [1, 4, 2, 3, 5]
    assert interleaved([[1], [], [2, 3]]) == [2, 1, 3]
    assert interleaved([]) == []


def test_what_was_added_by_hand_stands_beside_the_shares(lab, inventory):
    mine = lab.playlist("r1", ["t99"])
    more = lab.inventory(
        playlists=[*inventory.playlists.values(), mine],
        recipe_playlists={"r": "r1"},
        kept_in={"r": ("t99",)},
    )
    wanted = recipe(Share(A, 50), Share(B, 50), layout="blocks", length=9, sort="title")
    ids = lab.build(wanted, more).track_ids
    assert ids[0] == "t99"
    assert where(ids[1:]) == {"a": 4, "b": 4}


def test_a_list_that_is_added_to_takes_shares_of_what_is_new(lab, inventory):
    mine = lab.playlist("r1", ["t1", "t2"])
    more = lab.inventory(
        playlists=[*inventory.playlists.values(), mine], recipe_playlists={"r": "r1"}
    )
    append = WritePolicy(mode="append")
    wanted = recipe(Share(A, 50), Share(B, 50), layout="interleaved", length=8, write=append)
    ids = lab.build(wanted, more).track_ids
    assert ids[:2] == ("t1", "t2")
    assert where(ids[2:]) == {"a": 3, "b": 3}
