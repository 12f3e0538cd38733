"""`segued --once`: one full pass, and the right exit code."""

from __future__ import annotations

import signal
from datetime import UTC, datetime
from typing import Any

import psutil

from segued.sandbox.control.faults import Fault

RECIPES = """
[[playlist]]
name = "Mornings"
from = "liked"
length = 20
[[playlist]]
name = "Evenings"
from = "liked"
length = 10
"""


def test_once_makes_every_playlist_and_ends_with_its_code(home: Any) -> None:
    assert home.once() == 0
    assert {name: len(uris) for name, uris in home.mine.items()} == {
        "Mornings": 20,
        "Evenings": 10,
    }
    assert {reason for _, _, reason in home.runs()} == {"segued --once"}


def test_once_without_a_login_ends_with_4(home: Any) -> None:
    with home.state() as state:
        state.auth.clear()
    assert home.once() == 4


def test_once_with_a_playlist_that_cannot_be_made_ends_with_3(home: Any) -> None:
    home.write_config(
        recipes=RECIPES + '[[playlist]]\nname = "Nothing"\nfrom = "playlist:No Such Playlist"\n'
    )
    assert home.once() == 3
    assert set(home.mine) == {"Mornings", "Evenings"}


def test_once_at_a_quota_ends_with_5(home: Any) -> None:
    home.sandbox.faults.add(Fault("quota", "GET", "/me/tracks", times=None, retry_after=50_000))
    assert home.once() == 5


def test_once_with_a_wrong_configuration_ends_with_2_and_does_nothing(home: Any) -> None:
    home.config.write_text("[[playlist]]\nnme = 1\n")
    assert home.once() == 2
    assert "playlist[0].nme" in home.log
    assert not (home.folder / "state" / "runs.json").exists()


def test_once_that_is_asked_to_end_ends_its_job_too(home: Any) -> None:
    home.sandbox.faults.add(Fault("stall", "GET", "/me/tracks", times=None, seconds=600))
    process = home.start("--once")
    home.wait_until(lambda: home.struck)
    job = psutil.Process(process.pid).children()[0]
    process.send_signal(signal.SIGTERM)
    assert home.end_of(process) == 128 + signal.SIGTERM
    assert not job.is_running()


def test_once_leaves_paused_playlists_out(home: Any) -> None:
    with home.state() as state:
        state.schedules.pause(["refresh:mornings"], datetime.now(UTC))
    assert home.once() == 0
    assert set(home.mine) == {"Evenings"}
