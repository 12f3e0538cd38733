"""A real process that looks tracks up, killed with SIGKILL before and after each of its steps.

A step is a request, or a file of features, lyrics or vectors that is put in its place. The counts
of requests (`budget.json`) are no part of it.
"""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SEEKER = """
import json, os, pickle, signal, sys
from datetime import UTC, datetime
from pathlib import Path

import requests

from segued.config.load import settings_from
from segued.enrich.job import enrich
from segued.run import Run
from segued.store.state import State

def watched(function, counted, kill_at):
    def call(*args, **more):
        if "budget" in str(args[0]):
            return function(*args, **more)
        for moment in range(2):
            counted[0] += 1
            if counted[0] == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
            if moment == 0:
                answer = function(*args, **more)
        return answer
    return call

def seek(job):
    counted = [0]
    os.replace = watched(os.replace, counted, job["kill_at"])
    requests.Session.send = watched(requests.Session.send, counted, job["kill_at"])
    tracks = pickle.loads(Path(job["tracks"]).read_bytes())
    state = State.open(Path(job["folder"]))
    now = datetime.fromisoformat(job["now"])
    run = Run(settings_from(job["settings"]), state, {}, lambda: now)
    enrich(run, tracks, parts=job["parts"])
    return counted[0]

for line in sys.stdin:
    job = json.loads(line)
    if "lyrics" in job["parts"]:  # once, and not in every child
        import py3langid, torch, transformers
        from transformers import AutoModel, AutoTokenizer, BertModel, BertTokenizer
        torch.set_num_threads(1)
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read_end)
        os.write(write_end, str(seek(job)).encode())
        os._exit(0)
    os.close(write_end)
    said = os.read(read_end, 100).decode()
    os.close(read_end)
    _, status = os.waitpid(pid, 0)
    print(json.dumps({"steps": said, "signal": os.WTERMSIG(status), "code": status}), flush=True)
"""

FEATURES = "/reccobeats/v1/audio-features"
NEVER = 0


@pytest.fixture(scope="module")
def seeker() -> Iterator[subprocess.Popen[str]]:
    child = subprocess.Popen(
        [sys.executable, "-c", SEEKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    yield child
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.close()
    child.wait(120)
    child.stdout.close()


def seek(seeker, house, tracks, folder: Path, kill_at: int, part: str) -> int:
    """Let the child look tracks up in a state; the steps it made, 0 where it was killed."""
    file = folder.with_suffix(".tracks")
    file.write_bytes(pickle.dumps(tracks))
    settings = house.settings.model_dump(include={"features", "lyrics"})
    job = {
        "kill_at": kill_at,
        "tracks": str(file),
        "folder": str(folder),
        "now": house.now.isoformat(),
        "settings": settings,
        "parts": [part],
    }
    seeker.stdin.write(json.dumps(job) + "\n")
    seeker.stdin.flush()
    done = json.loads(seeker.stdout.readline())
    assert done["signal"] == (9 if kill_at and not done["steps"] else 0), done
    return int(done["steps"] or 0)


def test_features_killed_at_any_step_repeat_at_most_those_under_way(
    house, seeker, tmp_path
) -> None:
    tracks = house.tracks(130)
    whole = seek(seeker, house, tracks, tmp_path / "whole", NEVER, "features")
    assert house.asked[FEATURES] == 4
    assert whole >= 12
    # After a step the state is as before the next.
    for kill_at in range(1, whole + 1, 2):
        house.sandbox.clear_requests()
        folder = tmp_path / f"killed-{kill_at}"
        assert seek(seeker, house, tracks, folder, kill_at, "features") == 0
        seek(seeker, house, tracks, folder, NEVER, "features")
        # The first batch is asked for alone, the three others side by side.
        assert house.asked[FEATURES] <= 4 + 3, kill_at
        house.folder = folder
        house.reopen()
        known = set(house.state.features.known())
        missed = {track_id for _, track_id in house.state.features.misses()}
        assert known | missed == {track.id for track in tracks}, kill_at


@pytest.mark.slow
def test_lyrics_killed_repeat_at_most_one_batch(house, seeker, tmp_path, tiny_bert_folder) -> None:
    house.lyrics = {"encoder": str(tiny_bert_folder)}
    tracks = house.tracks(34)
    whole = seek(seeker, house, tracks, tmp_path / "whole", NEVER, "lyrics")
    paths = ("/lrclib/api/get", "/lrclib/api/search")
    calls = sum(house.asked[path] for path in paths)
    for kill_at in (whole // 2, whole - 3):
        house.sandbox.clear_requests()
        folder = tmp_path / f"killed-{kill_at}"
        assert seek(seeker, house, tracks, folder, kill_at, "lyrics") == 0
        seek(seeker, house, tracks, folder, NEVER, "lyrics")
        # A batch is sixteen tracks, and a track takes at most three calls.
        assert sum(house.asked[path] for path in paths) <= calls + 16 * 3
        house.folder = folder
        house.reopen()
        assert set(house.state.lyrics.records()) == {track.id for track in tracks}
