"""The client against a service that misbehaves: each fault has one clear outcome."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from segue.errors import (
    AuthorisationError,
    ForbiddenError,
    MalformedAnswerError,
    QuotaExceededError,
    RateLimitedError,
    UnavailableError,
)
from segued.sandbox.control.faults import Fault

LIKES = ("GET", "/me/tracks")


def statuses(account: Any) -> list[int]:
    return [status for _, _, status in account.sandbox.requests]


def playlist(account: Any) -> tuple[str, list[str]]:
    tracks = list(account.sandbox.world.catalogue.tracks.values())
    uris = [track.uri for track in tracks if account.sandbox.world.writable(track.uri)][:4]
    return account.sandbox.human.create_playlist("Mine", uris[:2]), uris


def test_a_short_retry_after_is_waited_for(account: Any) -> None:
    account.sandbox.faults.add(Fault("rate_limit", *LIKES, retry_after=2, times=2))
    assert len(account.client().saved_tracks_page(0).items) == 50
    assert len(account.slept) == 2
    assert all(2 <= pause <= 5 for pause in account.slept)


def test_a_short_retry_after_that_never_ends_is_given_up_with_a_time(account: Any) -> None:
    account.sandbox.faults.add(Fault("rate_limit", *LIKES, retry_after=1, times=None))
    with pytest.raises(RateLimitedError) as caught:
        account.client().saved_tracks_page(0)
    assert caught.value.retry_at > account.sandbox.clock.now()
    assert len(account.sandbox.requests) == 4
    assert sum(account.slept) < 10


@pytest.mark.parametrize(("retry_after", "seconds"), [(6, 6), (48_925, 48_925), (None, 60)])
def test_a_long_or_absent_retry_after_ends_the_stage_at_once(
    account: Any, retry_after: int | None, seconds: int
) -> None:
    account.sandbox.faults.add(Fault("rate_limit", *LIKES, retry_after=retry_after))
    with pytest.raises(RateLimitedError) as caught:
        account.client().saved_tracks_page(0)
    until = account.sandbox.clock.now() + timedelta(seconds=seconds)
    assert caught.value.retry_at == until
    assert caught.value.exit_code == 5
    assert account.slept == []
    # The next process does not even ask, until the time has come.
    with pytest.raises(RateLimitedError):
        account.client().saved_tracks_page(0)
    assert len(account.sandbox.requests) == 1
    account.sandbox.clock.set(until)
    assert account.client().saved_tracks_page(0).items


def test_the_quota_stops_at_once_even_with_a_short_retry_after(account: Any) -> None:
    account.sandbox.faults.add(Fault("quota", *LIKES, retry_after=3))
    with pytest.raises(QuotaExceededError):
        account.client().saved_tracks_page(0)
    assert (account.slept, len(account.sandbox.requests)) == ([], 1)


def test_only_the_endpoint_whose_quota_is_used_up_is_left_alone(account: Any) -> None:
    account.sandbox.faults.add(Fault("quota", *LIKES, retry_after=70_000))
    client = account.client()
    with pytest.raises(QuotaExceededError):
        client.saved_tracks_page(0)
    assert client.list_playlists().summaries


@pytest.mark.parametrize(
    "kind", ["error_before", "cut_before", "cut_body", "truncated", "not_json"]
)
def test_a_passing_failure_of_a_read_is_asked_again(account: Any, kind: str) -> None:
    account.sandbox.faults.add(Fault(kind, *LIKES, times=2))
    assert len(account.client().saved_tracks_page(0).items) == 50
    assert len(account.slept) == 2


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("error_before", UnavailableError),
        ("cut_before", UnavailableError),
        ("cut_body", UnavailableError),
        ("truncated", MalformedAnswerError),
        ("not_json", (MalformedAnswerError, UnavailableError)),
    ],
)
def test_a_lasting_failure_of_a_read_is_bounded_and_named(
    account: Any, kind: str, error: type[Exception]
) -> None:
    account.sandbox.faults.add(Fault(kind, *LIKES, times=None))
    with pytest.raises(error, match="GET /me/tracks"):
        account.client().saved_tracks_page(0)
    assert len(account.sandbox.requests) <= 3
    assert sum(account.slept) < 5


@pytest.mark.parametrize("kind", ["stall", "slow_body"])
def test_a_service_that_hangs_is_given_up_in_bounded_time(
    open_account: Callable[..., Any], kind: str
) -> None:
    account = open_account(timeout_seconds=0.3)
    account.sandbox.faults.add(Fault(kind, *LIKES, seconds=30, times=None))
    with pytest.raises(UnavailableError, match="in time"):
        account.client().saved_tracks_page(0)


def test_a_page_of_html_with_403_is_a_refusal_and_not_the_end_of_the_login(account: Any) -> None:
    account.sandbox.faults.add(Fault("cloudflare", *LIKES))
    with pytest.raises(ForbiddenError):
        account.client().saved_tracks_page(0)
    assert account.state.auth.token().refresh_token


def test_null_rows_keep_their_places(account: Any) -> None:
    account.sandbox.faults.add(Fault("null_rows", *LIKES, rows=(0, 7, -1)))
    page = account.client().saved_tracks_page(0)
    assert [i for i, row in enumerate(page.rows) if row is None] == [0, 7, 49]
    assert page.next_offset == 50


def test_a_list_of_playlists_with_a_null_row_is_read_again(account: Any) -> None:
    account.sandbox.faults.add(Fault("null_rows", "GET", "/me/playlists", rows=(1,)))
    listing = account.client().list_playlists()
    assert listing.complete
    world = account.sandbox.world.account
    shown = [each for each in world.listed if not world.playlists[each].spotify_owned]
    assert len(listing.summaries) == len(shown)


@pytest.mark.parametrize("kind", ["error_before", "error_after", "cut_before", "cut_after"])
def test_a_write_that_fails_is_sent_once_and_called_unavailable(account: Any, kind: str) -> None:
    playlist_id, uris = playlist(account)
    account.sandbox.clear_requests()
    account.sandbox.faults.add(Fault(kind, "POST", "/playlists/{id}/items", status=502))
    with pytest.raises(UnavailableError):
        account.client().add_items(playlist_id, uris[2:])
    assert len(account.sandbox.requests) == 1
    took_effect = kind.endswith("after")
    record = account.sandbox.world.account.playlists[playlist_id]
    assert len(record.rows) == (4 if took_effect else 2)


def test_a_write_whose_answer_is_garbled_is_ambiguous(account: Any) -> None:
    playlist_id, uris = playlist(account)
    account.sandbox.faults.add(Fault("truncated", "PUT", "/playlists/{id}/items"))
    with pytest.raises(UnavailableError):
        account.client().replace_items(playlist_id, uris)


def test_a_write_that_was_refused_for_a_moment_is_made_once(account: Any) -> None:
    playlist_id, uris = playlist(account)
    account.sandbox.faults.add(Fault("rate_limit", "POST", "/playlists/{id}/items", retry_after=1))
    account.client().add_items(playlist_id, uris[2:])
    assert list(account.sandbox.world.account.playlists[playlist_id].uris) == uris


def test_a_playlist_edited_while_it_is_read_is_read_again(account: Any) -> None:
    tracks = list(account.sandbox.world.catalogue.tracks.values())
    uris = [track.uri for track in tracks if account.sandbox.world.writable(track.uri)]
    playlist_id = account.sandbox.human.create_playlist("Long", uris[:150])
    account.sandbox.faults.add(
        Fault(
            "edit",
            "GET",
            "/playlists/{id}/items",
            edit=lambda: account.sandbox.human.remove(playlist_id, uris[:1]),
        )
    )
    read = account.client().read_playlist(playlist_id)
    assert list(read.uris) == uris[1:150]


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("error_before", UnavailableError),
        ("cut_before", UnavailableError),
        ("cut_body", UnavailableError),
        ("not_json", (MalformedAnswerError, UnavailableError)),
        ("rate_limit", RateLimitedError),
    ],
)
def test_an_outage_of_the_token_endpoint_is_not_the_end_of_the_login(
    open_account: Callable[..., Any], kind: str, error: type[Exception]
) -> None:
    account = open_account(refresh_rotates=False)
    before = account.state.auth.token()
    account.sandbox.clock.advance(hours=2)
    fault = Fault(kind, "POST", "/api/token", times=None, retry_after=30)
    account.sandbox.faults.add(fault)
    with pytest.raises(error):
        account.client().me()
    assert account.state.auth.token() == before
    account.sandbox.faults.clear()
    assert account.client().me().id == "segue-listener"


def test_a_refresh_reply_that_omits_fields_keeps_the_old_ones(
    open_account: Callable[..., Any],
) -> None:
    account = open_account(refresh_rotates=False, refresh_names_scope=False)
    before = account.state.auth.token()
    account.sandbox.clock.advance(hours=2)
    account.client().me()
    after = account.state.auth.token()
    assert after.access_token != before.access_token
    assert (after.refresh_token, after.scope) == (before.refresh_token, before.scope)


def test_a_withdrawn_login_is_a_matter_of_authorisation(account: Any) -> None:
    account.sandbox.oauth.revoke()
    with pytest.raises(AuthorisationError, match="segue auth login") as caught:
        account.client().me()
    assert caught.value.exit_code == 4


def test_nobody_listening_is_unavailable(account: Any) -> None:
    account.settings = account.settings.model_copy(update={"api_url": "http://127.0.0.1:9/v1"})
    with pytest.raises(UnavailableError, match="could not be reached"):
        account.client().me()
