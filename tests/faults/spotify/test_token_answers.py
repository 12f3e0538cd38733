"""Answers of the token endpoint that are partly good: what they renew is never lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segue.errors import MalformedAnswerError, SegueError
from segued.spotify.calls import TokenSource

GOOD = {
    "access_token": "new-access",
    "refresh_token": "new-refresh",
    "expires_in": 3600,
    "scope": "user-library-read",
    "token_type": "Bearer",
}


class Endpoint:
    """A token endpoint that gives one body, and the login that is renewed there."""

    def __init__(self, account: Any, base: str) -> None:
        self.body = b""
        self.store = account.state.auth
        self.before = self.store.token()
        self.now = self.before.expires_at + timedelta(minutes=5)
        section = account.settings.model_copy(update={"accounts_url": base})
        self.source = TokenSource(section, self.store, lambda: self.now)

    def renew(self, body: bytes) -> str:
        self.store.set_token(self.before)
        self.body = body
        return self.source.access_token()


@pytest.fixture
def endpoint(account: Any, serving: Callable[..., Any]) -> Iterator[Endpoint]:
    with ExitStack() as stack:
        base, _ = stack.enter_context(serving(lambda _: (200, {}, made.body)))
        made = Endpoint(account, base)
        yield made


@pytest.mark.parametrize(
    ("expires_in", "seconds"),
    [("3600", 3600), (None, 3600), (1e12, 3600), (-5, 3600), (True, 3600), ([], 3600), (90, 90)],
)
def test_a_token_that_lives_oddly_long_is_stored_all_the_same(
    endpoint: Endpoint, expires_in: object, seconds: int
) -> None:
    assert endpoint.renew(json.dumps(GOOD | {"expires_in": expires_in}).encode()) == "new-access"
    token = endpoint.store.token()
    assert token.refresh_token == "new-refresh"
    assert token.expires_at == endpoint.now + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "access_token", [None, "", 7, "with blank", "line\nbreak", "caf\u00e9", "a" * 5000, "\ud800"]
)
def test_a_new_refresh_token_is_stored_although_the_access_token_is_useless(
    endpoint: Endpoint, access_token: object
) -> None:
    with pytest.raises(MalformedAnswerError, match="access token"):
        endpoint.renew(json.dumps(GOOD | {"access_token": access_token}).encode())
    assert endpoint.store.token().refresh_token == "new-refresh"
    # The next run renews with it.
    endpoint.body = json.dumps(GOOD | {"refresh_token": "newer"}).encode()
    assert endpoint.source.access_token() == "new-access"
    assert endpoint.store.token().refresh_token == "newer"


@pytest.mark.parametrize(
    "tail", [b"", b', "x": ' + b"[" * 100_000, b', "scope": "\\ud800"}', b', "x": NaN}', b', "sco']
)
def test_tokens_are_read_out_of_an_answer_that_is_garbled_behind_them(
    endpoint: Endpoint, tail: bytes
) -> None:
    body = b'{"access_token": "new-access", "refresh_token": "new-refresh"' + tail
    assert endpoint.renew(body) == "new-access"
    assert endpoint.store.token().refresh_token == "new-refresh"


def test_a_token_that_is_cut_short_is_not_taken(endpoint: Endpoint) -> None:
    with pytest.raises(MalformedAnswerError):
        endpoint.renew(b'{"access_token": "new-acc')
    assert endpoint.store.token() == endpoint.before


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.sampled_from(["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-23:59", 1e30, 2**70]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


NOT_CHECKED = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=NOT_CHECKED,
)
@given(
    odd=st.dictionaries(st.sampled_from([*GOOD, "error", "other"]), _JSON, max_size=4),
    kept=st.booleans(),
)
def test_no_answer_is_more_than_an_error_of_ours(
    endpoint: Endpoint, odd: dict[str, object], kept: bool
) -> None:
    answer = GOOD | odd | ({"refresh_token": "new-refresh"} if kept else {})
    with suppress(SegueError):
        endpoint.renew(json.dumps(answer).encode())
    token = endpoint.store.token()
    assert token.refresh_token
    if kept:
        assert token.refresh_token == "new-refresh"
