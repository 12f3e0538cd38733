from __future__ import annotations

import re
from collections.abc import Sequence
from functools import reduce

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.errors import GuardError
from segue.playlists.library import PlaylistEntry
from segued.refresh.write.operations import (
    Add,
    Operation,
    Remove,
    Reorder,
    Replace,
    floor,
    simulate,
    states,
)
from segued.refresh.write.route import Bounds
from segued.refresh.write.route import operations as ways


def entries(uris: Sequence[str]) -> list[PlaylistEntry]:
    """Rows; those written in capitals, and the empty one, cannot be added back."""
    return [
        PlaylistEntry(uri, "local" if uri.isupper() or not uri else "episode", uri) for uri in uris
    ]


def operations(before: Sequence[PlaylistEntry], after: Sequence[str]) -> tuple[Operation, ...]:
    least = floor(len(before), len(after), min_tracks=1, max_shrink=0.5)
    return ways(before, after, Bounds(least))


def after_all(before: Sequence[str], found: Sequence[Operation]) -> tuple[str, ...]:
    return reduce(simulate, found, tuple(before))


def many(prefix: str, count: int) -> list[str]:
    return [f"{prefix}{number}" for number in range(count)]


def test_no_change_is_no_operation() -> None:
    assert operations(entries("abc"), "abc") == ()


def test_a_new_list_is_added_by_the_hundred() -> None:
    wanted = many("t", 250)
    found = operations([], wanted)
    assert found == (
        Add(tuple(wanted[:100]), 0),
        Add(tuple(wanted[100:200]), 100),
        Add(tuple(wanted[200:]), 200),
    )


def test_a_wholly_different_order_is_one_replace() -> None:
    before = many("t", 100)
    wanted = before[::-1]
    assert operations(entries(before), wanted) == (Replace(tuple(wanted)),)


def test_over_a_hundred_it_is_a_put_and_then_posts() -> None:
    before = many("t", 150)
    wanted = before[::-1]
    assert operations(entries(before), wanted) == (
        Replace(tuple(wanted[:100])),
        Add(tuple(wanted[100:]), 100),
    )


def test_a_small_change_is_positional_and_adds_before_it_removes() -> None:
    assert operations(entries("abcdef"), "abxdef") == (Add(("x",), 2), Remove(("c",)))


def test_one_row_moved_is_one_reorder() -> None:
    assert operations(entries("abcdef"), "bcdeaf") == (Reorder(0, 5, 1),)


def test_a_block_moved_is_one_reorder() -> None:
    wanted = [*many("t", 50)[40:], *many("t", 50)[:40]]
    assert operations(entries(many("t", 50)), wanted) == (Reorder(40, 0, 10),)


def test_one_duplicate_less_is_removed_whole_and_added_again() -> None:
    found = operations(entries("abcadefgh"), "abcdefgh")
    assert after_all("abcadefgh", found) == tuple("abcdefgh")
    assert found == (Remove(("a",)), Add(("a",), 0))


def test_with_a_row_that_cannot_be_added_back_there_is_no_replace() -> None:
    before = [*many("a", 30), "L", *many("b", 30)]
    wanted = [*many("b", 30)[::-1], "L", *many("a", 30)[::-1]]
    found = operations(entries(before), wanted)
    assert after_all(before, found) == tuple(wanted)
    assert not any(isinstance(operation, Replace) for operation in found)
    assert not any("L" in operation.uris for operation in found if isinstance(operation, Remove))


def test_around_such_a_row_a_new_order_costs_few_requests() -> None:
    before = [*many("a", 30), "L", *many("b", 30)]
    wanted = [*many("b", 30)[::-1], "L", *many("a", 30)[::-1]]
    assert len(operations(entries(before), wanted)) <= 4


def test_a_row_that_would_be_lost_is_refused_by_name() -> None:
    with pytest.raises(GuardError, match="LOCAL"):
        operations(entries(["a", "LOCAL"]), ["a"])


def test_a_row_that_cannot_be_added_is_refused_by_name() -> None:
    with pytest.raises(GuardError, match="LOCAL"):
        operations(entries(["a", "LOCAL"]), ["LOCAL", "a", "LOCAL"])


ADDABLE = st.sampled_from(list("abcdefghijkl"))
FIXED = st.sampled_from(["X", "Y", ""])


LISTS = st.lists(st.one_of(ADDABLE, FIXED), max_size=25)


@st.composite
def rewrites(draw: st.DrawFn) -> tuple[list[str], list[str], Bounds]:
    """A list, the list wanted, and what the guards allow on the way."""
    before = draw(LISTS)
    after = draw(st.lists(ADDABLE, max_size=25))
    for uri in before:
        if uri in ("X", "Y", ""):
            after.insert(draw(st.integers(0, len(after))), uri)
    least = floor(
        len(before),
        len(after),
        min_tracks=draw(st.integers(0, 8)),
        max_shrink=draw(st.sampled_from([0.0, 0.2, 0.5, 1.0])),
    )
    most = max(len(before), len(after)) + draw(st.sampled_from([0, 2, 1000]))
    return before, after, Bounds(least, most, draw(st.booleans()), draw(st.booleans()))


