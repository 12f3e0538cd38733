import numpy as np
import pytest

from segue.models.lists.catalogue import credited, involved_artists, song_key, word_vectors


@pytest.mark.parametrize(
    ("title", "names"),
    [
        ("Song (feat. Ann & Bob)", ["ann", "bob"]),
        ("Song - Cleo Remix", ["cleo"]),
        ("Song [with Dee, Eve]", ["dee", "eve"]),
        ("Song", []),
        ("Song (Live)", ["live"]),
    ],
)
def test_a_title_credits_who_is_named_in_brackets_or_after_a_dash(title, names):
    assert list(credited(title)) == names


def test_versions_of_a_song_share_a_key_and_other_artists_do_not():
    assert song_key("Hey (Live)", "A") == song_key("Hey - Radio Edit", "a")
    assert song_key("Hey", "A") != song_key("Hey", "B")


def test_an_empty_title_is_a_version_of_nothing():
    assert song_key("", "A") == ""


def test_credited_artists_take_part_beside_the_first():
    involved = involved_artists(
        ["One (feat. Bea)", "Two"], np.array([0, 1], dtype=np.int32), ["Al", "Bea"]
    ).toarray()
    np.testing.assert_array_equal(involved, [[1, 1], [0, 1]])


def test_word_vectors_have_unit_length_and_leave_out_words_of_one_text():
    vectors = word_vectors(["red sun", "red moon", "blue"]).toarray()
    np.testing.assert_allclose(vectors, [[1], [1], [0]])


def test_a_rarer_word_weighs_more():
    # "a" in 2 of 4: ln 2; "b" in 3 of 4: ln 4/3. First text: (ln 2, ln 4/3) / norm.
    first = word_vectors(["a b", "a b", "b", "c"]).toarray()[0]
    expected = np.array([np.log(2), np.log(4 / 3)])
    np.testing.assert_allclose(first, expected / np.linalg.norm(expected), rtol=1e-6)
