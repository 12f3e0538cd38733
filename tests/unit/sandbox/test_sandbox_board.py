"""When faults strike."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime

import pytest

from segued.sandbox.account.world import Clock, make_world, timestamp_ms
from segued.sandbox.calls import SandboxSettings
from segued.sandbox.control.faults import Fault, FaultBoard
from segued.sandbox.spotify.catalogue import parse_query


def strikes(board, count, method="GET", endpoint="/me"):
    return [len(board.strike(method, endpoint)) for _ in range(count)]


@pytest.mark.parametrize(
    ("nth", "times", "expected"),
    [(1, 1, [1, 0, 0, 0]), (3, 1, [0, 0, 1, 0]), (2, 2, [0, 1, 1, 0]), (2, None, [0, 1, 1, 1])],
)
def test_a_fault_strikes_from_the_nth_request_on_so_many_times(nth, times, expected):
    board = FaultBoard()
    board.add(Fault("stall", nth=nth, times=times))
    assert strikes(board, 4) == expected


def test_requests_that_do_not_match_are_not_counted():
    board = FaultBoard()
    board.add(Fault("stall", "GET", "/me", nth=2))
    assert strikes(board, 2, "PUT") == [0, 0]
    assert strikes(board, 2, endpoint="/other") == [0, 0]
    assert strikes(board, 2) == [0, 1]


def test_several_faults_can_strike_one_request():
    board = FaultBoard()
    board.add(Fault("stall"), Fault("truncated"))
    assert strikes(board, 1) == [2]


def test_a_moment_without_a_zone_cannot_be_set():
    clock = Clock(datetime(2026, 1, 1, tzinfo=UTC), ticking=False)
    with pytest.raises(ValueError, match="time zone"):
        clock.set(datetime.fromisoformat("2026-01-01T00:00:00"))
    assert timestamp_ms(clock.advance(days=1, seconds=0.25)) == "2026-01-02T00:00:00.250Z"


@pytest.mark.parametrize("change", [{"tracks": 0}, {"likes": -1}, {"now": datetime(2026, 1, 1)}])  # noqa: DTZ001 (refusing it is the point)
def test_settings_that_cannot_work_are_refused(change):
    with pytest.raises(ValueError, match=next(iter(change))):
        SandboxSettings(**change)


@pytest.mark.parametrize(
    "change",
    [
        {"tracks": 1, "artists": 1, "genres": 1, "likes": 5, "playlists": 1},
        {"tracks": 50, "artists": 200, "playlists": 60},
        {"likes": 0, "playlists": 0, "play_days": 0},
    ],
)
def test_a_world_of_any_size_can_be_made(change):
    now = datetime(2026, 10, 15, tzinfo=UTC)
    world = make_world(SandboxSettings(**change), Clock(now, ticking=False))
    assert len(world.catalogue.tracks) == SandboxSettings(**change).tracks
    assert set(world.top_tracks("short_term")) <= set(world.catalogue.tracks)


def test_a_query_is_taken_apart_into_filters_and_words():
    query = parse_query('track:"Lost Storm" artist:Bell quiet Night')
    assert dict(query.filters) == {"track": "lost storm", "artist": "bell"}
    assert query.words == ("quiet", "night")


def test_the_sandbox_starts_without_torch():
    code = (
        "import sys, segued.sandbox.server; "
        "heavy = {'torch', 'transformers', 'sklearn', 'scipy', 'polars'} & set(sys.modules); "
        "sys.exit(', '.join(sorted(heavy)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stderr
