"""Days and hours of the week."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.names import WeekTime, read_week_time

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("sat-sun", WeekTime((5, 6))),
        ("Weekend", WeekTime((5, 6))),
        ("weekdays 09:00-17:30", WeekTime((0, 1, 2, 3, 4), 540, 1050)),
        ("fri-mon", WeekTime((0, 4, 5, 6))),
        ("mon, wed fri", WeekTime((0, 2, 4))),
        ("22:00 - 05:00", WeekTime(start=1320, end=300)),
        ("friday 18:00-24:00", WeekTime((4,), 1080, 1440)),
    ],
)
def test_days_and_hours_are_read_and_written_back(written, expected) -> None:
    assert read_week_time(written) == expected
    assert read_week_time(expected.text) == expected


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("mondey", "did you mean 'monday'"),
        ("25:00-26:00", "no hours of a day"),
        ("22:00-22:00", "nothing lies in"),
        ("", "write days and hours"),
        ("xx 10:00-11:00", "is not a day"),
    ],
)
def test_what_is_no_time_of_the_week_is_refused_with_a_way_out(written, words) -> None:
    with pytest.raises(ValueError, match=words):
        read_week_time(written)


def test_a_night_belongs_to_the_day_it_began_on() -> None:
    night = read_week_time("fri 22:00-05:00")
    held = [h for h in range(7 * 24) if night.holds(MONDAY + timedelta(hours=h))]
    assert held == [4 * 24 + 22, 4 * 24 + 23, *range(5 * 24, 5 * 24 + 5)]


@given(st.sets(st.integers(0, 6), min_size=1), st.integers(0, 1439), st.integers(1, 1440))
def test_every_time_of_the_week_reads_back_and_lasts_as_long_as_it_says(days, start, end) -> None:
    if start == end:
        return
    time = WeekTime(tuple(sorted(days)), start, end)
    assert read_week_time(time.text) == time
    lasting = sum(time.holds(MONDAY + timedelta(minutes=m)) for m in range(7 * 1440))
    assert lasting == len(days) * ((end - start) % 1440 or 1440)
