"""Every recipe of docs/recipes.md makes a playlist on the account of the sandbox, as it stands."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.sounds import noise, saved, saved_clap

from segued.config.load import check
from segued.enrich.job import run_enrich
from segued.learn.job import run_learn
from segued.refresh.job import refresh_all
from segued.refresh.outcome import Refreshed
from segued.run import Run
from segued.sandbox.calls import SandboxSettings
from segued.sandbox.server import Sandbox, running
from segued.store.access import TokenDocument
from segued.store.state import State
from segued.sync.account import run_sync

NOW = datetime(2026, 11, 19, 12, tzinfo=UTC)
TEXT = (Path(__file__).parents[2] / "docs" / "recipes.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```toml\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
RECIPES = [block for block in BLOCKS if "[coverage]" not in block]
COVERAGE = next(block for block in BLOCKS if "[coverage]" in block)
NAMES = [re.search(r'^name = "(.*)"$', recipe, re.MULTILINE)[1] for recipe in RECIPES]
BASE = """
timezone = "UTC"
[spotify]
client_id = "sandbox-client"
api_url = "{api_url}"
accounts_url = "{base}"
[features]
reccobeats_url = "{base}/reccobeats"
interval_seconds = 0.0
audio_folder = "{music}"
[lyrics]
enabled = false
[sound]
enabled = true
model = "{music}/.clap"
[tags]
musicbrainz_url = "{base}/musicbrainz"
listenbrainz_url = "{base}/listenbrainz"
interval_seconds = 0.0
[discover]
released_within = "1 year"
calls_a_day = 500
labs_url = "{base}/listenbrainz/labs"
[learn]
enabled = true
effort = 0.02
forced = ["association", "continuation", "embedding", "taste"]
"""


@contextmanager
def opened(sandbox: Sandbox, folder: Path, recipes: str) -> Iterator[Run]:
    """A run of these recipes, logged in to the sandbox."""
    with closing(State.open(folder)) as state:
        given = sandbox.tokens()
        until = datetime.fromtimestamp(given["expires_at"], UTC)
        access, refresh, scope = (given[key] for key in ("access_token", "refresh_token", "scope"))
        state.auth.set_token(TokenDocument(access, refresh, until, scope, NOW))
        music = folder.parent / "music"
        text = BASE.format(api_url=sandbox.api_url, base=sandbox.accounts_url, music=music)
        text += recipes
        with Run(check(text, "config.toml", {}).settings, state, {}, lambda: NOW) as run:
            yield run


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Refreshed]]:
    """What one refresh of all recipes made, by name; the account was learned from before."""
    folder = tmp_path_factory.mktemp("recipes") / "state"
    with running(SandboxSettings(now=NOW, play_days=30)) as sandbox:
        with opened(sandbox, folder, "".join(RECIPES)) as run:
            run_sync(run)
            _hear(run, folder.parent / "music")
            run_enrich(run, parts=["features", "genres"])
            run_learn(run)
            outcome = refresh_all(run, ())
        written = {playlist.name: playlist for playlist in sandbox.world.account.playlists.values()}
        assert {name for name in NAMES if "{" not in name} <= written.keys()
        yield {each.plan.name: each for each in outcome.refreshed}


def _hear(run: Run, music: Path) -> None:
    """Some of the likes as files, and a model to hear them; nothing without the extra `audio`."""
    if importlib.util.find_spec("librosa") is None:
        return
    (music / ".clap").mkdir(parents=True)
    saved_clap(music / ".clap")
    tracks = run.state.library.tracks()
    for seed, liked in enumerate(run.state.library.liked()[:12]):
        saved(music / f"{seed}.flac", noise(seed), tracks[liked.track_id])


def test_there_are_at_least_twenty_and_no_two_of_a_name() -> None:
    assert len(RECIPES) >= 20
    assert len(set(NAMES)) == len(RECIPES)


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_writes_a_playlist_and_says_why(made: dict[str, Refreshed], name: str) -> None:
    if "like_sound" in RECIPES[NAMES.index(name)]:
        pytest.importorskip("librosa", reason="the extra `audio` is not installed")
    plan = made[name].plan
    assert made[name].error is None
    assert plan.status == "changed", plan.guards
    assert len(plan.after) >= 5
    assert all(item.why for item in plan.after)
    assert not [note for note in plan.notes if "left out" in note or "could not" in note]


def test_lists_under_one_plan_share_no_song_and_hold_what_is_due(tmp_path: Path) -> None:
    small = SandboxSettings(tracks=400, artists=80, likes=300, playlists=2, play_days=2, now=NOW)
    with running(small) as sandbox, opened(sandbox, tmp_path / "state", COVERAGE) as run:
        lists = {each.plan.name: each for each in refresh_all(run, ()).refreshed}
    daily, weekly = lists["Every Day"], lists["Every Monday"]
    assert (len(daily.plan.after), len(weekly.plan.after)) == (20, 30)
    assert set(daily.plan.uris).isdisjoint(weekly.plan.uris)
    for each in (daily, weekly):
        held = {
            r.uri
            for r in each.plan.after
            if any(x.kind == "coverage" and x.weight for x in r.reasons)
        }
        assert held == {f"spotify:track:{i}" for i in each.planned.due} != set()
