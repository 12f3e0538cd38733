"""Learning from a whole account: in a process of its own, once, and used by recipes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from segue.errors import UsageError
from segue.models.learners import LEARNERS
from segue.models.scorer import Query
from segued.config.load import check
from segued.config.schema import Settings
from segued.enrich.job import run_enrich
from segued.imports.history import import_history
from segued.learn.job import due, known_data, mark_of, run_learn
from segued.refresh.planning import plan_all
from segued.run import Run
from segued.sandbox.calls import SandboxSettings
from segued.sandbox.server import Sandbox, running
from segued.store.access import TokenDocument
from segued.store.state import State
from segued.sync.account import sync
from segued.worker.messages import Request, run_job

NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)
RECIPES = """
[[playlist]]
name = "From One"
from = ["liked", "plays"]
length = 12
seeds = ["{seed}"]
[playlist.score]
recency = 0.5
{weights}
"""
SCORES = {"association": "association", "continuation": "continuation", "embedding": "similar"}
"""What a recipe calls the score of each model."""


def nothing(stage: str, done: int, total: int | None) -> None:
    """Tell nobody."""


@dataclass
class Account:
    sandbox: Sandbox
    state: State
    seed: str

    def settings(
        self, learn: str = "enabled = true", seed: str | None = None, heaviest: str = ""
    ) -> Settings:
        return check(self.text(learn, seed, heaviest), "config.toml", {}).settings

    def text(
        self, learn: str = "enabled = true", seed: str | None = None, heaviest: str = ""
    ) -> str:
        base = self.sandbox.accounts_url
        weights = "\n".join(
            f"{score} = {3.0 if name == heaviest else 1.0}" for name, score in SCORES.items()
        )
        return f"""
