"""Tables with something wrong in them, and values that only their surroundings explain."""

from __future__ import annotations

import gzip
import io
import random
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from segue.errors import DataError
from segue.tables import text as text_of_tables
from segue.tables.reading import TrackTable, read_table
from segue.tables.sheet import write_sheet

Read = Callable[..., TrackTable]


@pytest.fixture(name="read")
def _read(tmp_path: Path) -> Read:
    def read(text: str | bytes, name: str = "table.csv", **columns: str) -> TrackTable:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return read_table(path, columns)

    return read


def values(table: TrackTable, name: str) -> list[object]:
    return table.frame[name].to_list()


@pytest.mark.parametrize(
    ("row", "title", "artist"),
    [
        ('"Half "Moon" Rising",Ada,0.5', 'Half "Moon" Rising', "Ada"),
        ('"Half "Moon", Rising","Ada","0.5"', 'Half "Moon", Rising', "Ada"),
        ('12" Mix,Ada,0.5', '12" Mix', "Ada"),
        ('"Half \\"Moon\\"",Ada,0.5', 'Half "Moon"', "Ada"),
        ('"Heroes" (Live),Ada,0.5', '"Heroes" (Live)', "Ada"),
        ('"Heroes,Ada,0.5', '"Heroes', "Ada"),
        ('"First\nsecond","Ada",0.5', "First second", "Ada"),
        ("Rain,Ada", "Rain", "Ada"),
        ("Rain,Ada,0.5,,,", "Rain", "Ada"),
        ("  Rain  ,\tAda ,0.5", "Rain", "Ada"),
        ("\x1b[31mRain\x07,Ada,0.5", "[31mRain", "Ada"),
    ],
)
def test_quotes_and_blanks_out_of_place_cost_nothing(read, row, title, artist) -> None:
    table = read(f"title,artist,energy\nBefore,X,0.1\n{row}\nAfter,Y,0.9\n")
    assert values(table, "title") == ["Before", title, "After"]
    assert values(table, "artist") == ["X", artist, "Y"]
    assert values(table, "energy")[::2] == [0.1, 0.9]
    assert table.sheet.misfits == ()


def test_a_row_with_more_fields_than_headings_is_unknown_and_counted(read) -> None:
    table = read("title,artist,energy\nRain,Ada,0.5\nOne, two, three,Ada,0.5\nSnow,Bo,0.7\n")
    assert values(table, "title") == ["Rain", None, "Snow"]
    assert table.notes() == ("Not read: row 2, with more fields than headings",)


def test_rows_without_any_value_are_no_rows(read) -> None:
    table = read('\n\ntitle,energy\n\nRain,0.5\n,\n" ",""\n\n')
    assert values(table, "title") == ["Rain"]


def test_the_line_in_which_excel_names_the_delimiter_is_no_heading(read) -> None:
    assert values(read("sep=;\ntitle;energy\nRain, soft;0,5\n"), "energy") == [0.5]


def test_a_quote_that_opens_nothing_does_not_swallow_the_rows_after_it(read) -> None:
    rows = "".join(f'"Song {i},Band,0.{i % 10}\n' for i in range(5000))
    assert len(values(read(f"title,artist,energy\n{rows}"), "title")) == 5000


def test_of_columns_of_one_meaning_the_one_that_holds_values_is_read(read) -> None:
    table = read(f"id,track_id,uri,energy\n1,,spotify:track:{'a' * 22},0.5\n")
    assert values(table, "track_id") == ["a" * 22]
    assert values(read("ISRC,track isrc,energy\n,QZAAA1700001,0.5\n"), "isrc") == ["QZAAA1700001"]


