"""Reading Spotify's privacy export."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from segue.errors import DataError
from segued.imports.export import read_export


def row(track: str, moment: str = "2023-04-05T06:07:08Z", **changes: object) -> dict[str, object]:
    return {
        "ts": moment,
        "ms_played": 200_000,
        "master_metadata_track_name": f"Song {track}",
        "master_metadata_album_artist_name": "Somebody",
        "spotify_track_uri": f"spotify:track:{track}",
        "ip_addr": "192.0.2.7",
        "skipped": False,
    } | changes


def written(path: Path, *rows: object) -> Path:
    path.write_text(json.dumps(list(rows)))
    return path


def test_a_file_is_read_oldest_first(tmp_path: Path) -> None:
    file = written(
        tmp_path / "Streaming_History_Audio_2023_1.json",
        row("b", "2023-04-05T06:07:08Z", skipped=True),
        row("a", "2022-01-01T00:00:00Z"),
    )
    export = read_export(file)
    told = export.listening
    assert told is not None
    assert [told.track_ids[i] for i in told.track] == ["a", "b"]
    assert told.played_at[0] == datetime(2022, 1, 1, tzinfo=UTC).timestamp()
    assert told.skipped.tolist() == [0, 1]
    assert export.titles == {"a": "Song a", "b": "Song b"}


def test_a_zip_and_a_folder_are_read_whole_and_repetitions_count_once(tmp_path: Path) -> None:
    folder = tmp_path / "MyData"
    folder.mkdir()
    written(folder / "endsong_0.json", row("a"), row("b"))
    written(folder / "endsong_1.json", row("b"), row("c"))
    written(folder / "Userdata.json", {"email": "x"})
    packed = tmp_path / "my_spotify_data.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for file in folder.iterdir():
            archive.write(file, f"Spotify Extended Streaming History/{file.name}")
    for source in (folder, packed):
        export = read_export(source)
        assert export.listening is not None
        assert (export.files, len(export.listening)) == (2, 3)


def test_rows_that_are_no_tracks_are_counted_and_left_out(tmp_path: Path) -> None:
    episode = row("x", spotify_track_uri=None, spotify_episode_uri="spotify:episode:1")
    export = read_export(written(tmp_path / "endsong_0.json", episode, row("a")))
    assert export.others == 1
    assert export.listening is not None
    assert export.listening.track_ids == ("a",)


@pytest.mark.parametrize(
    ("changes", "skipped"),
    [
        ({"skipped": True}, 1),
        ({"skipped": None, "reason_end": "fwdbtn"}, 1),
        ({"skipped": None, "reason_end": "trackdone"}, 0),
        ({"skipped": None, "reason_end": "logout"}, -1),
    ],
)
def test_whether_a_play_was_skipped(tmp_path: Path, changes, skipped) -> None:
    export = read_export(written(tmp_path / "endsong_0.json", row("a", **changes)))
    assert export.listening is not None
    assert export.listening.skipped.tolist() == [skipped]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'[{"ts": ', "cut short"),
        (b'{"a": 1}', "no list of plays"),
        (b'[{"endTime": "2023-01-01 10:00", "artistName": "A", "msPlayed": 3}]', "short history"),
        (b'[{"spotify_track_uri": "spotify:track:a", "ts": "soon", "ms_played": 3}]', "row 1"),
        (b'[{"spotify_track_uri": "spotify:track:a", "ms_played": 3}]', "row 1"),
        (b'[{"spotify_track_uri":"spotify:track:a","ts":"2023-01-01","ms_played":null}]', "row 1"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, content, said) -> None:
    file = tmp_path / "endsong_0.json"
    file.write_bytes(content)
    with pytest.raises(DataError, match=said) as caught:
        read_export(file)
    assert "endsong_0.json" in str(caught.value)


def test_a_zip_without_a_history_says_what_to_ask_for(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "my.zip", "w") as archive:
        archive.writestr("MyData/Userdata.json", "{}")
    with pytest.raises(DataError, match="extended streaming history"):
        read_export(tmp_path / "my.zip")
