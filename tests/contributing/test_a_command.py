"""A command is added as CONTRIBUTING.md says, in two files."""

from __future__ import annotations

import json
from pathlib import Path

USED = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from segue.music.track import Artist, Track
from segue.playlists.library import Saved
from segued.cli.main import main
from segued.store.library import ACCOUNT
from segued.store.state import State

state = State.open(Path(os.environ["STATE_DIRECTORY"]))
now = datetime(2026, 11, 20, tzinfo=UTC)
state.library.set_cursor(ACCOUNT, {"id": "me"})
state.library.put_tracks(
    Track(id=i, title=i, artists=(Artist(id=name, name=name),))
    for i, name in (("a", "Ann"), ("b", "Bob"), ("c", "Ann"))
)
state.library.set_liked([Saved(i, now) for i in "abc"])
state.library.commit()
Path(os.environ["SEGUE_CONFIG"]).write_text("")
sys.exit(main(["artists", "--json"]))
"""


def test_a_command_takes_two_files(walked, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "state"))
    monkeypatch.setenv("SEGUE_CONFIG", str(tmp_path / "config.toml"))
    house = walked("A command")
    assert len(set(house.touched)) == 2
    assert json.loads(house.python(USED)) == {"schema": 1, "artists": {"Ann": 2, "Bob": 1}}