[spotify]
client_id = "sandbox-client"
api_url = "{self.sandbox.api_url}"
accounts_url = "{base}"
[features]
reccobeats_url = "{base}/reccobeats"
interval_seconds = 0.0
[lyrics]
enabled = false
[learn]
effort = 0.34
forced = ["association", "continuation", "embedding"]
{learn}
{RECIPES.format(seed=seed or self.seed, weights=weights)}"""

    def plan(self, settings: Settings):
        planned = plan_all(Run(settings, self.state, {}, lambda: NOW), offline=True)
        return planned[0].plan


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """A small account, read and looked up, and learned from once."""
    sizes = SandboxSettings(tracks=250, artists=50, genres=6, likes=90, playlists=9, now=NOW)
    with running(sizes) as sandbox:
        state = State.open(tmp_path_factory.mktemp("learn") / "state")
        token = sandbox.tokens()
        state.auth.set_token(
            TokenDocument(
                access_token=token["access_token"],
                refresh_token=token["refresh_token"],
                expires_at=datetime.fromtimestamp(token["expires_at"], UTC),
                scope=token["scope"],
                authorized_at=NOW,
            )
        )
        world = sandbox.world
        track = world.catalogue.tracks[next(iter(world.account.likes))]
        artist = world.catalogue.artists[track.artist_ids[0]].name
        made = Account(sandbox, state, f"{track.title} - {artist}")
        settings = made.settings()
        run = Run(settings, state, {}, lambda: NOW, nothing)
        sync(run)
        run_enrich(run, parts=["features"])
        run_learn(run)
        yield made
        run.close()
        state.close()


def test_switched_off_nothing_is_learned_and_it_says_how_to(account: Account) -> None:
    off = account.settings("enabled = false")
    with pytest.raises(UsageError, match="enabled = true"):
        run_learn(Run(off, account.state, {}, lambda: NOW, nothing))
    assert not due(off, account.state, NOW + timedelta(days=99))
    notes = account.plan(off).notes
    assert sum("learning is switched off" in note for note in notes) == 3


def test_a_second_run_learns_nothing_anew(account: Account) -> None:
    stages: list[str] = []
    before = account.state.models.learned()
    again = run_learn(
        Run(
            account.settings(),
            account.state,
            {},
            lambda: NOW + timedelta(days=1),
            lambda stage, done, total: stages.append(stage),
        )
    )
    assert not again.trained
    assert again.learned == before
    assert stages == []
    assert account.state.runs.recent(1)[0].text == "nothing changed since the last learning"


def test_only_what_changed_is_judged_and_fitted_again(account: Account) -> None:
    settings = account.settings()
    before = account.state.models.learned()
    assert before is not None
    others = [name for name in settings.learn.forced if name != "embedding"]
    section = settings.learn.model_copy(update={"forced": others})
    stages: set[str] = set()

    def stage(name: str, done: int, total: int | None) -> None:
        stages.add(name)

    for changed in (settings.model_copy(update={"learn": section}), settings):
        stages.clear()
        found = run_learn(Run(changed, account.state, {}, lambda: NOW, stage)).learned
        assert {name.split(":")[0] for name in stages if ":" in name} == {"embedding"}
        for name in LEARNERS:
            assert name == "embedding" or found.one(name) == before.one(name)


def test_it_is_due_when_never_done_and_when_the_time_is_over(account: Account) -> None:
    settings = account.settings()
    assert not due(settings, account.state, NOW + timedelta(days=6))
    assert due(settings, account.state, NOW + timedelta(days=8))


def test_a_saved_model_scores_the_same_again(account: Account) -> None:
    learned = account.state.models.learned()
    assert learned is not None
    saved = [learner.name for learner in learned.learners if learner.saved]
    assert len(saved) >= 3
    for name in saved:
        kind = LEARNERS[name].scorer()
        first, second = (account.state.models.load(name, kind) for _ in range(2))
        assert first is not None
        assert second is not None
        query = Query.of(first.vocabulary, seeds=first.vocabulary.ids[:2])
        assert first.score(query).tobytes() == second.score(query).tobytes()


def test_the_same_models_give_the_same_plan_and_each_reason_names_one(account: Account) -> None:
    whole = account.plan(account.settings())
    assert account.plan(account.settings()).uris == whole.uris
    assert len(whole.after) == 12
    assert not [note for note in whole.notes if "left out" in note]
    for item in whole.after:
        weighed = [r for r in item.reasons if r.weight]
        assert {r.kind for r in weighed} <= {*SCORES.values(), "recency"}


@pytest.mark.parametrize("name", SCORES)
def test_leaving_out_a_model_that_weighs_much_changes_the_playlist(
    account: Account, name: str
) -> None:
    whole = account.plan(account.settings(heaviest=name))
    others = json.dumps([score for score in SCORES if score != name])
    fewer = account.plan(account.settings(f"enabled = true\nlearners = {others}", heaviest=name))
    assert any("not among the learners" in note for note in fewer.notes)
    assert fewer.uris != whole.uris


def test_the_librarys_own_scaling_is_used(account: Account) -> None:
    from segue.music.features import DISCO
    from segued.inventory.reading import read_inventory

    assert read_inventory(account.state, (), {}).scaling != DISCO


def test_an_imported_history_counts_and_is_learned_from(account: Account, tmp_path: Path) -> None:
    heard = {play.track_id for play in account.state.plays.all()}
    liked = (saved.track_id for saved in account.state.library.liked())
    track_id = next(liked_id for liked_id in liked if liked_id not in heard)
    rows = [
        {
            "ts": f"2024-0{month}-01T10:00:00Z",
            "ms_played": 200_000,
            "master_metadata_track_name": "x",
            "master_metadata_album_artist_name": "y",
            "spotify_track_uri": f"spotify:track:{track_id}",
            "skipped": False,
        }
        for month in range(1, 8)
    ]
    file = tmp_path / "endsong_0.json"
    file.write_text(json.dumps(rows))
    import_history(file, account.state, NOW, dry_run=False)
    try:
        text = 'from = "plays"\nwhere = { plays = "7..", not_played_within = "1 year" }'
        settings = check(f'[[playlist]]\nname = "Often"\n{text}', "c", {}).settings
        (planned,) = plan_all(Run(settings, account.state, {}, lambda: NOW), offline=True)
        plan = planned.plan
        assert plan.uris == (f"spotify:track:{track_id}",)
    finally:
        (account.state.folder / "history.npz").unlink()


def by_hand(account: Account, **more: object) -> Request:
    return Request(
        "learn", (), "", account.text(), "config.toml", by_hand=True, now=NOW, **more
    )  # fmt: skip


def environ(account: Account) -> dict[str, str]:
    return {**os.environ, "STATE_DIRECTORY": str(account.state.folder)}


def test_in_a_process_of_its_own_it_goes_by_the_callers_clock_and_tells_how_far_it_is(
    account: Account,
) -> None:
    stages: set[str] = set()
    ended = run_job(
        by_hand(account, again=True, sets=('learn.learners=["taste"]',)),
        environ(account),
        lambda stage, done, total: stages.add(stage.partition(":")[0]),
    )
    assert (ended.exit_code, ended.results[0].status) == (0, "done")
    assert "learning" in stages
    latest = State.open(account.state.folder).models.learned()
    assert latest is not None
    assert latest.learned_at - NOW < timedelta(minutes=5)
    assert [learner.name for learner in latest.learners] == ["taste"]


def test_interrupted_it_ends_its_process_and_what_was_learned_before_stays(
    account: Account,
) -> None:
    before = State.open(account.state.folder).models.learned()
    others = set(psutil.Process().children(recursive=True))  # those of tests that came first

    def interrupt(stage: str, done: int, total: int | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_job(by_hand(account, again=True), environ(account), interrupt)
    assert set(psutil.Process().children(recursive=True)) <= others
    after = State.open(account.state.folder)
    assert after.models.learned() == before
    assert after.runs.recent(1)[0].status == "stopped"


def test_a_learner_that_loses_leaves_its_baseline_and_no_playlist_to_chance(
    account: Account,
) -> None:
    text = account.text('enabled = true\nlearners = ["continuation"]').replace(
        'forced = ["association", "continuation", "embedding"]', "forced = []"
    )
    text = text.replace("recency = 0.5", "").replace("association = 1.0", "")
    settings = check(text.replace("similar = 1.0", ""), "config.toml", {}).settings
    with Run(settings, account.state, {}, lambda: NOW, seed=1) as run:
        outcome = run_learn(run, again=True)
        (learner,) = outcome.learned.learners
        (first,) = plan_all(run, offline=True)
    with Run(settings, account.state, {}, lambda: NOW, seed=2) as run:
        (second,) = plan_all(run, offline=True)
    assert not learner.used
    assert learner.stands_in == "artists that share lists"
    assert any("stands in for continuation" in note for note in first.plan.notes)
    assert first.plan.status != "refused"
    assert len(first.plan.after) == 12
    # What decides is the score: another seed may only break ties.
    shared = set(first.plan.uris) & set(second.plan.uris)
    assert len(shared) >= 10


def test_a_like_of_a_known_song_is_something_to_judge_for_taste_alone(account: Account) -> None:
    section = account.settings().learn

    def marks() -> dict[str, str]:
        data = known_data(account.settings(), account.state)
        return {name: mark_of(name, data, section, 0) for name in LEARNERS}

    run = Run(account.settings(), account.state, {}, lambda: NOW, nothing)
    before, known = marks(), known_data(account.settings(), account.state)
    liked = {known.vocabulary.ids[row] for row in known.likes.tolist()}
    other = next(i for i in known.vocabulary.ids if i not in liked)
    account.sandbox.human.like(other, NOW)
    sync(run)
    after = marks()
    assert {name for name in LEARNERS if after[name] != before[name]} == {"taste"}
