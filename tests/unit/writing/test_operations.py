from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.errors import GuardError
from segue.playlists.library import PlaylistEntry
from segued.writing.operations import Add, Operation, Remove, Reorder, Replace, operations, simulate


def entries(uris: Sequence[str]) -> list[PlaylistEntry]:
    """Rows; those written in capitals, and the empty one, cannot be added back."""
    return [
        PlaylistEntry(uri, "local" if uri.isupper() or not uri else "episode", uri) for uri in uris
    ]


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


@given(
    st.lists(st.one_of(ADDABLE, FIXED), max_size=25),
    st.lists(ADDABLE, max_size=25),
    st.randoms(use_true_random=False),
)
def test_the_operations_give_exactly_the_list_wanted(before, wanted, random) -> None:  # type: ignore[no-untyped-def]
    fixed = [uri for uri in before if uri in ("X", "Y", "")]
    after = list(wanted)
    for uri in fixed:
        after.insert(random.randint(0, len(after)), uri)
    found = operations(entries(before), after)
    assert after_all(before, found) == tuple(after)
    for operation in found:
        if isinstance(operation, Remove):
            assert not set(fixed) & set(operation.uris)
        if isinstance(operation, (Add, Replace)):
            assert not set(fixed) & set(operation.uris)
            assert len(operation.uris) <= 100
        if isinstance(operation, Replace):
            assert not fixed


@given(st.permutations(many("t", 220)), st.integers(0, 219))
def test_long_lists_never_cost_more_than_a_replace_and_little(wanted: list[str], cut: int) -> None:
    before = many("t", 220)
    found = operations(entries(before), wanted[:cut])
    assert after_all(before, found) == tuple(wanted[:cut])
    assert len(found) <= max(1, -(-cut // 100)) + 4
