"""Importing a history: merged, counted once, and under the library's ids."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from segue.errors import DataError
from segue.music.track import Artist, Track
from segue.playlists.library import Play
from segue.playlists.listening import heard_in
from segued.imports.history import import_history
from segued.inventory.reading import read_imported, read_listening
from segued.store.state import State

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def long(name: str) -> str:
    """A Spotify id of 22 characters that begins with a name."""
    return name.ljust(22, "0")


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State.open(tmp_path / "state")


def export(path: Path, *plays: tuple[str, str]) -> Path:
    rows = [
        {
            "ts": moment,
            "ms_played": 200_000,
            "master_metadata_track_name": f"Song {track}",
            "master_metadata_album_artist_name": "The Somebodies",
            "spotify_track_uri": f"spotify:track:{long(track)}",
            "skipped": False,
        }
        for track, moment in plays
    ]
    path.write_text(json.dumps(rows))
    return path


def test_importing_the_same_again_adds_nothing(state: State, tmp_path: Path) -> None:
    file = export(tmp_path / "endsong_0.json", ("a", "2023-01-01T10:00:00Z"))
    first = import_history(file, state, NOW, dry_run=False)
    again = import_history(file, state, NOW, dry_run=False)
    assert (first.new, again.new, again.plays) == (1, 0, 1)


def test_a_later_export_adds_what_is_new(state: State, tmp_path: Path) -> None:
    import_history(
        export(tmp_path / "a.json", ("a", "2023-01-01T10:00:00Z")), state, NOW, dry_run=False
    )
    later = export(
        tmp_path / "b.json", ("a", "2023-01-01T10:00:00Z"), ("b", "2022-01-01T10:00:00Z")
    )
    assert import_history(later, state, NOW, dry_run=False).new == 1
    listening = read_imported(state, {})
    assert [listening.track_ids[row] for row in listening.track] == [long("b"), long("a")]


def test_a_dry_run_and_a_broken_file_change_nothing(state: State, tmp_path: Path) -> None:
    file = export(tmp_path / "a.json", ("a", "2023-01-01T10:00:00Z"))
    assert import_history(file, state, NOW, dry_run=True).new == 1
    file.write_text("[")
    with pytest.raises(DataError):
        import_history(file, state, NOW, dry_run=False)
    assert state.history.get() is None


def test_another_id_of_a_track_counts_as_the_librarys(state: State, tmp_path: Path) -> None:
    now_called = Track(long("new"), "Song old (Remastered 2011)", (Artist("Somebodies", "x"),))
    state.library.put_tracks([now_called])
    file = export(
        tmp_path / "a.json", ("old", "2023-01-01T10:00:00Z"), ("other", "2023-01-02T10:00:00Z")
    )
    done = import_history(file, state, NOW, dry_run=False)
    assert (done.tracks, done.known) == (2, 1)
    assert set(heard_in(read_imported(state, state.library.tracks()))) == {
        long("new"),
        long("other"),
    }


def test_a_play_of_both_appears_once_with_what_the_import_knows(
    state: State, tmp_path: Path
) -> None:
    file = export(tmp_path / "a.json", ("a", "2023-01-01T10:03:20Z"))
    import_history(file, state, NOW, dry_run=False)
    state.plays.add([Play(long("a"), datetime(2023, 1, 1, 10, 0, 1, tzinfo=UTC))])
    state.plays.add([Play(long("a"), datetime(2023, 1, 1, 12, tzinfo=UTC))])
    both = read_listening(state, {})
    assert both.ms_played.tolist() == [200_000, -1]
