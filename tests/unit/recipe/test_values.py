"""Lengths of time and ranges in words."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.recipe.values import (
    Range,
    check_template,
    filled,
    named_in,
    read_range,
    read_seconds,
    read_seconds_range,
    write_range,
    write_seconds,
    write_seconds_range,
)


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("90 days", 90 * 86400),
        ("1 day", 86400),
        ("90 minutes", 5400),
        ("1h 30m", 5400),
        ("1 hour and 30 minutes", 5400),
        ("1 hour, 30 min", 5400),
        ("1.5 hours", 5400),
        ("2 weeks", 14 * 86400),
        ("1 month", 30 * 86400),
        ("2 years", 730 * 86400),
        ("45s", 45),
        ("3 Hours ", 10800),
    ],
)
def test_a_length_of_time_is_read_from_words(words: str, seconds: float) -> None:
    assert read_seconds(words) == seconds


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (90, "Say the unit"),
        ("90", "Say the unit"),
        ("-5 days", "not a length of time"),
        ("0 days", "more than nothing"),
        ("soon", "not a length of time"),
        ("", "more than nothing"),
        ("3 fortnights", "not a unit of time"),
        ("3 days ago", "not a length of time"),
        (True, "is written like"),
    ],
)
def test_what_is_no_length_of_time_says_why(value: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_seconds(value)


@given(st.integers(1, 10**9))
def test_a_length_of_time_reads_back_as_written(seconds: int) -> None:
    assert read_seconds(write_seconds(float(seconds))) == seconds


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("3..", Range(3, None)),
        ("..0.5", Range(None, 0.5)),
        ("-20..-5", Range(-20, -5)),
        ("1990 .. 1999", Range(1990, 1999)),
        (4, Range(4, 4)),
        ("4", Range(4, 4)),
        ("0.5..0.5", Range(0.5, 0.5)),
    ],
)
def test_a_range_is_read_from_words(value: object, expected: Range) -> None:
    assert read_range(value) == expected


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("5..3", "smaller end first"),
        ("..", "at least one end"),
        ("a..b", "not a number"),
        ("1..2..3", "not a number"),
        ("nan..", "not a number"),
        ([1, 2], "is written like"),
        (True, "is written like"),
    ],
)
def test_what_is_no_range_says_why(value: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_range(value)


ends = st.none() | st.floats(-1e6, 1e6)


@given(ends, ends)
def test_a_range_reads_back_as_written(first: float | None, second: float | None) -> None:
    low, high = (
        (first, second) if first is None or second is None or first <= second else (second, first)
    )
    if low is None and high is None:
        return
    assert read_range(write_range(Range(low, high))) == Range(low, high)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("2m..6m", Range(120, 360)),
        ("2..6 minutes", Range(120, 360)),
        ("..4 min", Range(None, 240)),
        ("90s..", Range(90, None)),
        ("0..3m", Range(0, 180)),
    ],
)
def test_a_range_of_times_is_read_from_words(words: str, expected: Range) -> None:
    assert read_seconds_range(words) == expected


@pytest.mark.parametrize("value", [180, "3m", "6m..2m", "2..6", "two..six"])
def test_what_is_no_range_of_times_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_seconds_range(value)


@given(st.none() | st.integers(0, 9000), st.none() | st.integers(9001, 90000))
def test_a_range_of_times_reads_back_as_written(low: int | None, high: int | None) -> None:
    if low is None and high is None:
        return
    assert read_seconds_range(write_seconds_range(Range(low, high))) == Range(low, high)


def test_a_template_is_filled_in_and_double_braces_are_braces() -> None:
    text = check_template("{{n}} is {n}, {top_genre}")
    assert named_in(text) == ("n", "top_genre")
    assert filled(text, {"n": "30", "top_genre": ""}) == "{n} is 30, —"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Mix {dat}", 'nothing is called {dat}. Did you mean "date"?'),
        ("Mix {}", "There are date, year"),
        ("Mix {n", "a lone '{'"),
        ("Mix n}", "a lone '}'"),
    ],
)
def test_a_name_that_nothing_is_called_is_refused_with_a_way_out(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        check_template(text)