@given(rewrites())
@settings(max_examples=300)
def test_no_list_on_the_way_falls_below_the_bound_and_the_end_is_what_is_wanted(rewrite) -> None:  # type: ignore[no-untyped-def]
    before, after, bounds = rewrite
    try:
        found = ways(entries(before), after, bounds)
    except GuardError:
        return
    on_the_way = states(before, found)
    assert on_the_way[-1] == tuple(after)
    assert min(map(len, on_the_way)) >= min(bounds.least, len(before), len(after))
    assert max(map(len, on_the_way)) <= bounds.most
    fixed = {uri for uri in before if uri in ("X", "Y", "")}
    for operation in found:
        assert bounds.replace or not isinstance(operation, Replace)
        assert bounds.reorder or not isinstance(operation, Reorder)
        if not isinstance(operation, Reorder):
            assert not fixed & set(operation.uris)
            assert 0 < len(operation.uris) <= 100 or isinstance(operation, Replace)


@given(st.permutations([*"abcdefghij", "X", "Y"]), st.permutations([*"defghijklm", "X", "Y"]))
def test_without_repeated_tracks_there_is_always_a_way(before: list[str], after: list[str]) -> None:
    assert after_all(before, operations(entries(before), after)) == tuple(after)


@settings(max_examples=25)
@given(st.permutations(many("t", 220)), st.integers(110, 219))
def test_a_replace_that_leaves_too_few_rows_on_the_way_is_not_used(
    wanted: list[str], cut: int
) -> None:
    before = many("t", 220)
    on_the_way = states(before, operations(entries(before), wanted[:cut]))
    assert min(map(len, on_the_way)) >= min(110, cut)


def test_one_row_that_cannot_be_added_back_costs_few_requests_more_than_a_replace() -> None:
    before = many("t", 130)
    wanted = before[::-1]
    found = operations(entries([*before, "L"]), ["L", *wanted])
    assert len(found) <= 7
    assert min(map(len, states([*before, "L"], found))) >= 65


def test_where_nothing_may_leave_rows_are_moved_one_by_one() -> None:
    before = ["L", *many("t", 40)]
    found = ways(entries(before), [*before[:0:-1], "L"], Bounds(least=41))
    assert {type(operation) for operation in found} == {Reorder}


def test_more_requests_than_half_a_days_quota_are_refused() -> None:
    before = ["L", *many("t", 900)]
    wanted = [*before[:0:-1], "L"]
    with pytest.raises(GuardError, match=r"more than 300: set write\.max_shrink") as refused:
        ways(entries(before), wanted, Bounds(least=901))
    assert len(ways(entries(before), wanted, advised(str(refused.value), before, wanted))) <= 300


def advised(refusal: str, before: Sequence[str], wanted: Sequence[str]) -> Bounds:
    """The bounds of the settings that a refusal names."""
    found = re.search(
        r"max_shrink of this recipe to ([\d.]+) .* write.min_tracks to (\d+)", refusal
    )
    assert found is not None, refusal
    share, least = float(found[1]), int(found[2])
    return Bounds(floor(len(before), len(wanted), min_tracks=least, max_shrink=share))


@settings(max_examples=200)
@given(
    st.lists(st.sampled_from("abcde"), min_size=1, max_size=10),
    st.lists(st.sampled_from("abcde"), min_size=1, max_size=10),
    st.integers(0, 20),
)
def test_a_write_that_is_refused_for_its_bounds_says_what_lets_it_through(
    before: list[str], wanted: list[str], place: int
) -> None:
    rows, after = ["L", *before], wanted.copy()
    after.insert(place % (len(after) + 1), "L")
    least = floor(len(rows), len(after), min_tracks=1, max_shrink=0.0)
    try:
        ways(entries(rows), after, Bounds(least))
    except GuardError as refused:
        if "by hand" not in str(refused):
            found = ways(entries(rows), after, advised(str(refused), rows, after))
            assert after_all(rows, found) == tuple(after)


def test_a_full_playlist_lets_rows_go_before_others_come() -> None:
    before = many("t", 150)
    wanted = [*many("n", 50), *before[50:]]
    found = ways(entries(before), wanted, Bounds(least=75, most=150))
    assert after_all(before, found) == tuple(wanted)
    assert max(map(len, states(before, found))) == 150


@pytest.mark.parametrize(
    ("before", "after", "min_tracks", "max_shrink", "least"),
    [
        (130, 130, 5, 0.5, 65),
        (130, 20, 5, 0.5, 20),  # never more than the shorter end
        (130, 20, 5, 0.9, 13),
        (300, 300, 5, 0.1, 270),
        (300, 300, 0, 1.0, 150),  # half of the shorter list stands, whatever is allowed
        (8, 8, 6, 1.0, 6),
        (0, 30, 5, 0.5, 0),
    ],
)
def test_the_fewest_rows_on_the_way(
    before: int, after: int, min_tracks: int, max_shrink: float, least: int
) -> None:
    assert floor(before, after, min_tracks=min_tracks, max_shrink=max_shrink) == least


@settings(max_examples=25)
@given(st.permutations(many("t", 220)), st.integers(0, 219))
def test_long_lists_never_cost_much_more_than_a_replace(wanted: list[str], cut: int) -> None:
    before = many("t", 220)
    found = operations(entries(before), wanted[:cut])
    assert after_all(before, found) == tuple(wanted[:cut])
    assert len(found) <= 2 * max(1, -(-cut // 100)) + 4
