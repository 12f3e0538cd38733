"""Single values out of JSON that may have changed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segued.web.judging import document, flag, moment, sequence, text, whole

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(ANYTHING)
def test_no_value_is_ever_an_exception(value: object) -> None:
    assert isinstance(document(value), dict)
    assert isinstance(sequence(value), list)
    assert isinstance(text(value), str)
    assert flag(value) in (True, False, None)
    number = whole(value)
    assert number is None or number >= 0
    found = moment(value)
    assert found is None or found.tzinfo is UTC


@pytest.mark.parametrize(
    ("value", "number"), [(7, 7), (7.0, 7), (7.5, None), (True, None), (-1, None), ("7", None)]
)
def test_only_whole_numbers_from_0_count(value: object, number: int | None) -> None:
    assert whole(value) == number


def test_a_time_is_read_in_utc_whatever_its_offset() -> None:
    expected = datetime(2026, 2, 25, 20, 15, 20, 497000, tzinfo=UTC)
    assert moment("2026-02-25T20:15:20.497Z") == expected
    assert moment("2026-02-25T21:15:20.497+01:00") == expected


def test_the_time_spotify_writes_for_unknown_is_unknown() -> None:
    assert moment("1970-01-01T00:00:00Z") is None


@pytest.mark.parametrize("value", [float("inf"), float("nan"), 1e300])
def test_a_number_that_is_no_count_does_not_raise(value: float) -> None:
    found = whole(value)
    assert found is None or found >= 0
