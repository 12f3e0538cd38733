from __future__ import annotations

import gzip

import numpy as np
import polars as pl
import pytest

from segue.errors import DataError, UsageError
from segue.evaluation.datasets import read_likes, read_playlists, years
from segue.tables.reading import parse_columns, read_frame

CSV = """id,song_title,artist,playlist_name,tempo,energy
a,One,X,p,120,0.5
b,Two,Y,p,,0.25
a,One,X,q,120,0.5
"""


@pytest.fixture
def lists(tmp_path):
    path = tmp_path / "lists.csv"
    path.write_text(CSV)
    return path


def test_usual_names_are_understood(lists):
    assert set(read_frame(lists).columns) == {
        "track_id", "title", "artist", "playlist", "tempo", "energy"
    }  # fmt: skip


@pytest.mark.parametrize("suffix", ["csv.gz", "parquet"])
def test_every_format_reads_the_same(lists, tmp_path, suffix):
    path = tmp_path / f"lists.{suffix}"
    if suffix == "parquet":
        pl.read_csv(lists).write_parquet(path)
    else:
        path.write_bytes(gzip.compress(CSV.encode()))
    assert read_frame(path).equals(read_frame(lists))


def test_named_columns_go_before_usual_ones(lists):
    frame = read_frame(lists, parse_columns("valence=energy"))
    assert frame["valence"].to_list() == [0.5, 0.25, 0.5]


def test_a_column_that_is_not_there_is_named(lists):
    with pytest.raises(DataError, match=r"no column 'mood'.*it has id, song_title"):
        read_frame(lists, {"valence": "mood"})


def test_a_wrong_canonical_name_is_a_usage_error():
    with pytest.raises(UsageError, match="'velocity' is not one of"):
        parse_columns("velocity=tempo")


def test_a_word_where_a_number_belongs_costs_its_value_and_is_said(tmp_path, caplog):
    path = tmp_path / "lists.csv"
    path.write_text("id,energy,tempo\na,0.1,120\nb,0.2,fast\nc,0.3,100\n")
    frame = read_frame(path)
    assert frame["tempo"].to_list() == [120, None, 100]
    assert frame["energy"].to_list() == [0.1, 0.2, 0.3]
    assert "row 2, column 'tempo': 'fast' is not a number; taken for unknown" in caplog.text


def test_a_column_of_mostly_words_where_numbers_belong_is_refused(tmp_path):
    path = tmp_path / "lists.csv"
    path.write_text("id,energy,tempo\na,0.1,slow\nb,0.2,fast\nc,0.3,100\n")
    with pytest.raises(DataError, match=r"row 1 and 1 more, column 'tempo': 'slow'"):
        read_frame(path)


def test_a_missing_file_is_a_clear_error(tmp_path):
    with pytest.raises(DataError, match="there is no such file"):
        read_frame(tmp_path / "nowhere.csv")


def test_playlists_keep_the_order_of_the_file(lists):
    data = read_playlists(lists)
    assert data.vocabulary.ids == ("a", "b")
    assert [rows.tolist() for rows in data.playlists] == [[0, 1], [0]]
    assert np.isnan(data.tracks.tempo[1])


def test_a_position_goes_before_the_order_of_the_file(tmp_path):
    path = tmp_path / "lists.csv"
    path.write_text("id,playlist_id,position\na,p,2\nb,p,1\n")
    data = read_playlists(path)
    assert [data.vocabulary[row] for row in data.playlists[0]] == ["b", "a"]


def test_the_number_of_a_row_is_no_feature(tmp_path):
    path = tmp_path / "likes.csv"
    path.write_text(",energy,target,song_title,artist\n0,0.5,1,One,X\n1,0.4,0,Two,Y\n")
    data = read_likes(path)
    assert data.likes.tolist() == [0]
    assert data.dislikes.tolist() == [1]
    assert np.isnan(data.tracks.popularity).all()


def test_a_like_is_one_or_zero(tmp_path):
    path = tmp_path / "likes.csv"
    path.write_text("energy,liked\n0.5,2\n")
    with pytest.raises(DataError, match="must hold 1 or 0"):
        read_likes(path)


def test_dates_of_every_precision_are_years():
    assert years("2020") == 2020
    assert years("2020-07") == 2020.5
    assert years("2020-07-01") == 2020.5
    assert np.isnan(years(""))
    assert np.isnan(years("0000"))
