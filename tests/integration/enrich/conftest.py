"""A sandbox, a state that holds its tracks, and look-ups in it as the jobs make them."""

from __future__ import annotations

import importlib.util
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from segue.music.track import Album, Artist, Track
from segued.config.load import settings_from
from segued.config.schema import Settings
from segued.enrich.job import enrich
from segued.enrich.outcome import EnrichOutcome
from segued.run import Run
from segued.sandbox.calls import SandboxSettings
from segued.sandbox.server import Sandbox, running
from segued.store.state import State

_PATH = Path(__file__).parents[2] / "unit" / "lyrics" / "conftest.py"
_SPEC = importlib.util.spec_from_file_location("tiny_encoders", _PATH)
assert _SPEC is not None
assert _SPEC.loader is not None
_ENCODERS = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_ENCODERS)
tiny_bert_folder = _ENCODERS.tiny_bert_folder

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@dataclass
class House:
    """Looks tracks up in a state of its own. `lyrics` and `features` are sections of settings."""

    sandbox: Sandbox
    folder: Path
    now: datetime = NOW
    features: dict[str, Any] = field(default_factory=dict)
    lyrics: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, Any] = field(default_factory=dict)
    sound: dict[str, Any] = field(default_factory=dict)
    environ: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.state = State.open(self.folder)

    @property
    def settings(self) -> Settings:
        features = {"reccobeats_url": self.sandbox.reccobeats_url, "interval_seconds": 0.0}
        lyrics = {
            "lrclib_url": self.sandbox.lrclib_url,
            "genius_api_url": self.sandbox.genius_url,
            "genius_web_url": self.sandbox.genius_url,
            "interval_seconds": 0.0,
        }
        tags = {
            "musicbrainz_url": self.sandbox.musicbrainz_url,
            "listenbrainz_url": self.sandbox.listenbrainz_url,
            "lastfm_url": self.sandbox.lastfm_url,
            "interval_seconds": 0.0,
        }
        return settings_from(
            {
                "features": features | self.features,
                "lyrics": lyrics | self.lyrics,
                "tags": tags | self.tags,
                "sound": self.sound,
            }
        )

    def tracks(self, count: int, start: int = 0) -> list[Track]:
        """Tracks of the sandbox's catalogue as a sync gives them."""
        world = self.sandbox.world.catalogue
        rows = list(world.tracks.values())[start : start + count]
        return [
            Track(
                id=row.id,
                title=row.title,
                artists=tuple(Artist(world.artists[i].name, i) for i in row.artist_ids),
                album=Album(
                    world.albums[row.album_id].name,
                    row.album_id,
                    world.albums[row.album_id].release_date,
                ),
                duration_ms=row.duration_ms,
                isrc=row.isrc,
            )
            for row in rows
        ]

    def enrich(self, tracks: list[Track], *parts: str, **more: Any) -> EnrichOutcome:
        """Look tracks up, features alone unless parts are named."""
        return enrich(self.run, tracks, parts=parts or ("features",), **more)

    @property
    def run(self) -> Run:
        """A run of its own, as each command and each job has one."""
        return Run(self.settings, self.state, self.environ, lambda: self.now)

    def later(self, **span: float) -> None:
        self.now += timedelta(**span)

    def reopen(self) -> None:
        """Close the state and open it again, as another process does."""
        self.state.close()
        self.state = State.open(self.folder)

    @property
    def asked(self) -> Counter[str]:
        """How often each endpoint was asked since the last clearing."""
        return Counter(path for _, path, _ in self.sandbox.requests)


@pytest.fixture(scope="module")
def catalogue() -> SandboxSettings:
    return SandboxSettings(tracks=400, artists=80, likes=20, playlists=2, play_days=3)


@pytest.fixture(scope="module")
def served(catalogue: SandboxSettings) -> Iterator[Sandbox]:
    with running(catalogue) as sandbox:
        yield sandbox


@pytest.fixture
def house(served: Sandbox, tmp_path: Path) -> Iterator[House]:
    served.faults.clear()
    served.clear_requests()
    made = House(served, tmp_path / "state")
    yield made
    made.state.close()
    served.faults.clear()
