"""Texts as hashed n-grams."""

from __future__ import annotations

import zlib

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from segue.lyrics.cleaning import BUCKETS, bags, ngrams, words


def test_words_are_folded_and_drawn_out_letters_are_cut_to_two() -> None:
    assert words("SOOOO happy, don’t stop!!!! :) <3") == [
        "soo", "happy", "don't", "stop", "!!", ":)", "<3",
    ]  # fmt: skip


def test_a_text_has_its_words_its_pairs_and_its_pieces() -> None:
    assert ngrams("my joy") == [
        "my", "joy", "my joy",
        "#<my", "#my>",
        "#<jo", "#joy", "#oy>", "#<joy", "#joy>",
    ]  # fmt: skip


def test_weights_are_one_plus_the_logarithm_of_the_count_at_length_one() -> None:
    found = bags(["a a b"])
    # a twice, b once, pairs "a a" and "a b"; words of one letter have no pieces of 3 but <a> whole.
    raw = {"a": 1 + np.log(2), "b": 1.0, "a a": 1.0, "a b": 1.0}
    norm = np.sqrt(sum(value**2 for value in raw.values()))
    shown = dict(zip(found.buckets.tolist(), found.weights.tolist(), strict=True))
    for gram, value in raw.items():
        assert np.isclose(shown[zlib.crc32(gram.encode()) % BUCKETS], value / norm)
    assert len(shown) == 4


def test_sums_add_the_weighted_rows_of_each_text() -> None:
    table = np.zeros((BUCKETS, 2), dtype=np.float32)
    table[zlib.crc32(b"a") % BUCKETS] = (3.0, -1.0)
    assert np.allclose(bags(["b", "a", ""]).sums(table), [[0, 0], [3, -1], [0, 0]])


@given(st.lists(st.text(max_size=40), max_size=6))
def test_any_texts_give_one_bag_each_of_length_one_or_nothing(texts: list[str]) -> None:
    found = bags(texts)
    assert found.offsets.size == len(texts)
    squares = np.bincount(found.rows(), weights=found.weights**2, minlength=len(texts))
    assert all(np.isclose(square, 1, atol=1e-4) or square == 0 for square in squares)
