"""Reading texts with human judgements."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from segue.errors import DataError
from segue.lyrics.sentiment_data import GOEMOTIONS, read_folder, read_rated


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    data = text.encode()
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


def test_the_published_ratings_are_read_without_a_header(tmp_path) -> None:
    text = '1\t2.0\tSay "yes"\n2\t-0.4\tno, no\n'
    read = read_rated(write(tmp_path, "tweets.tsv.gz", text))
    assert read.texts == ('Say "yes"', "no, no")
    assert np.allclose(read.valence, [0.5, -0.1])
    assert read.polarity.tolist() == [1, 0]
    assert (read.name, read.source, read.part) == ("tweets", "tweets", "all")


def test_goemotions_become_polarity_and_unclear_ones_are_left_out(tmp_path) -> None:
    names = [name for name, _ in GOEMOTIONS]
    joy, anger, surprise = names.index("joy"), names.index("anger"), names.index("surprise")
    neutral, love = names.index("neutral"), names.index("love")
    rows = [
        f"glad\t{joy},{love}\tx1",
        f"cross\t{anger}\tx2",
        f"odd\t{surprise}\tx3",
        f"glad and odd\t{joy},{surprise}\tx4",
        f"both\t{joy},{anger}\tx5",
        f"plain\t{neutral}\tx6",
    ]
    read = read_rated(write(tmp_path, "goemotions_dev.tsv", "\n".join(rows)))
    assert read.texts == ("glad", "cross", "plain")
    assert read.polarity.tolist() == [1, -1, 0]
    assert np.isnan(read.valence).all()
    assert (read.source, read.part) == ("goemotions", "held out")


def test_a_table_with_a_header_has_ratings_or_labels(tmp_path) -> None:
    rated = read_rated(write(tmp_path, "a.csv", 'Text,Rating\n"well, fine",0.25\nbad,-1\n'))
    assert rated.texts == ("well, fine", "bad")
    assert np.allclose(rated.valence, [0.25, -1])
    named = read_rated(write(tmp_path, "b.tsv", "label\tlyrics\nPositive\tla la\nneg\tboo\n"))
    assert named.polarity.tolist() == [1, -1]


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("a.tsv", "", "no rows"),
        ("a.csv", "words,number\na,1\n", "first line"),
        ("a.tsv", "1\t2\tfine\n2\tx\tworse\n", "line 2"),
        ("a.tsv", "1\t2\tfine\n2\t9\tworse\n", "line 2"),
        ("a.tsv", "1\t2\tfine\n2\n", "line 2"),
        ("a.csv", "text,label\nfine,positive\nodd,purple\n", "line 3"),
        ("a.tsv", "hm\t3\tx\nhm\t99\tx\n", "line 2"),
        ("a.csv", 'text,rating\n"open,1\n', "CSV"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_the_place(tmp_path, name, text, place) -> None:
    path = write(tmp_path, name, text)
    with pytest.raises(DataError, match=place) as raised:
        read_rated(path)
    assert str(path) in str(raised.value)


def test_a_file_cut_in_the_middle_is_named(tmp_path) -> None:
    path = tmp_path / "a.tsv.gz"
    path.write_bytes(gzip.compress(b"1\t2\tfine\n" * 100)[:30])
    with pytest.raises(DataError, match=r"a\.tsv\.gz"):
        read_rated(path)


def test_a_folder_without_tables_is_named(tmp_path) -> None:
    with pytest.raises(DataError, match=r"no \.tsv or \.csv"):
        read_folder(tmp_path)
