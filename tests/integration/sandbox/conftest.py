"""A small sandbox on a loopback port, and a caller that speaks to it as an app does."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import requests

from segued.sandbox.calls import SandboxSettings
from segued.sandbox.server import running

NOW = datetime(2026, 10, 15, 12, 0, tzinfo=UTC)


def small(**changes):
    values = {"tracks": 300, "artists": 40, "likes": 120, "playlists": 6, "now": NOW} | changes
    return SandboxSettings(**values)


class Caller:
    """Calls the Web API of a sandbox with one token."""

    def __init__(self, sandbox, scope=None):
        self.sandbox = sandbox
        self.session = requests.Session()
        token = sandbox.tokens(scope)["access_token"]
        self.session.headers["Authorization"] = f"Bearer {token}"

    def __call__(self, method, path, body=None, **options):
        url = f"{self.sandbox.api_url}{path}"
        return self.session.request(method, url, json=body, timeout=120, **options)

    def get(self, path):
        return self("GET", path).json()

    def uris(self, playlist_id):
        rows = self.get(f"/playlists/{playlist_id}/items?limit=50")["items"]
        return [row["item"]["uri"] for row in rows]


@pytest.fixture(scope="module")
def shared_sandbox():
    with running(small()) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared_sandbox):
    """A sandbox of the test's module, with nothing wrong with it and an empty log."""
    shared_sandbox.faults.clear()
    shared_sandbox.clear_requests()
    return shared_sandbox


@pytest.fixture
def api(sandbox):
    return Caller(sandbox)


@pytest.fixture
def caller():
    return Caller


@pytest.fixture
def settings():
    return small


@pytest.fixture
def uris(sandbox):
    """The URIs of tracks that can be written into playlists."""
    return [track.uri for track in sandbox.world.catalogue.tracks.values() if track.playable]


@pytest.fixture
def playlist(sandbox, uris):
    """A playlist of five tracks."""
    return sandbox.human.create_playlist("Five", uris[:5])
