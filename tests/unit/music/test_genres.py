"""Genres: spellings of one name, the tree, and what counts among tags."""

from __future__ import annotations

import pytest

from segue.music.genres import genre_key, genre_tree, genres_of, no_such_genre

TREE = genre_tree(("zeuhl", "minimal deep tech house", "zouk"))


@pytest.mark.parametrize(
    "spellings",
    [
        ("Hip-Hop", "hip hop", "hiphop", "Rap", "Hip_Hop", "HIP HOP"),
        ("R&B", "rnb", "R & B", "r&b", "RnB"),
        ("Drum & Bass", "drum and bass", "drum'n'bass", "Drum n Bass", "dnb"),
        ("rock and roll", "Rock 'n' Roll", "rock & roll", "rock n roll"),
        ("forró", "Forro", "forro\u0301"),
        ("synthpop", "Synth-Pop", "synth pop"),
    ],
)
def test_spellings_of_a_genre_are_one_genre(spellings: tuple[str, ...]) -> None:
    assert len({genre_key(each) for each in spellings}) == 1
    assert TREE.find(spellings[0]) is not None


@pytest.mark.parametrize(
    ("part", "whole"),
    [
        ("deep house", "electronic"),
        ("shoegaze", "rock"),
        ("bossa nova", "jazz"),
        ("bossa nova", "latin"),
        ("thrash metal", "rock"),
        ("minimal deep tech house", "house"),
        ("neo soul", "r&b"),
    ],
)
def test_a_genre_is_part_of_those_above_it(part: str, whole: str) -> None:
    key = TREE.find(part)
    assert key is not None
    assert TREE.find(whole) in TREE.above(key)


def test_a_whole_is_no_part_of_its_parts_and_nothing_runs_in_a_circle() -> None:
    electronic, house = TREE.find("electronic"), TREE.find("deep house")
    assert electronic is not None
    assert house not in TREE.above(electronic)
    for key in TREE.names:
        above = TREE.above(key) - {key}
        assert all(key not in TREE.above(each) for each in above), key


def test_a_name_from_elsewhere_stands_alone_where_no_ending_is_a_genre() -> None:
    zeuhl = TREE.find("Zeuhl")
    assert zeuhl is not None
    assert TREE.above(zeuhl) == {zeuhl}
    assert genre_tree().find("zeuhl") is None


def test_what_is_no_genre_is_left_out_and_what_few_said_too() -> None:
    tags = [("seen live", 90), ("House", 10), ("deep house", 6), ("jazz", 1), ("house", 0)]
    assert genres_of(tags, TREE) == ("house", "deephouse")
    assert genres_of([("favourites", 3)], TREE) == ()


def test_an_unknown_genre_is_answered_with_the_one_that_was_probably_meant() -> None:
    assert "shoegaze" in no_such_genre("shoegazer", TREE)
    assert no_such_genre("qqqq", TREE).endswith("Segue knows")
