"""Reading Spotify's privacy export."""

from __future__ import annotations

import gzip
import json
import random
import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from segue.errors import DataError
from segue.playlists.listening import REASONS
from segued.imports import files
from segued.imports.history import read_export

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def row(track: str, moment: str = "2023-04-05T06:07:08Z", **changes: object) -> dict[str, object]:
    return {
        "ts": moment,
        "ms_played": 200_000,
        "master_metadata_track_name": f"Song {track}",
        "master_metadata_album_artist_name": "Somebody",
        "spotify_track_uri": f"spotify:track:{track * 22}",
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
    export = read_export(file, NOW)
    listening = export.listening
    assert listening is not None
    assert [listening.track_ids[i] for i in listening.track] == ["a" * 22, "b" * 22]
    assert listening.played_at[0] == datetime(2022, 1, 1, tzinfo=UTC).timestamp()
    assert listening.skipped.tolist() == [0, 1]
    assert export.titles == {"a" * 22: "Song a", "b" * 22: "Song b"}


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
        export = read_export(source, NOW)
        assert export.listening is not None
        assert (export.files, len(export.listening)) == (2, 3)


def test_rows_that_are_no_tracks_are_counted_and_left_out(tmp_path: Path) -> None:
    episode = row("x", spotify_track_uri=None, spotify_episode_uri="spotify:episode:1")
    export = read_export(written(tmp_path / "endsong_0.json", episode, row("a")), NOW)
    assert export.others == 1
    assert export.listening is not None
    assert export.listening.track_ids == ("a" * 22,)


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
    export = read_export(written(tmp_path / "endsong_0.json", row("a", **changes)), NOW)
    assert export.listening is not None
    assert export.listening.skipped.tolist() == [skipped]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'[{"ts": ', "cut short"),
        (b'{"a": 1}', "no list of plays"),
        (b'[{"endTime": "2023-01-01 10:00", "artistName": "A", "msPlayed": 3}]', "short history"),
        (
            b'[{"master_metadata_track_name": "x", "ts": "2023-01-01", "ms_played": 3}]',
            "without an id",
        ),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, content, said) -> None:
    file = tmp_path / "endsong_0.json"
    file.write_bytes(content)
    with pytest.raises(DataError, match=said) as caught:
        read_export(file, NOW)
    assert "endsong_0.json" in str(caught.value)


def test_a_zip_without_a_history_says_what_to_ask_for(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "my.zip", "w") as archive:
        archive.writestr("MyData/Userdata.json", "{}")
    with pytest.raises(DataError, match="extended streaming history"):
        read_export(tmp_path / "my.zip", NOW)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"ts": None}, "without a time"),
        ({"ts": "soon"}, "without a time"),
        ({"ts": "0001-01-01T00:00:00+14:00"}, "without a time|dated before 2006"),
        ({"ts": "0001-01-01T00:00:00Z"}, "dated before 2006"),
        ({"ts": "1970-01-01T00:00:00Z"}, "dated before 2006"),
        ({"ts": "2026-03-03T00:00:00Z"}, "dated in the future"),
        ({"ts": "9999-12-31T23:59:59-23:59"}, "without a time|dated in the future"),
        ({"ms_played": None}, "without a length"),
        ({"ms_played": "long"}, "without a length"),
        ({"ms_played": float("nan")}, "without a length"),
        ({"spotify_track_uri": "spotify:track:"}, "without an id"),
        ({"spotify_track_uri": "spotify:track:" + "a" * 21 + "\n"}, "without an id"),
        ({"spotify_track_uri": "spotify:track:" + "a" * 20 + "/b"}, "without an id"),
        ({"spotify_track_uri": None}, "without an id"),
        ({"spotify_track_uri": 7}, "without an id"),
        (None, "no rows of a history"),
    ],
)
def test_an_odd_row_costs_a_row_and_says_why(tmp_path: Path, changes, why) -> None:
    odd = 17 if changes is None else row("b", **changes)
    export = read_export(written(tmp_path / "endsong_0.json", row("a"), odd, row("c")), NOW)
    assert export.listening is not None
    assert export.listening.track_ids == ("a" * 22, "c" * 22)
    assert export.others == 0
    ((said, count),) = export.left_out.items()
    assert count == 1
    assert re.search(why, said)


