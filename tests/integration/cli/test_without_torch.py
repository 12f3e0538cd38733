"""Where nothing is learned or encoded, no command imports torch: it need not even be there."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.integration.cli.conftest import Segue

from segued.sandbox.calls import SandboxSettings
from segued.sandbox.server import running

HEAVY = ("torch", "transformers", "sentence_transformers")
COMMANDS = (
    *("sync", "enrich", "plan", "refresh", "list", "show Newest", "explain Newest", "history"),
    *("status", "schedule", "config check", "config show", "doctor --offline", "undo Newest"),
    *("import features songs.csv", "import list", "sequence songs.csv --effort 0.1", "auth status"),
    *("allow Newest", "pause", "resume", "service status", "learn --help", "completion bash"),
)
RUN = """
import json, sys
for name in {heavy!r}:
    sys.modules[name] = None  # an import of it fails
from segued.cli.main import main
codes = {{command: main(command.split()) for command in {commands!r}}}
sys.stderr.write("\\n" + json.dumps(codes))
"""
SONGS = "id,name,artists,energy,valence,danceability,tempo,key,mode\n" + "".join(
    f"{number},Song {number},Ada,0.{number},0.5,0.6,12{number},{number},1\n"
    for number in range(1, 8)
)


def test_every_command_works_where_torch_is_not_installed(tmp_path: Path) -> None:
    segue = Segue(tmp_path)
    (tmp_path / "songs.csv").write_text(SONGS)
    sizes = SandboxSettings(tracks=80, artists=20, likes=20, playlists=3, play_days=2)
    with running(sizes) as sandbox:
        segue.config.write_text(
            f'[spotify]\nclient_id = "sandbox-client"\napi_url = "{sandbox.api_url}"\n'
            f'accounts_url = "{sandbox.accounts_url}"\nredirect_port = 0\n'
            f'[features]\nreccobeats_url = "{sandbox.reccobeats_url}"\ninterval_seconds = 0.0\n'
            "[lyrics]\nenabled = false\n[learn]\nenabled = false\n"
            '[[playlist]]\nname = "Newest"\nfrom = "liked"\nlength = 8\nschedule = "@daily"\n'
            'score = { recency = 1 }\nwhere = { energy = "0.1.." }\n'
        )
        segue.login()
        done = subprocess.run(
            [sys.executable, "-c", RUN.format(heavy=HEAVY, commands=COMMANDS)],
            env=segue.environ,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
    codes = json.loads(done.stderr.splitlines()[-1])
    assert {command: code for command, code in codes.items() if code} == {}, done.stderr
