"""Logging in, staying logged in and the end of a login."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import requests

from segue.errors import AuthorisationError, UsageError
from segued.sandbox.control.faults import Fault
from segued.spotify.login.auth import Person, login
from segued.store.access import login_status, logout


class Login:
    """A login under way in a thread, as the command runs it."""

    def __init__(
        self, account: Any, read_line: Callable[[], str] | None = None, timeout: float = 120
    ) -> None:
        self.addresses: queue.Queue[str] = queue.Queue()
        self.said: queue.Queue[str] = queue.Queue()
        self.error: Exception | None = None

        def run() -> None:
            try:
                login(
                    account.settings,
                    account.state.auth,
                    account.sandbox.clock.now,
                    Person(self.addresses.put, self.said.put, read_line=read_line),
                    timeout_seconds=timeout,
                )
            except Exception as error:  # noqa: BLE001  # handed to the test
                self.error = error

        self.thread = threading.Thread(target=run)
        self.thread.start()

    def address(self) -> str:
        return self.addresses.get(timeout=120)

    def end(self) -> Exception | None:
        self.thread.join(timeout=120)
        assert not self.thread.is_alive()
        return self.error


def test_one_get_of_the_address_logs_in_and_is_answered_when_it_is_done(account: Any) -> None:
    account.state.auth.clear()
    under_way = Login(account)
    answer = requests.get(under_way.address(), timeout=120)
    assert answer.status_code == 200
    assert "logged in" in answer.text
    # The page came after the tokens were stored: a script may go on at once.
    assert account.client().me().id == "segue-listener"
    assert under_way.end() is None
    status = login_status(account.state.auth, account.sandbox.clock.now())
    assert status.logged_in
    assert status.authorized_at == account.sandbox.clock.now()
    assert status.missing_scopes == ()


def test_the_address_the_browser_was_sent_to_may_be_pasted(account: Any) -> None:
    account.state.auth.clear()
    lines: queue.Queue[str] = queue.Queue()
    under_way = Login(account, read_line=lambda: lines.get(timeout=120))
    sent = requests.get(under_way.address(), allow_redirects=False, timeout=120)
    lines.put("\n")
    lines.put("https://example.org/?code=x&state=wrong\n")
    assert "not belong" in under_way.said.get(timeout=120)
    lines.put(sent.headers["Location"] + "\n")
    assert under_way.end() is None
    assert account.client().me().id == "segue-listener"
    lines.put("")


def test_a_foreign_answer_is_refused_and_the_login_goes_on(account: Any) -> None:
    account.state.auth.clear()
    under_way = Login(account)
    address = under_way.address()
    sent = requests.get(address, allow_redirects=False, timeout=120).headers["Location"]
    base = sent.split("?")[0]
    foreign = requests.get(base, params={"code": "x", "state": "forged"}, timeout=120)
    assert foreign.status_code == 400
    assert requests.get(base.replace("callback", "favicon.ico"), timeout=120).status_code == 404
    assert requests.get(sent, timeout=120).status_code == 200
    assert under_way.end() is None


def test_a_declined_login_says_so_and_keeps_the_old_one(account: Any) -> None:
    account.sandbox.faults.add(Fault("deny_login"))
    before = account.state.auth.token()
    under_way = Login(account)
    answer = requests.get(under_way.address(), timeout=120)
    assert answer.status_code == 400
    error = under_way.end()
    assert isinstance(error, AuthorisationError)
    assert "declined" in str(error)
    assert account.state.auth.token() == before


def test_a_login_nobody_answers_ends_by_itself(account: Any) -> None:
    under_way = Login(account, timeout=0.2)
    error = under_way.end()
    assert isinstance(error, AuthorisationError)
    assert "segue auth login" in str(error)


def test_a_taken_port_is_named(account: Any, open_account: Callable[..., Any]) -> None:
    taken = account.settings.model_copy(update={"redirect_port": account.sandbox.port})
    account.settings = taken
    error = Login(account).end()
    assert isinstance(error, UsageError)
    assert "redirect_port" in str(error)


def test_without_a_client_id_the_error_says_where_to_get_one(account: Any) -> None:
    account.settings = account.settings.model_copy(update={"client_id": ""})
    error = Login(account).end()
    assert isinstance(error, UsageError)
    assert "segue init" in str(error)


def test_logging_out_leaves_no_token_on_the_disk(account: Any) -> None:
    token = account.state.auth.token()
    assert logout(account.state.auth)
    assert not logout(account.state.auth)
    written = b"".join(p.read_bytes() for p in account.state.folder.rglob("*") if p.is_file())
    assert token.refresh_token.encode() not in written


def test_an_expired_access_token_is_renewed_before_it_is_used(account: Any) -> None:
    old = account.state.auth.token()
    account.sandbox.clock.advance(hours=2)
    account.client().me()
    new = account.state.auth.token()
    assert new.access_token != old.access_token
    assert new.authorized_at == old.authorized_at
    statuses = [status for _, _, status in account.sandbox.requests]
    assert 401 not in statuses


def test_a_refused_access_token_is_renewed_once_and_the_call_made_again(account: Any) -> None:
    account.sandbox.oauth.expire_access()
    assert account.client().me().id == "segue-listener"
    assert [status for _, _, status in account.sandbox.requests] == [401, 200, 200]


def test_a_token_that_is_refused_even_when_fresh_is_not_asked_for_for_ever(account: Any) -> None:
    account.sandbox.faults.add(Fault("expired_token", "GET", "/me", times=None))
    with pytest.raises(AuthorisationError):
        account.client().me()
    assert [status for _, _, status in account.sandbox.requests].count(401) == 2


def test_six_months_after_one_agreed_the_login_ends(account: Any) -> None:
    for _ in range(6):
        account.sandbox.clock.advance(days=30)
        account.client().me()  # renewing does not extend it
    account.sandbox.clock.advance(days=10)
    with pytest.raises(AuthorisationError, match="six months"):
        account.client().me()
    status = login_status(account.state.auth, account.sandbox.clock.now())
    assert not status.logged_in
    assert status.suspect


def test_a_dead_token_is_not_tried_at_every_call(account: Any) -> None:
    account.sandbox.oauth.revoke()
    client = account.client()
    for _ in range(5):
        with pytest.raises(AuthorisationError):
            client.me()
    posts = [endpoint for method, endpoint, _ in account.sandbox.requests if method == "POST"]
    assert len(posts) == 1


def test_a_token_falsely_called_dead_comes_back_to_life(account: Any) -> None:
    account.sandbox.clock.advance(hours=2)
    account.sandbox.faults.add(Fault("false_invalid_grant"))
    before = account.state.auth.token()
    with pytest.raises(AuthorisationError):
        account.client().me()
    kept = account.state.auth.token()
    assert kept.refresh_token is None
    assert kept.suspects[0].refresh_token == before.refresh_token
    account.sandbox.clock.advance(minutes=61)
    assert account.client().me().id == "segue-listener"
    restored = account.state.auth.token()
    assert restored.authorized_at == before.authorized_at
    assert restored.suspects == ()


def test_a_token_called_dead_by_a_clock_that_was_ahead_does_not_rest_until_then(
    account: Any,
) -> None:
    account.sandbox.clock.advance(hours=2)
    account.sandbox.faults.add(Fault("false_invalid_grant"))
    with pytest.raises(AuthorisationError):
        account.client().me()
    token = account.state.auth.token()
    ahead = replace(token.suspects[0], suspected_at=token.suspects[0].suspected_at + timedelta(90))
    account.state.auth.set_token(replace(token, suspects=(ahead,)))
    assert account.client().me().id == "segue-listener"


def test_a_login_for_another_app_is_not_used(account: Any) -> None:
    account.settings = account.settings.model_copy(update={"client_id": "another"})
    with pytest.raises(AuthorisationError, match="another app"):
        account.client().me()
    assert account.sandbox.requests == []


def test_a_process_that_lost_the_race_to_renew_uses_the_winners_token(account: Any) -> None:
    account.sandbox.clock.advance(hours=2)
    stale = account.state.auth.token()
    account.client().me()
    fresh = account.state.auth.token()
    from segued.spotify.calls import TokenSource

    source = TokenSource(account.settings, account.state.auth, account.sandbox.clock.now)
    assert source._refresh(stale, stale.refresh_token) == fresh.access_token
    assert account.state.auth.token() == fresh


def test_the_days_left_are_counted(account: Any) -> None:
    now = account.sandbox.clock.now()
    status = login_status(account.state.auth, now)
    assert status.ends_at is not None
    assert status.days_left == (status.ends_at - now).days
    assert 180 <= status.days_left <= 184
    later = login_status(account.state.auth, status.ends_at - timedelta(hours=30))
    assert later.days_left == 1
