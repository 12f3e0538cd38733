"""The user's own table: which rows are found for which tracks, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from segue.errors import DataError
from segue.music.track import Artist, Track
from segued.providers.features.table import Table, read_table

SHARED = Path(__file__).parents[3] / ".." / "shared" / "data" / "spotify_songs.csv.gz"
TRACK = Track("4uLU6hMCjMI75M1A2tKUQC", "Rain (feat. Bo)", (Artist("Ada"),), isrc="US-UM7-12-00001")


def table(tmp_path: Path, text: str) -> Table:
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    return Table.read(path)


@pytest.mark.parametrize(
    "row",
    [
        "id,energy\n4uLU6hMCjMI75M1A2tKUQC,0.25\n",
        "uri,energy\nspotify:track:4uLU6hMCjMI75M1A2tKUQC,0.25\n",
        "id,energy\nhttps://open.spotify.com/track/4uLU6hMCjMI75M1A2tKUQC?si=1,0.25\n",
        "isrc,energy\nusum71200001,0.25\n",
        "title,artist,energy\nRAIN,ada,0.25\n",
        'title,artists,energy\nRain,"Ada, Bo",0.25\n',
    ],
)
def test_a_row_is_found_by_id_isrc_or_title_and_artist(tmp_path: Path, row: str) -> None:
    found = table(tmp_path, row).fetch([TRACK, Track("x", "Snow", (Artist("Ada"),))])
    assert list(found) == [TRACK.id]
    assert found[TRACK.id].values.energy == 0.25


def test_of_rows_told_alike_the_first_holds(tmp_path: Path) -> None:
    made = table(tmp_path, f"id,energy\n{TRACK.id},0.25\n{TRACK.id},0.75\nx,\n")
    assert made.fetch([TRACK])[TRACK.id].values.energy == 0.25
    assert made.usable == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("title,energy\nRain,0.5\n", "which track a row is"),
        ("id,colour\nx,red\n", "no column holds an audio feature"),
        ("id,energy\nx,55\n", r"goes up to 55.*0 to 1"),
        ("id,energy\nx,loud\n", "row 1.*not a number"),
        ("id,energy\n", "no rows"),
        ("", "table.csv"),
    ],
)
def test_a_table_that_cannot_be_used_says_why(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        table(tmp_path, text)


def test_a_file_that_is_not_there_or_no_table_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1 and no more")
    for path in (broken, tmp_path / "nowhere.csv"):
        with pytest.raises(DataError, match=path.name):
            Table.read(path)


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="the reference data is not here")
def test_a_well_known_table_imports_as_it_is() -> None:
    frame = read_table(SHARED)
    made = Table.of(frame, SHARED)
    assert frame.height == 32_833
    assert made.usable > 32_000
    found = made.fetch([Track("6f807x0ima9a1j3VPbc7VN", "I Don't Care")])
    values = found["6f807x0ima9a1j3VPbc7VN"].values
    assert (values.energy, values.key, values.tempo) == (0.916, 6, 122.036)
