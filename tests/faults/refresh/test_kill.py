"""A real process that writes, killed with SIGKILL before and after the steps it makes.

A step is what others can see: a request, or a file that appears, changes or goes. The counts of
requests (`budget.json`) are no part of a write.
"""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

WRITER = """
import json, os, pickle, signal, sys
from pathlib import Path

import requests

from segued.config.load import check
from segued.run import Run
from segued.store.state import State
from segued.refresh.apply import Request, apply
from segued.refresh.undo import recover
from segued.refresh.undo import undo
from segued.spotify.client import SpotifyClient

def step(counted, kill_at):
    counted[0] += 1
    if counted[0] == kill_at:
        os.kill(os.getpid(), signal.SIGKILL)

def watched(function, counted, kill_at):
    def call(*args, **more):
        if "budget" in str(args[0]):
            return function(*args, **more)
        step(counted, kill_at)
        answer = function(*args, **more)
        step(counted, kill_at)
        return answer
    return call

def write(job):
    counted = [0]
    os.replace = watched(os.replace, counted, job["kill_at"])
    os.unlink = watched(os.unlink, counted, job["kill_at"])
    requests.Session.send = watched(requests.Session.send, counted, job["kill_at"])
    plan, recipe, user_id, now = pickle.loads(Path(job["plan"]).read_bytes())
    state = State.open(Path(job["folder"]))
    settings = check(job["config"], "config.toml", {}).settings
    run = Run(settings, state, {}, lambda: now)
    client = SpotifyClient(settings.spotify, state.auth, state.budget, sleep=lambda _: None)
    run.once("client", lambda: client)
    if job["doing"] == "undo":
        undo(run, state.playlists.binding(recipe.id), recipe.write, period="p")
    elif job["doing"] == "recovery":
        recover(run)
    else:
        apply(run, Request(plan, recipe, user_id, "p"))
    return counted[0]

for line in sys.stdin:
    job = json.loads(line)
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read_end)
        os.write(write_end, str(write(job)).encode())
        os._exit(0)
    os.close(write_end)
    said = os.read(read_end, 100).decode()
    os.close(read_end)
    _, status = os.waitpid(pid, 0)
    print(json.dumps({"steps": said, "signal": os.WTERMSIG(status), "code": status}), flush=True)
"""


@dataclass
class Writer:
    """The process that forks a writer for each job."""

    process: subprocess.Popen[str]

    def write(self, desk, plan, folder: Path, kill_at: int, doing: str = "refresh") -> int | None:
        """Apply a plan in a process of its own; its number of steps, or None when it was killed."""
        desk.state.close()
        content = (plan, desk.recipe, desk.user_id, desk.now + timedelta(minutes=1))
        (folder / "plan").write_bytes(pickle.dumps(content))
        job = {
            "plan": str(folder / "plan"),
            "folder": str(desk.folder),
            "config": f"""
            [spotify]
            client_id = "sandbox-client"
            api_url = "{desk.sandbox.api_url}"
            accounts_url = "{desk.sandbox.accounts_url}"
            """,
            "kill_at": kill_at,
            "doing": doing,
        }
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        desk.again()
        assert answer["signal"] == 9 or answer["code"] == 0
        return None if answer["signal"] == 9 else int(answer["steps"])


@pytest.fixture(scope="module")
def writer() -> Iterator[Writer]:
    command = [sys.executable, "-c", WRITER]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Writer(process)
        process.kill()


def killed_everywhere(desk, writer: Writer, folder: Path, prepare, wanted: list[str]) -> int:
    """Kill a write before each of its steps in turn, and look at what is there after each recovery.

    What others see after a step is what they see before the next.
    """
    kill_at = -1
    while True:
        kill_at += 2
        before = prepare()
        plan = desk.plan(wanted)
        if before:
            desk.smallest()
        steps = writer.write(desk, plan, folder, kill_at)
        if steps is not None:
            assert desk.account == plan.uris
            return kill_at - 1
        statuses = {recovered.status for recovered in desk.recover()}
        assert "left" not in statuses
        assert desk.state.journal.open_intents() == ()
        if desk.state.playlists.binding(desk.recipe.id) is not None:
            assert desk.account in (before, plan.uris)
            if before:
                assert before in desk.versions() or desk.account == before
            if before:
                assert desk.smallest() >= fewest(before, plan.uris)
        assert len(desk.own) <= 1
        desk.refresh(wanted)
        assert desk.account == plan.uris
        assert len(desk.own) == 1
        assert plan.uris in desk.versions()
        assert not before or before in desk.versions()


