"""Crontab's fields as cron reads them."""

from __future__ import annotations

from datetime import date

import pytest

from segued.config.schedule.rules import read_crontab

SUNDAY, MONDAY, TUESDAY = date(2026, 11, 22), date(2026, 11, 23), date(2026, 11, 24)


def test_numbers_of_weekdays_count_from_sunday() -> None:
    assert read_crontab("0 7 * * 1").holds_on(MONDAY)
    assert not read_crontab("0 7 * * 1").holds_on(TUESDAY)


@pytest.mark.parametrize("field", ["0", "7", "sun", "SUN", "Sunday", "sat-sun", "5-7", "0-3"])
def test_sunday_has_many_names(field: str) -> None:
    assert read_crontab(f"0 7 * * {field}").holds_on(SUNDAY)


def test_a_range_of_weekdays_is_that_of_crontab() -> None:
    rule = read_crontab("0 7 * * 1-5")
    days = [rule.holds_on(date(2026, 11, 22 + offset)) for offset in range(7)]
    assert days == [False, True, True, True, True, True, False]


def test_sun_to_thu_is_understood() -> None:
    rule = read_crontab("0 7 * * sun-thu")
    days = [rule.holds_on(date(2026, 11, 22 + offset)) for offset in range(7)]
    assert days == [True, True, True, True, True, False, False]


def test_a_range_of_weekdays_may_run_over_the_weeks_end() -> None:
    assert read_crontab("0 7 * * fri-mon").weekdays == {5, 6, 0, 1}


def test_day_of_month_or_weekday_is_enough_when_both_are_restricted() -> None:
    rule = read_crontab("0 7 13 * fri")
    assert rule.holds_on(date(2026, 11, 13))
    assert rule.holds_on(date(2026, 11, 20))
    assert rule.holds_on(date(2026, 10, 13))
    assert not rule.holds_on(date(2026, 11, 19))


def test_with_a_star_both_days_must_match() -> None:
    rule = read_crontab("0 7 */2 * mon")
    assert rule.holds_on(MONDAY)
    assert not rule.holds_on(date(2026, 11, 30))
    assert not rule.holds_on(date(2026, 11, 25))


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("*/20 6 * * *", (360, 380, 400)),
        ("0 1,3-5 * * *", (60, 180, 240, 300)),
        ("10-30/10 0 * * *", (10, 20, 30)),
        ("40/10 0 * * *", (40, 50)),
        ("@daily", (0,)),
    ],
)
def test_steps_lists_and_ranges_give_times(text: str, times: tuple[int, ...]) -> None:
    assert read_crontab(text).times == times


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0 7 31 2 *", "never be due: February has no day 31"),
        ("0 7 31 4,6,9,11 *", "never be due"),
        ("0 7 30 feb *", "never be due"),
        ("60 7 * * *", "minute 60 is out of range"),
        ("0 24 * * *", "hour 24 is out of range"),
        ("0 7 0 * *", "day of the month 0 is out of range"),
        ("0 7 * 13 *", "month 13"),
        ("0 7 * * 8", "weekday 8"),
        ("0 7 * *", "4 of crontab's 5 fields"),
        ("", "0 of crontab's 5 fields"),
        ("0 7 L * *", "'L' is not a day of the month"),
        ("0 7 * * monkey", "'monkey' is not a weekday"),
        ("5-1 7 * * *", "runs backwards"),
        ("*/0 7 * * *", "never moves on"),
        ("@reboot", "is not known"),
        ("0 7 ? * *", "is not a day of the month"),
        ("-5 7 * * *", "is not a minute"),
    ],
)
def test_what_is_wrong_is_said(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_crontab(text)


def test_31_february_with_a_weekday_is_due_on_the_weekday() -> None:
    assert read_crontab("0 7 31 2 mon").holds_on(date(2026, 2, 2))
