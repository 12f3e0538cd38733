"""A state folder as the first release wrote it: every store of today opens it and goes on."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from segue.music.track import Track
from segue.playlists.library import Play
from segued.store.files.format import unsigned
from segued.store.runs import RunRecord
from segued.store.state import State

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ID, LIST = "a" * 22, "p" * 22

FIRST_RELEASE = json.loads((Path(__file__).parent / "first_release.json").read_text())
"""Its JSON files by name, one of each store, as its own code wrote them."""


@pytest.fixture(name="state")
def _state(tmp_path: Path) -> Iterator[State]:
    for name, document in FIRST_RELEASE.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(document))
    columns = {
        "track": np.array([0], np.int32), "played_at": np.array([1.7e9]),
        "ms_played": np.array([200_000], np.int32), "skipped": np.array([0], np.int8),
        "schema": np.array([1], np.int32),
    }  # fmt: skip
    for name, text in (("track_ids", ID), ("titles", "Rain"), ("artists", "Ada")):
        columns[name] = np.frombuffer(text.encode(), np.uint8)
    packed = io.BytesIO()
    np.savez_compressed(packed, **columns)
    (tmp_path / "history.npz").write_bytes(packed.getvalue())
    state = State.open(tmp_path)
    yield state
    state.close()


def test_everything_of_the_first_release_is_read(state: State) -> None:
    (track,) = state.library.tracks().values()
    assert (track.title, track.artist, track.isrc) == ("Rain", "Ada", "QZAAA1700001")
    assert [saved.track_id for saved in state.library.liked()] == [ID]
    assert state.library.cursor("account") == {"id": "me"}
    playlist = state.playlists.playlist(LIST)
    assert playlist is not None
    assert playlist.uris == (track.uri,)
    binding = state.playlists.binding("mix")
    assert binding is not None
    assert binding.written == (track.uri,)
    assert binding.kept_out == ("spotify:track:" + "b" * 22,)
    assert [play.track_id for play in state.plays.all()] == [ID]
    assert state.features.known()[ID].values.energy == 0.5
    assert state.features.missed("reccobeats", NOW) == {"b" * 22}
    assert state.lyrics.records()[ID].valence == 0.2
    assert [run.id for run in state.runs.recent(5)] == ["r1"]
    assert state.schedules.get("sync").words == "every day"
    assert set(state.schedules.sent_notices()) == {"login"}
    assert state.budget.get("GET /me").count(NOW.date()) == 1
    token = state.auth.token()
    assert token is not None
    assert (token.refresh_token, token.suspects[0].refresh_token) == ("ref", "old")
    assert [version.uris for version in state.versions.list(LIST)] == [(track.uri,)]
    assert [intent.id for intent in state.journal.open_intents()] == ["i1"]
    learned = state.models.learned()
    assert learned is not None
    assert learned.fingerprint == "fp"
    history = state.history.get()
    assert history is not None
    assert history.listening.track_ids == (ID,)
    assert state.warnings == ()


def test_it_is_written_on_in_todays_format_and_loses_nothing(state: State) -> None:
    state.library.put_tracks([Track("n" * 22, "New")])
    state.library.commit()
    state.plays.add([Play(ID, datetime(2026, 2, 20, tzinfo=UTC))])
    state.plays.commit()
    state.runs.add(RunRecord("r2", "sync", NOW, "done"))
    again = State.open(state.folder)
    assert set(again.library.tracks()) == {ID, "n" * 22}
    assert len(again.plays.all()) == 2
    assert [run.id for run in again.runs.recent(5)] == ["r2", "r1"]
    for name in ("library.json", "plays/2026-02.json", "runs.json"):
        data = (state.folder / name).read_bytes()
        assert unsigned(data) != data
    again.close()
