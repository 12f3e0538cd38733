"""Spotify's old endpoint of audio features: given to old apps, refused once to all others."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from segued.config.sections import SpotifySection
from segued.enrich.job import enrich
from segued.sandbox.calls import SandboxSettings
from segued.sandbox.server import Sandbox, running
from segued.spotify.client import SpotifyClient
from segued.store.access import TokenDocument

ENDPOINTS = ("/audio-features", "/audio-features/")


def served_as(mode: str) -> SandboxSettings:
    return SandboxSettings(mode=mode, tracks=250, artists=50, likes=5, playlists=1, play_days=1)


@pytest.fixture(params=["extended", "development"])
def served(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with running(served_as(request.param)) as sandbox:
        yield sandbox


@pytest.fixture
def client(house) -> Iterator[SpotifyClient]:
    given, far = house.sandbox.tokens(), house.now + timedelta(days=60)
    token = TokenDocument(
        given["access_token"], given["refresh_token"], far, given["scope"], far, "sandbox-client"
    )
    house.state.auth.set_token(token)
    base = house.sandbox.accounts_url
    section = SpotifySection(client_id="sandbox-client", api_url=f"{base}/v1", accounts_url=base)
    made = SpotifyClient(section, house.state.auth, house.state.budget, clock=lambda: house.now)
    yield made
    made.close()


def look(house, client: SpotifyClient):
    run = house.run
    run.once("client", lambda: client)
    return enrich(run, house.tracks(250), parts=("features",))


def test_an_old_app_gets_features_a_hundred_a_call_and_another_one_clear_line(
    house, client
) -> None:
    house.features["sources"] = ["spotify"]
    outcome = look(house, client)
    calls = sum("audio-features" in path for _, path, _ in house.sandbox.requests)
    if house.sandbox.settings.mode == "extended":
        assert outcome.complete
        assert (calls, len(house.state.features.known())) == (3, 250)
        return
    (line,) = outcome.said()
    assert "does not give this app audio features" in line
    assert calls == 1
    assert house.state.features.misses() == {}
    house.later(days=29)
    look(house, client)
    assert sum("audio-features" in path for _, path, _ in house.sandbox.requests) == 1


def test_where_spotify_refuses_reccobeats_goes_on(house, client, tmp_path: Path) -> None:
    if house.sandbox.settings.mode == "extended":
        pytest.skip("it is not refused there")
    house.features["sources"] = ["spotify", "reccobeats"]
    outcome = look(house, client)
    assert outcome.features.found["reccobeats"] > 100
    assert list(outcome.failures) == ["spotify"]
    assert outcome.exit_code == 3
