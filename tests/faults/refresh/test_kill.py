"""A real process that applies a plan, killed with SIGKILL before and after every step it makes.

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

    def write(self, desk, plan, folder: Path, kill_at: int) -> int | None:
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
            timeout_seconds = 5
            """,
            "kill_at": kill_at,
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
    """Kill a write at each of its steps in turn, and look at what is there after each recovery."""
    kill_at = 0
    while True:
        kill_at += 1
        before = prepare()
        plan = desk.plan(wanted)
        steps = writer.write(desk, plan, folder, kill_at)
        if steps is not None:
            assert desk.account == plan.uris
            return kill_at - 1
        statuses = {one.status for one in desk.recover()}
        assert "left" not in statuses
        assert desk.state.journal.open_intents() == ()
        if desk.state.playlists.binding(desk.recipe.id) is not None:
            assert desk.account in (before, plan.uris)
            if before:
                assert before in desk.versions() or desk.account == before
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
        for one in desk.own:
            desk.sandbox.human.delete_playlist(one)
        desk.folder = folder.with_name(f"state{len(list(tmp_path.iterdir()))}")
        desk.again()
        return ()

    assert killed_everywhere(desk, writer, tmp_path, prepare, desk.tracks(12)) > 20
