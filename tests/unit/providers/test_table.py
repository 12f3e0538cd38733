"""The user's own tables: which rows are found for which tracks, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from segue.errors import DataError
from segue.music.track import Artist, Track
from segue.tables.reading import read_table
from segued.providers.features.source import Found
from segued.providers.features.table import Table, Tables, feature_rows

SHARED = Path(__file__).parents[3] / ".." / "shared" / "data" / "spotify_songs.csv.gz"
TRACK = Track("4uLU6hMCjMI75M1A2tKUQC", "Rain (feat. Bo)", (Artist("Ada"),), isrc="US-UM7-12-00001")


def table(tmp_path: Path, text: str) -> Table:
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    return Table(feature_rows(read_table(path)))


def found_in(table: Table, *tracks: Track) -> Mapping[str, Found]:
    return Tables(tables=[table]).fetch(tracks)


@pytest.mark.parametrize(
    "row",
    [
        "id,energy\n4uLU6hMCjMI75M1A2tKUQC,0.25\n",
        "uri,energy\nspotify:track:4uLU6hMCjMI75M1A2tKUQC,0.25\n",
        "id,energy\nhttps://open.spotify.com/track/4uLU6hMCjMI75M1A2tKUQC?si=1,0.25\n",
        "Track Link,energy\nhttps://open.spotify.com/intl-de/track/4uLU6hMCjMI75M1A2tKUQC,0.25\n",
        "isrc,energy\nusum71200001,0.25\n",
        "title,artist,energy\nRAIN,ada,0.25\n",
        'title,artists,energy\nRain,"Ada, Bo",0.25\n',
        "title;artists;energy\nRain;Ada;25 %\n",
    ],
)
def test_a_row_is_found_by_id_isrc_or_title_and_artist(tmp_path: Path, row: str) -> None:
    found = found_in(table(tmp_path, row), TRACK, Track("x", "Snow", (Artist("Ada"),)))
    assert list(found) == [TRACK.id]
    assert found[TRACK.id].values.energy == 0.25


def test_an_escaped_comma_in_an_artists_name_parts_nobody(tmp_path: Path) -> None:
    track = Track("y" * 22, "Rain", (Artist("Tyler, the Maker"), Artist("Bo")))
    made = table(tmp_path, 'Track Name,Artist Name(s),Energy\nRain,"Tyler\\, the Maker, Bo",0.5\n')
    assert list(found_in(made, track)) == [track.id]


def test_of_rows_of_one_track_the_first_holds(tmp_path: Path) -> None:
    made = table(tmp_path, f"id,energy\n{TRACK.id},0.25\n{TRACK.id},0.75\n{'x' * 22},\n")
    assert found_in(made, TRACK)[TRACK.id].values.energy == 0.25
    assert made.usable == 2


def test_what_one_table_leaves_open_the_next_fills(tmp_path: Path) -> None:
    first = table(tmp_path, f"id,energy\n{TRACK.id},0.25\n")
    second = table(tmp_path, f"id,energy,tempo\n{TRACK.id},0.75,120\n")
    values = Tables(tables=[first, second]).fetch([TRACK])[TRACK.id].values
    assert (values.energy, values.tempo) == (0.25, 120)


def test_an_empty_isrc_column_beside_good_ids_does_not_matter(tmp_path: Path) -> None:
    made = table(tmp_path, f"ISRC,Spotify ID,energy\n,{TRACK.id},0.5\n")
    assert found_in(made, TRACK)[TRACK.id].values.energy == 0.5


def test_a_row_that_has_an_id_of_another_kind_is_of_no_use(tmp_path: Path) -> None:
    assert table(tmp_path, "id,energy\n17,0.5\nspotify:local:x,0.5\n").usable == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("title,energy\nRain,0.5\n", "which track a row is.*The file has title, energy"),
        ("id,colour\nx,red\n", "no column holds an audio feature.*The file has id, colour"),
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
            read_table(path)


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="the reference data is not here")
def test_a_well_known_table_imports_as_it_is() -> None:
    frame = feature_rows(read_table(SHARED))
    made = Table(frame)
    assert frame.height == 32_833
    assert made.usable > 32_000
    found = found_in(made, Track("6f807x0ima9a1j3VPbc7VN", "I Don't Care"))
    values = found["6f807x0ima9a1j3VPbc7VN"].values
    assert (values.energy, values.key, values.tempo) == (0.916, 6, 122.036)
