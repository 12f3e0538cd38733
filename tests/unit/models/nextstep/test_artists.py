"""What an artist's other songs say, by hand."""

from __future__ import annotations

import numpy as np

from segue.models.nextstep.training import ArtistMeans, songs_of

NOBODY = -1


def rows(*values):
    return np.array(values, dtype=np.int32)


def level(*values):
    return np.repeat(np.array(values, dtype=np.float32)[:, None], 8, axis=1)


SCALED = level(1, 2, 6, 3, 5, 7)
ARTIST = rows(0, 0, 0, 0, 1, NOBODY)


def means(lists, song=None):
    return ArtistMeans.over(lists, SCALED, ARTIST, np.arange(6) if song is None else song)


def test_the_mean_leaves_the_song_itself_out_and_is_shrunk_to_the_median():
    known = means([rows(0, 1), rows(2)])
    # of row 0 the others are 2 and 6, two more stand at the median
    found = known.beside(level(0, 1), rows(0, 0))
    np.testing.assert_allclose(found[0], [8 / 4] * 8 + [np.log(3)], rtol=1e-6)
    np.testing.assert_allclose(found[1], [(8 - 2) / 4] * 8 + [np.log(3)], rtol=1e-6)


def test_a_song_that_is_in_no_list_leaves_nothing_out():
    found = means([rows(0, 1), rows(2)]).beside(level(0), rows(3))
    np.testing.assert_allclose(found[0], [9 / 5] * 8 + [np.log(4)], rtol=1e-6)


def test_of_an_artist_with_no_other_song_or_none_nothing_is_said():
    found = means([rows(4, 5)]).beside(level(1, 1), rows(4, 5))
    np.testing.assert_array_equal(found, np.zeros((2, 9)))


def test_a_list_can_be_taken_out():
    whole = means([rows(0, 1), rows(2), rows(1, 2)])
    found = whole.without(rows(0, 1)).beside(level(0), rows(3))
    np.testing.assert_allclose(found[0, 0], (2 + 6) / (2 + 2))  # 1 and 2 stay by the third list
    again = whole.beside(level(0), rows(3))
    np.testing.assert_allclose(again[0, 0], (1 + 2 + 6) / (3 + 2))


def test_a_song_stands_once_however_many_lists_hold_it():
    found = means([rows(1), rows(1), rows(1, 2)]).beside(level(0), rows(3))
    np.testing.assert_allclose(found[0, 0], 8 / 4)


def test_versions_of_a_song_are_one_song_and_tell_nothing_of_each_other():
    song = songs_of(ARTIST, ["A", "B", "a", "D", "A", "A"])
    assert song.tolist() == [0, 1, 0, 3, 4, 5]
    found = means([rows(0, 1)], song).beside(level(0), rows(2))
    np.testing.assert_allclose(found[0], [2 / 3] * 8 + [np.log(2)], rtol=1e-6)


def test_songs_without_a_title_or_an_artist_are_each_their_own():
    assert songs_of(rows(0, 0, NOBODY, NOBODY), ["", "", "A", "A"]).tolist() == [0, 1, 2, 3]
