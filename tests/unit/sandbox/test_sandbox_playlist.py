"""Versions, snapshot ids and moves of rows."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segued.sandbox.account.listener import VERSIONS_KEPT, PlaylistRecord, Row, moved

NOW = datetime(2026, 10, 15, tzinfo=UTC)


def rows(names):
    return tuple(Row(name, NOW, "me") for name in names)


def text(result):
    return "".join(row.uri for row in result)


@pytest.mark.parametrize(
    ("start", "before", "length", "expected"),
    [
        (0, 10, 1, "bcdefghija"),
        (9, 0, 1, "jabcdefghi"),
        (8, 0, 2, "ijabcdefgh"),
        (0, 4, 2, "cdabefghij"),
        (3, 3, 2, "abcdefghij"),
        (3, 5, 2, "abcdefghij"),
    ],
)
def test_rows_move_as_the_documented_examples_say(start, before, length, expected):
    assert text(moved(rows("abcdefghij"), start, before, length)) == expected


@given(st.data())
def test_a_move_keeps_every_row_and_the_order_of_the_others(data):
    size = data.draw(st.integers(1, 12))
    start = data.draw(st.integers(0, size - 1))
    length = data.draw(st.integers(1, size - start))
    before = data.draw(st.integers(0, size))
    names = [chr(97 + place) for place in range(size)]
    result = list(text(moved(rows(names), start, before, length)))
    block, others = names[start : start + length], names[:start] + names[start + length :]
    assert sorted(result) == names
    assert [name for name in result if name not in block] == others
    place = result.index(block[0])
    assert result[place : place + length] == block


@pytest.mark.parametrize(("start", "before", "length"), [(-1, 0, 1), (0, 4, 1), (2, 0, 2)])
def test_a_move_outside_the_list_is_refused(start, before, length):
    with pytest.raises(ValueError, match="outside"):
        moved(rows("abc"), start, before, length)


def test_every_change_has_another_snapshot_id_and_keeps_the_version():
    record = PlaylistRecord("id", "name", "me", "Me", rows=rows("ab"))
    first = record.snapshot_id
    second = record.changed(rows("abc"))
    third = record.changed()
    assert len({first, second, third}) == 3
    assert [text(record.versions[snapshot]) for snapshot in (first, second, third)] == [
        "ab",
        "abc",
        "abc",
    ]


def test_only_so_many_versions_are_kept():
    record = PlaylistRecord("id", "name", "me", "Me")
    for _ in range(2 * VERSIONS_KEPT):
        record.changed()
    assert len(record.versions) == VERSIONS_KEPT
    assert record.snapshot_id in record.versions
