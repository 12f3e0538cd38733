"""The timezone of this machine, in every form an environment gives it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from segued.config.schedule.rules import read_schedule
from segued.config.schedule.zone import local_end, local_time, local_timezone, read_timezone
from segued.web.judging import error_for
from segued.web.source import phrases_for

WINTER, SUMMER = (datetime(2026, month, 15, 12, tzinfo=UTC) for month in (1, 7))


@pytest.mark.parametrize(
    ("setting", "winter", "summer"),
    [
        ("Europe/London", 12, 13),
        (":America/New_York", 7, 8),
        ("EST5EDT", 7, 8),
        ("CET-1CEST,M3.5.0,M10.5.0/3", 13, 14),
        ("CET-1CEST", 13, 14),
        ("UTC+2", 10, 10),
        ("<+03>-3", 15, 15),
        ("JST-9", 21, 21),
        ("AEST-10AEDT,M10.1.0,M4.1.0/3", 23, 22),
    ],
)
def test_a_name_or_rule_is_obeyed(setting: str, winter: int, summer: int) -> None:
    zone = local_timezone(setting)
    assert [moment.astimezone(zone).hour for moment in (WINTER, SUMMER)] == [winter, summer]


def test_the_path_of_a_zones_file_is_read(tmp_path: Path) -> None:
    files = [Path(folder) / "Asia/Tokyo" for folder in ("/usr/share/zoneinfo", "/usr/lib/zoneinfo")]
    found = next((file for file in files if file.is_file()), None)
    if found is not None:
        assert WINTER.astimezone(local_timezone(f":{found}")).hour == 21
    (tmp_path / "odd").write_bytes(b"no zone")
    with pytest.raises(ValueError, match="TZ is"):
        local_timezone(str(tmp_path / "odd"))


@pytest.mark.parametrize("setting", ["Foo/Bar", "europe/london", "XYZ", "CET-1CEST,foo", "/", "+"])
def test_what_is_neither_is_named_in_one_sentence(setting: str) -> None:
    with pytest.raises(ValueError, match="TZ is") as caught:
        local_timezone(setting)
    assert "\n" not in str(caught.value)


@given(st.text(max_size=40))
def test_any_text_is_a_timezone_or_a_value_error(setting: str) -> None:
    try:
        zone = local_timezone(setting)
    except ValueError:
        return
    assert WINTER.astimezone(zone).astimezone(UTC) == WINTER


def test_a_schedule_goes_by_the_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    schedule = read_schedule("30 1 * * *", "local")
    assert schedule.next(SUMMER) == datetime(2026, 7, 15, 23, 30, tzinfo=UTC)
    assert str(read_timezone("local")) == "CET-1CEST,M3.5.0,M10.5.0/3"


@pytest.fixture
def in_new_york(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("in_new_york")
def test_a_moment_is_told_by_this_machines_clock() -> None:
    assert local_time(SUMMER) == "Wed 15 Jul 2026, 08:00"


@pytest.mark.usefixtures("in_new_york")
def test_the_end_of_a_wait_is_told_by_this_machines_clock_and_never_early() -> None:
    assert local_end(WINTER) == "Thu 15 Jan 2026, 07:00"
    assert local_end(WINTER + timedelta(seconds=1)) == "Thu 15 Jan 2026, 07:01"


@pytest.mark.usefixtures("in_new_york")
def test_a_service_that_asks_to_be_left_alone_is_said_to_by_this_machines_clock() -> None:
    answer = requests.Response()
    answer.status_code, answer.headers["Retry-After"] = 429, "3600"
    error = error_for(answer, "/1/x", phrases_for("listenbrainz"), WINTER)
    assert str(error) == "listenbrainz asks to be left alone until Thu 15 Jan 2026, 08:00"
