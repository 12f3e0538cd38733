"""Ten thousand tracks against the sandbox's ReccoBeats: how many calls that takes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from segued.sandbox.calls import SandboxSettings
from segued.sandbox.control.faults import Fault
from segued.sandbox.server import Sandbox, running

ENDPOINT = "/reccobeats/v1/audio-features"
COUNT = 10_000


@pytest.fixture(scope="module")
def served() -> Iterator[Sandbox]:
    settings = SandboxSettings(tracks=COUNT, artists=600, likes=10, playlists=1, play_days=1)
    with running(settings) as sandbox:
        yield sandbox


@pytest.mark.slow
def test_ten_thousand_tracks_take_250_calls_and_the_retries(house) -> None:
    retries = 3
    house.sandbox.faults.add(Fault("error_before", "GET", ENDPOINT, nth=100, times=retries - 1))
    house.sandbox.faults.add(Fault("cut_before", "GET", ENDPOINT, nth=200, times=1))
    tracks = house.tracks(COUNT)
    assert len(tracks) == COUNT
    outcome = house.enrich(tracks)
    assert outcome.complete
    assert outcome.features is not None
    assert house.asked[ENDPOINT] <= 250 + retries
    found, missing = outcome.features.found["reccobeats"], outcome.features.missing["reccobeats"]
    assert found + missing == COUNT
    assert found == len(house.state.features.known())
    assert missing > 500
    house.reopen()
    house.sandbox.clear_requests()
    assert house.enrich(tracks).complete
    assert house.sandbox.requests == []