def test_a_word_among_numbers_is_unknown_and_said(read) -> None:
    table = read("title,energy,tempo\nRain,loud,120\nSnow,0.5,fast\nHail,n/a,\n")
    assert values(table, "energy") == [None, 0.5, None]
    assert [str(note) for note in table.unread] == [
        "row 1, column 'energy': 'loud' is not a number",
        "row 2, column 'tempo': 'fast' is not a number",
    ]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["72", "6", "0"], [0.72, 0.06, 0]),
        (["72 %", "6%", "100%"], [0.72, 0.06, 1]),
        (["0.5", "0.6", "72"], [0.5, 0.6, None]),
        (["0.5", "1", "0"], [0.5, 1, 0]),
        (["0,5", "1,0", ""], [0.5, 1, None]),
        (["7", "5", "9"], [None, None, None]),
        (["-0.2", "0.3", "1e400"], [None, 0.3, None]),
    ],
)
def test_features_are_shares_whether_written_so_or_in_percent(read, given, expected) -> None:
    rows = "".join(f"T;{value}\n" for value in given)
    assert values(read(f"title;energy\n{rows}"), "energy") == pytest.approx(expected)


def test_a_column_that_may_be_either_is_what_the_others_of_its_table_are(read) -> None:
    table = read("title,energy,speechiness,liveness\nRain,72,1,0\nSnow,61,0,5\n")
    assert values(table, "speechiness") == [0.01, 0]
    assert values(table, "liveness") == [0, 0.05]
    assert values(read("title,energy,speechiness\nRain,0.5,1\n"), "speechiness") == [1]


@pytest.mark.parametrize(
    ("heading", "given", "milliseconds"),
    [
        ("duration_ms", "217533", 217_533),
        ("duration_ms", "217,533", 217_533),
        ("duration_ms", "217 533", 217_533),
        ("duration_ms", "181", 181_000),
        ("Duration (s)", "181.5", 181_500),
        ("Duration (s)", "181000", 181_000),
        ("duration", "181", 181_000),
        ("duration", "181000", 181_000),
        ("Length", "3:01", 181_000),
        ("Time", "1:03:01", 3_781_000),
        ("Time", "75:01", 4_501_000),
        ("duration minutes", "3.5", 210_000),
        ("Dauer", "PT3M1S", 181_000),
        ("Dauer", "3 min 1 sec", 181_000),
        ("duration", "3", None),
        ("duration", "3:61", None),
        ("duration", "-5", None),
        ("duration_ms", "9e30", None),
    ],
)
def test_the_unit_of_a_duration_is_known_by_heading_and_size(
    read, heading, given, milliseconds
) -> None:
    table = read(f'title,"{heading}"\nRain,"{given}"\n')
    assert values(table, "duration_ms") == [milliseconds]
    assert bool(table.unread) == (milliseconds is None)


def test_a_note_without_a_mark_is_major_where_minor_ones_are_marked(read) -> None:
    table = read("title,key\nRain,Am\nSnow,A\nHail,F#m\n")
    assert values(table, "key") == [9, 9, 6]
    assert values(table, "mode") == [0, 1, 0]
    table = read("title,key\nRain,A\nSnow,C♯/D♭\n")
    assert values(table, "key") == [9, 1]
    assert "mode" not in table.frame.columns


def test_what_the_key_leaves_open_the_camelot_column_tells(read) -> None:
    table = read("title,Key,Camelot,Mode\nRain,A,8A,\nSnow,,8B,\nHail,5,,Minor\n")
    assert values(table, "key") == [9, 0, 5]
    assert values(table, "mode") == [0, 1, 0]


@pytest.mark.parametrize(
    "data",
    [
        "Café,0.5".encode("cp1252"),
        "Łódź,0.5".encode("cp1250"),
        "title,energy\nRain,0.5\n".encode("utf-32"),
        "日本".encode("shift_jis"),
    ],
)
def test_another_encoding_is_refused_with_what_to_do(read, data) -> None:
    with pytest.raises(DataError, match="save it as UTF-8"):
        read(b"title,energy\n" + data if not data.startswith(b"\xff\xfe") else data)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"PK\x03\x04xl/workbook.xml", "workbook or an archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "workbook or an archive"),
        (b"title,energy\nRa\0in,0.5\n", "zero bytes"),
        (gzip.compress(b"title,energy\nRain,0.5\n", mtime=0)[:-9], "cut short"),
        (b"\x1f\x8b\x08\x00broken", "cannot be unpacked|cut short"),
        (b"PAR1", "Parquet"),
        (b"", "no rows"),
    ],
)
def test_what_is_no_table_is_refused_in_a_sentence(read, data, words) -> None:
    with pytest.raises(DataError, match=words):
        read(data)