@pytest.mark.parametrize("moment", ["2023-04-05 06:07:08 UTC", "2023-04-05T06:07:08Z"])
@pytest.mark.parametrize("ms_played", [200_000, 200_000.0, "200000"])
def test_every_vintage_of_a_row_is_read(tmp_path: Path, moment, ms_played) -> None:
    file = written(tmp_path / "endsong_0.json", row("a", moment, ms_played=ms_played))
    listening = read_export(file, NOW).listening
    assert listening is not None
    assert listening.played_at.tolist() == [datetime(2023, 4, 5, 6, 7, 8, tzinfo=UTC).timestamp()]
    assert listening.ms_played.tolist() == [200_000]


def test_a_mark_lines_gzip_and_half_characters_are_read(tmp_path: Path) -> None:
    plain = json.dumps([row("a", master_metadata_track_name="half \ud800")]).encode()
    lines = b"\n".join(json.dumps(row(t)).encode() for t in "ab") + b"\n{broken\n"
    for name, content, plays in [
        ("a.json", b"\xef\xbb\xbf" + plain, 1), ("b.json", lines, 2),
        ("c.json.gz", gzip.compress(plain), 1),
    ]:  # fmt: skip
        (tmp_path / name).write_bytes(content)
        listening = read_export(tmp_path / name, NOW).listening
        assert listening is not None
        assert len(listening) == plays


def zipped(path: Path, files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def plays_of(*tracks: str) -> bytes:
    return json.dumps([row(track) for track in tracks]).encode()


def test_a_zip_inside_a_zip_is_read(tmp_path: Path) -> None:
    inner = zipped(tmp_path / "inner.zip", {"a/endsong_0.json": plays_of("a", "b")}).read_bytes()
    listening = read_export(zipped(tmp_path / "outer.zip", {"my.zip": inner}), NOW).listening
    assert listening is not None
    assert len(listening) == 2


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, zipfile.ZIP_STORED])
def test_every_truncation_and_flip_of_a_zip_is_read_or_refused(tmp_path: Path, method) -> None:
    whole = zipped(tmp_path / "w.zip", {"endsong_0.json": plays_of("a")}, method).read_bytes()
    chance = random.Random(5)
    damaged = [whole[:end] for end in chance.sample(range(len(whole)), 40)]
    for _ in range(150):
        flipped = bytearray(whole)
        flipped[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        damaged.append(bytes(flipped))
    path = tmp_path / "damaged.zip"
    for data in damaged:
        path.write_bytes(data)
        try:
            listening = read_export(path, NOW).listening
        except DataError:
            continue
        assert listening is not None
        assert listening.track_ids == ("a" * 22,)


def test_an_encrypted_file_is_refused_by_name_and_others_are_read(tmp_path: Path) -> None:
    files = {"endsong_0.json": plays_of("a"), "endsong_1.json": plays_of("b")}
    data = bytearray(zipped(tmp_path / "my.zip", files).read_bytes())
    local = data.index(b"endsong_1.json") - 30
    central = data.rindex(b"endsong_1.json") - 46
    data[local + 6] |= 1
    data[central + 8] |= 1
    (tmp_path / "my.zip").write_bytes(data)
    export = read_export(tmp_path / "my.zip", NOW)
    assert export.titles == {"a" * 22: "Song a"}
    assert "endsong_1.json" in export.unread[0]
    assert "encrypted" in export.unread[0]


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(files, "LARGEST_FILE_BYTES", 100_000)
    bomb = zipped(tmp_path / "my.zip", {"endsong_0.json": b" " * 50_000_000})
    with pytest.raises(DataError, match="too large"):
        read_export(bomb, NOW)
    monkeypatch.setattr(files, "LARGEST_EXPORT_BYTES", 150_000)
    many = {f"endsong_{i}.json": b" " * 90_000 for i in range(9)}
    with pytest.raises(DataError, match=r"too large|not JSON"):
        read_export(zipped(tmp_path / "many.zip", many), NOW)


def test_reasons_and_shuffle_mode_are_kept(tmp_path: Path) -> None:
    file = written(
        tmp_path / "endsong_0.json",
        row("a", reason_start="clickrow", reason_end="fwdbtn", shuffle=True),
        row("b", "2023-04-05T06:17:08Z", reason_start="Trackdone ", reason_end="a new word"),
    )
    listening = read_export(file, NOW).listening
    assert listening is not None
    assert [REASONS[i] for i in listening.started] == ["clickrow", "trackdone"]
    assert [REASONS[i] for i in listening.ended] == ["fwdbtn", "other"]
    assert listening.shuffled.tolist() == [1, -1]
