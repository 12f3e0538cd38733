"""Comparing two lists."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.playlists.build import diff, make_plan, rows_that_stay
from segue.recipe.recipe import Recipe
from segue.recipe.sources import Liked

lists = st.lists(st.sampled_from("abcde"), max_size=7)


@pytest.mark.parametrize(
    ("before", "after", "added", "removed", "moved"),
    [
        ("", "", "", "", 0),
        ("", "ab", "ab", "", 0),
        ("ab", "", "", "ab", 0),
        ("abc", "acb", "", "", 1),
        ("abcd", "dabc", "", "", 1),
        ("abcd", "dcba", "", "", 3),
        ("abc", "bcx", "x", "a", 0),
        ("aab", "ab", "", "a", 0),
        ("ab", "aab", "a", "", 0),
        ("aba", "aab", "", "", 1),
    ],
)
def test_a_diff_counts_what_changes(before, after, added, removed, moved) -> None:
    found = diff(before, after)
    assert (found.added, found.removed, found.moved) == (tuple(added), tuple(removed), moved)


@given(lists, lists)
def test_rows_before_and_after_are_accounted_for(before, after) -> None:
    found = diff(before, after)
    assert Counter(before) - Counter(found.removed) + Counter(found.added) == Counter(after)
    assert not Counter(found.added) & Counter(found.removed)


@given(lists, lists)
def test_moved_is_the_fewest_kept_rows_that_leave_their_order(before, after) -> None:
    kept = (Counter(before) & Counter(after)).total()
    longest = max(
        size
        for size in range(min(len(before), len(after)) + 1)
        for rows in combinations(after, size)
        if _within(rows, before)
    )
    assert diff(before, after).moved == kept - longest


def _within(rows, whole) -> bool:
    left = iter(whole)
    return all(row in left for row in rows)


@given(lists, lists)
def test_the_rows_that_stay_stand_in_both_lists_in_one_order(before, after) -> None:
    rows = rows_that_stay(before, after)
    assert list(rows) == sorted(set(rows))
    rest = iter(before)
    assert all(after[row] in rest for row in rows)


@given(lists)
def test_a_list_does_not_differ_from_itself(rows) -> None:
    assert diff(rows, rows).empty


def test_a_plan_of_the_same_list_is_unchanged(lab) -> None:
    draft = lab.build(Recipe(id="r", name="R", source=Liked()), lab.inventory(["t1", "t2", "t3"]))
    uris = [item.uri for item in draft.items]
    assert make_plan(draft, uris, "p", "s", "run").status == "unchanged"
    assert make_plan(draft, uris[::-1], "p", "s", "run").status == "changed"


def test_a_list_that_only_moved_says_why(lab) -> None:
    ids = ["t1", "t2", "t3", "t4"]
    heard = {i: lab.features(tempo=100.0 + 9 * n, key=n, mode=1) for n, i in enumerate(ids)}
    wanted = Recipe(id="r", name="R", source=Liked())
    ignorant = lab.build(wanted, lab.inventory(ids))
    uris = tuple(item.uri for item in ignorant.items)
    earlier = make_plan(ignorant, (), "p", "s", "run")
    listed = {"recipe_playlists": {"r": "p"}, "features": heard}
    stood = lab.playlist("p", ["t1", "t3", "t2", "t4"])
    draft = lab.build(wanted, lab.inventory(ids, [stood], **listed))
    plan = make_plan(draft, stood.uris, "p", "s", "run", earlier)
    assert (plan.diff.added, plan.diff.removed, bool(plan.diff.moved)) == ((), (), True)
    (note,) = [note for note in plan.notes if note.startswith("the same tracks in another order")]
    assert "the tempo became known of 4 tracks" in note
    more = make_plan(draft, uris[:-1], "p", "s", "run", earlier)
    assert not [note for note in more.notes if "another order" in note]


def test_an_order_that_is_hardly_better_says_what_it_costs(lab) -> None:
    ids = ["t1", "t2", "t3"]
    draft = lab.build(Recipe(id="r", name="R", source=Liked()), lab.inventory(ids))
    report = {"objective": 1.491, "camelot_percent": 40.0}
    report["before"] = {"objective": 1.497, "camelot_percent": 40.0}
    uris = tuple(item.uri for item in draft.items)
    plan = make_plan(replace(draft, report=report), uris[::-1], "p", "s", "run")
    (note,) = [note for note in plan.notes if note.startswith("the same tracks in another order")]
    assert "it costs 1.491 in place of 1.497" in note