def test_a_gzip_that_grows_without_bound_is_refused(read, monkeypatch) -> None:
    monkeypatch.setattr(text_of_tables, "LARGEST_BYTES", 1_000_000)
    with pytest.raises(DataError, match="too large"):
        read(gzip.compress(b"0" * 50_000_000))


def test_columns_that_nobody_needs_do_not_count_however_many(read) -> None:
    many = 200_000
    heading = "title,energy," + ",".join(f"c{i}" for i in range(many))
    table = read(f"{heading}\nRain,0.5,{',' * (many - 1)}\n")
    assert values(table, "energy") == [0.5]
    with pytest.raises(DataError, match=r"no column 'mood'.* and 199,972 more"):
        read(f"{heading}\nRain,0.5,{',' * (many - 1)}\n", energy="mood")


def test_the_order_is_written_with_every_record_as_it_was(read, tmp_path: Path) -> None:
    records = ['"A ""b""";0,5;"x', 'y"', "Snow;0,7;", "One;two;three;four", "Hail;0,9;z"]
    text = "\n".join(["title;energy;note", *records]) + "\n"
    table = read(text.encode("utf-16"), "in [1].csv")
    assert table.frame.height == 4
    target = tmp_path / "out [1].csv"
    write_sheet(table.sheet, [3, 2, 1, 0], target)
    expected = ["title;energy;note", *records[:1:-1], records[0], records[1]]
    assert target.read_text().splitlines() == expected


@pytest.mark.parametrize("target", ["out.parquet", "out.csv", "out.csv.gz"])
@pytest.mark.parametrize("source", ["in.csv", "in.parquet"])
def test_every_column_is_written_in_every_format(tmp_path: Path, source, target) -> None:
    frame = pl.DataFrame({"title": ["A, b", "C"], "energy": ["0.5", "0.7"], "note": ["", "x"]})
    path = tmp_path / source
    frame.write_parquet(path) if path.suffix == ".parquet" else frame.write_csv(path)
    write_sheet(read_table(path).sheet, [1, 0], tmp_path / target)
    reader = pl.read_parquet if target.endswith("parquet") else pl.read_csv
    written = reader((tmp_path / target).read_bytes())
    assert written["title"].to_list() == ["C", "A, b"]
    assert [float(value) for value in written["energy"].to_list()] == [0.7, 0.5]


def test_a_parquet_with_lists_and_numbers_reads_like_text(tmp_path: Path) -> None:
    path = tmp_path / "typed.parquet"
    pl.DataFrame(
        {"name": ["Rain"], "artists": [["Ada", "Bo"]], "energy": [0.5], "key": [7], "mode": [True],
         "duration_ms": [200_000]},
    ).write_parquet(path)  # fmt: skip
    (row,) = read_table(path).frame.rows(named=True)
    assert row == {
        "title": "Rain", "artist": "Ada, Bo", "energy": 0.5, "key": 7, "mode": 1,
        "duration_ms": 200_000,
    }  # fmt: skip


def test_whatever_is_damaged_in_a_parquet_is_read_or_refused(tmp_path: Path) -> None:
    packed = io.BytesIO()
    pl.DataFrame({"title": ["Rain", "Snow"], "energy": [0.5, 0.7]}).write_parquet(packed)
    chance, path = random.Random(3), tmp_path / "damaged.parquet"
    refused = 0
    for _ in range(200):
        data = bytearray(packed.getvalue())
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        path.write_bytes(data if chance.random() < 0.7 else data[: chance.randrange(len(data))])
        try:
            read_table(path)
        except DataError:
            refused += 1
    assert refused > 50
