"""The client against a real HTTP server that behaves."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
import requests

from segue.errors import AuthorisationError, ForbiddenError, NotFoundError


def own(account: Any) -> Any:
    return next(
        each
        for each in account.sandbox.world.account.playlists.values()
        if each.owner_id == "segue-listener"
        and len(each.rows) > 5
        and all(row.uri.startswith("spotify:track:") for row in each.rows)
    )


def uris(account: Any, count: int, start: int = 0) -> list[str]:
    tracks = list(account.sandbox.world.catalogue.tracks.values())
    found = [track.uri for track in tracks if account.sandbox.world.writable(track.uri)]
    return found[start : start + count]


def test_it_knows_whose_account_it_is(account: Any) -> None:
    assert account.client().me().id == "segue-listener"


def test_likes_are_paged_newest_first(account: Any) -> None:
    client = account.client()
    first, last = client.saved_tracks_page(0), client.saved_tracks_page(100)
    expected = list(account.sandbox.world.account.likes)
    assert [saved.track_id for saved, _ in first.items] == expected[:50]
    assert [saved.track_id for saved, _ in last.items] == expected[100:]
    assert (first.total, first.next_offset, last.next_offset) == (130, 50, None)


def test_requests_are_counted_by_endpoint(account: Any) -> None:
    client = account.client()
    client.saved_tracks_page(0)
    client.saved_tracks_page(50)
    client.list_playlists()
    assert client.requests == {"GET /me/tracks": 2, "GET /me/playlists": 1}


@pytest.mark.parametrize("mode", ["development", "extended"])
def test_a_playlist_is_read_whole_in_either_regime(
    open_account: Callable[..., Any], mode: str
) -> None:
    account = open_account(mode)
    record = own(account)
    client = account.client()
    playlist = client.read_playlist(record.id)
    assert playlist.uris == record.uris
    assert playlist.complete
    assert playlist.summary.snapshot_id == record.snapshot_id
    client.list_playlists()
    assert client.regime == mode


def test_a_long_playlist_is_read_page_by_page_and_its_version_checked(account: Any) -> None:
    many = uris(account, 230)
    playlist_id = account.sandbox.human.create_playlist("Long", many)
    client = account.client()
    assert list(client.read_playlist(playlist_id).uris) == many
    assert client.requests["GET /playlists/{id}"] == 2


def test_what_is_no_track_keeps_its_place(account: Any) -> None:
    human = account.sandbox.human
    playlist_id = human.create_playlist("Mixed", uris(account, 2))
    human.add_local_file(playlist_id, "Tape", "Ann")
    human.add_episode(playlist_id)
    human.add(playlist_id, uris(account, 1, 5))
    playlist = account.client().read_playlist(playlist_id)
    kinds = [entry.kind for entry in playlist.entries]
    assert kinds == ["track", "track", "local", "episode", "track"]
    assert playlist.complete


def test_writes_do_what_they_say_and_name_the_new_version(account: Any) -> None:
    client = account.client()
    made = client.create_playlist("New & old", public=False, description="a < b & c · segue:x1")
    record = account.sandbox.world.account.playlists[made.id]
    assert not record.public
    a, b, c, d = uris(account, 4)
    assert client.replace_items(made.id, [a, b]) == record.snapshot_id
    assert client.add_items(made.id, [c, d], 0) == record.snapshot_id
    assert record.uris == (c, d, a, b)
    assert client.reorder_items(made.id, 0, 4, 2, record.snapshot_id) == record.snapshot_id
    assert record.uris == (a, b, c, d)
    assert client.remove_items(made.id, [b], record.snapshot_id) == record.snapshot_id
    assert client.add_items(made.id, [b]) == record.snapshot_id
    assert record.uris == (a, c, d, b)
    client.replace_items(made.id, [])
    assert record.uris == ()
    client.change_details(made.id, name="Newer")
    summary = client.read_playlist(made.id).summary
    assert (summary.name, summary.description) == ("Newer", "a < b & c · segue:x1")


def test_a_playlist_of_others_is_forbidden_and_no_retry_is_made(account: Any) -> None:
    others = next(
        each
        for each in account.sandbox.world.account.playlists.values()
        if each.owner_id not in ("segue-listener", "spotify") and not each.collaborative
    )
    client = account.client()
    with pytest.raises(ForbiddenError, match="Development"):
        client.read_playlist(others.id)
    assert client.requests["GET /playlists/{id}/items"] == 1


def test_what_does_not_exist_is_not_found(account: Any) -> None:
    client = account.client()
    with pytest.raises(NotFoundError):
        client.read_playlist("0" * 22)
    with pytest.raises(NotFoundError):
        client.track("0" * 22)


def test_without_a_login_nothing_is_asked(account: Any) -> None:
    account.state.auth.clear()
    with pytest.raises(AuthorisationError, match="segue auth login"):
        account.client().me()
    assert account.sandbox.requests == []


def test_a_missing_scope_is_a_matter_of_authorisation(account: Any) -> None:
    from dataclasses import replace

    granted = account.sandbox.tokens(scope="user-library-read")
    known = account.state.auth.token()
    account.state.auth.set_token(replace(known, access_token=granted["access_token"]))
    with pytest.raises(AuthorisationError, match="segue auth login"):
        account.client().top_tracks("short")


def test_no_log_at_any_level_shows_a_token(account: Any) -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    root = logging.getLogger()
    loggers = [root, *map(logging.getLogger, ("spotipy", "urllib3"))]  # which others may quieten
    levels = [each.level for each in loggers]
    root.addHandler(handler)
    for each in loggers:
        each.setLevel(logging.DEBUG)
    try:
        client = account.client()
        account.sandbox.oauth.expire_access()
        client.me()
        client.create_playlist("Logged", public=False, description="")
    finally:
        root.removeHandler(handler)
        for each, level in zip(loggers, levels, strict=True):
            each.setLevel(level)
    logged = stream.getvalue()
    assert "Sending GET" in logged  # spotipy's log was really on
    secrets = [account.state.auth.token()]
    for token in secrets:
        assert token.access_token not in logged
        assert token.refresh_token not in logged
    assert "Bearer" not in logged
    assert "refresh_token" not in logged


def test_items_are_added_by_the_documented_body(account: Any, monkeypatch: Any) -> None:
    bodies: list[object] = []
    send = requests.Session.send

    def noted(session: requests.Session, request: Any, **options: Any) -> Any:
        if request.method == "POST" and request.url.endswith("/items"):
            bodies.append(json.loads(request.body))
        return send(session, request, **options)

    monkeypatch.setattr(requests.Session, "send", noted)
    two = uris(account, 2)
    client = account.client()
    made = client.create_playlist("C", public=False, description="")
    client.add_items(made.id, two)
    client.add_items(made.id, two[:1], 0)
    assert bodies == [{"uris": two}, {"uris": two[:1], "position": 0}]