@pytest.mark.slow
def test_a_kill_at_any_step_of_a_replace_leaves_the_old_or_the_new_list(
    desk, writer, tmp_path
) -> None:
    old, wanted = desk.tracks(103), desk.shuffled(desk.tracks(103))

    def prepare() -> tuple[str, ...]:
        desk.refresh(old)
        return desk.account

    assert killed_everywhere(desk, writer, tmp_path, prepare, wanted) > 20


@pytest.mark.slow
def test_a_kill_at_any_step_around_a_local_file_leaves_the_old_or_the_new_list(
    desk, writer, tmp_path
) -> None:
    old, wanted = desk.tracks(12), [*desk.tracks(9, start=5)[::-1], *desk.tracks(3, start=40)]
    desk.refresh(old)
    desk.sandbox.human.add_local_file(desk.playlist_id, "Demo tape", "Me")
    desk.sandbox.human.reorder(desk.playlist_id, 12, 4)

    def prepare() -> tuple[str, ...]:
        desk.refresh(old)
        return desk.account

    assert killed_everywhere(desk, writer, tmp_path, prepare, wanted) > 20


@pytest.mark.slow
def test_a_kill_at_any_step_of_a_creation_makes_no_twin(desk, writer, tmp_path) -> None:
    folder = desk.folder

    def prepare() -> tuple[str, ...]:
        for playlist_id in desk.own:
            desk.sandbox.human.delete_playlist(playlist_id)
        desk.folder = folder.with_name(f"state{len(list(tmp_path.iterdir()))}")
        desk.again()
        return ()

    assert killed_everywhere(desk, writer, tmp_path, prepare, desk.tracks(12)) > 20


def fewest(before: tuple[str, ...], after: tuple[str, ...]) -> int:
    """The shortest list the guards of the desk's recipes allow on the way."""
    return min(len(before), len(after), max(1, -(-len(before) // 2)))


def odd_list(desk) -> None:
    """A playlist with all kinds of rows: a local file, an episode, a greyed-out and a repeated
    track."""
    world = desk.sandbox.world
    desk.refresh(desk.tracks(14))
    unplayable = next(track.id for track in world.catalogue.tracks.values() if not track.playable)
    human, playlist_id = desk.sandbox.human, desk.playlist_id
    human.add_local_file(playlist_id, "Demo tape", "Me")
    human.reorder(playlist_id, 14, 4)
    human.add(playlist_id, [f"spotify:track:{unplayable}"], 8)
    human.add_episode(playlist_id)
    human.add(playlist_id, [desk.tracks(1)[0], desk.tracks(2)[1]], 11)
    desk.refresh(desk.tracks(14))


def half_written(desk, writer: Writer, folder: Path, plan) -> None:
    """A refresh that was killed in the middle of its write."""
    before = desk.account
    for kill_at in range(1, 200):
        writer.write(desk, plan, folder, kill_at)
        if desk.account not in (before, plan.uris):
            return
        assert desk.account == before, "the whole list was written at once"
        desk.recover()


@pytest.mark.slow
@pytest.mark.parametrize("scene", ["refresh", "undo", "recovery", "take-back"])
def test_a_kill_among_rows_of_all_kinds_never_leaves_too_few(
    desk, writer, tmp_path, scene: str
) -> None:
    odd_list(desk)
    old, new = desk.tracks(14), [*desk.tracks(10, start=6)[::-1], *desk.tracks(4, start=40)]
    killed = 0
    for kill_at in range(1, 1000, 5):
        desk.sandbox.faults.clear()
        desk.refresh(old)
        before = desk.account
        plan = desk.plan(new)
        if scene == "undo":
            desk.refresh(new)
        elif scene == "recovery":
            half_written(desk, writer, tmp_path, plan)
        elif scene == "take-back":
            desk.fault("cut_before", "POST", nth=2, times=3)
        desk.smallest()
        doing = scene if scene in ("undo", "recovery") else "refresh"
        steps = writer.write(desk, plan, tmp_path, kill_at, doing)
        desk.sandbox.faults.clear()
        if steps is not None:
            break
        killed += 1
        assert "left" not in {each.status for each in desk.recover()}
        assert desk.account in (before, plan.uris)
        for _ in range(2):
            desk.refresh(new)
        assert desk.refresh(new).status == "unchanged"
        assert desk.account == plan.uris
        assert desk.smallest() >= fewest(before, plan.uris)
        assert before in desk.versions()
    assert killed > 5
