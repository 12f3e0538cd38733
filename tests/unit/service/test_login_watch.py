"""The end of a login, announced on its days: in the log and to people, over restarts."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from segued.config.service import NotifySection
from segued.notify import Notifier
from segued.service.reporter import LoginWatch, login_of
from segued.store.access import TokenDocument, ends_at
from segued.store.state import State

AGREED = datetime(2026, 1, 10, 9, 30, tzinfo=UTC)
SOMETIME = datetime(2030, 1, 1, tzinfo=UTC)
DAYS = [30, 7, 1]


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    opened = State.open(tmp_path)
    yield opened
    opened.close()


def log_in(state: State, refresh_token: str | None = "the-refresh-token") -> TokenDocument:
    token = TokenDocument("access", refresh_token, SOMETIME, "", AGREED, "client")
    state.auth.set_token(token)
    return token


def half_a_year(state: State, end: datetime, urls: list[str]) -> list[tuple[int, str]]:
    """What is sent in 200 days, the service looking six times a day and restarted each day."""
    sent: list[tuple[int, str]] = []
    now = end - timedelta(days=180)

    def send(title: str, _: str) -> bool:
        sent.append(((end - now).days, title))
        return True

    while now < end + timedelta(days=20):
        watch = LoginWatch(state.auth)
        notifier = Notifier(NotifySection(apprise_urls=urls), state.schedules, send)
        for _ in range(6):
            watch.look(notifier, now)
            now += timedelta(hours=4)
    return sent


def test_the_end_is_announced_once_at_30_7_and_1_days_over_restarts(state: State) -> None:
    end = ends_at(log_in(state))
    assert [days for days, _ in half_a_year(state, end, ["env:NOTIFY"])] == DAYS


def test_the_log_says_it_as_often_and_without_any_address_too(
    state: State, caplog: pytest.LogCaptureFixture
) -> None:
    end = ends_at(log_in(state))
    with caplog.at_level(logging.WARNING, "segued.service.reporter"):
        assert half_a_year(state, end, []) == []
    said = [record.getMessage() for record in caplog.records]
    assert [f"ends in {days} day" in line for days, line in zip(DAYS, said, strict=True)] == [
        True, True, True
    ]  # fmt: skip


def test_a_service_that_was_down_on_the_day_announces_it_at_its_start(state: State) -> None:
    end = ends_at(log_in(state))
    sent: list[str] = []
    notifier = Notifier(
        NotifySection(apprise_urls=["env:NOTIFY"]),
        state.schedules,
        lambda title, _: bool(sent.append(title)) or True,
    )
    LoginWatch(state.auth).look(notifier, end - timedelta(days=4, hours=3))
    assert sent == ["Segue: the login to Spotify ends in 4 days"]


def test_a_login_dies_with_its_time_or_with_its_token(state: State) -> None:
    end = ends_at(log_in(state))
    moments = (end - timedelta(seconds=1), end)
    assert [login_of(state.auth, now).alive for now in moments] == [True, False]
    log_in(state, refresh_token=None)
    assert not login_of(state.auth, AGREED).alive


def test_a_new_login_is_another_one(state: State) -> None:
    log_in(state)
    first = login_of(state.auth, AGREED)
    state.auth.set_token(
        TokenDocument(
            "the-access-token",
            "the-refresh-token",
            SOMETIME,
            "",
            AGREED + timedelta(days=1),
            "client",
        )
    )
    assert login_of(state.auth, AGREED).mark != first.mark
