"""Which texts are never trained on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.lyrics.sentiment_data import RatedTexts, is_held_out, plain, polarity_of, split


def rated(name: str, texts: list[str], part: str = "all") -> RatedTexts:
    n = len(texts)
    return RatedTexts(
        name,
        tuple(texts),
        np.zeros(n, dtype=np.float32),
        np.zeros(n, dtype=np.int64),
        part,  # type: ignore[arg-type]
        name,
    )


texts = st.lists(st.text(alphabet="ab ", max_size=4), max_size=30)


@given(texts, texts, texts, texts)
def test_no_text_is_both_trained_on_and_measured(a, b, c, d) -> None:
    sets = [rated("a", a), rated("b", b), rated("c", c, "train"), rated("d", d, "held out")]
    dealt = split(sets)
    seen = {plain(s.texts[r]) for s, rows in zip(sets, dealt.train, strict=True) for r in rows}
    held = {plain(s.texts[r]) for s, rows in zip(sets, dealt.test, strict=True) for r in rows}
    assert not seen & held


def test_a_set_published_as_a_test_is_measured_whole_and_trained_on_nowhere() -> None:
    sets = [
        rated("x_train", ["same", "other"], "train"),
        rated("x_dev", ["Same ", "new"], "held out"),
    ]
    dealt = split(sets)
    assert dealt.train[0].tolist() == [1]
    assert dealt.test[0].size == 0
    assert dealt.train[1].size == 0
    assert dealt.test[1].tolist() == [0, 1]


def test_a_fifth_of_a_set_is_held_out_whatever_else_is_there() -> None:
    many = [f"text {i}" for i in range(4000)]
    share = np.mean([is_held_out(text) for text in many])
    assert 0.18 < share < 0.22
    alone = split([rated("a", many)]).test[0]
    assert np.array_equal(alone, split([rated("a", many), rated("b", ["x"])]).test[0])


def test_case_and_spaces_do_not_move_a_text_to_the_other_side() -> None:
    assert all(is_held_out(f"Some  WORDS {i}") == is_held_out(f"some words {i}") for i in range(50))


def test_classes_of_ratings_are_neutral_within_half_a_point_of_four() -> None:
    ratings = np.array([-4, -0.5, -0.49, 0, 0.49, 0.5, 4], dtype=np.float32) / 4
    assert polarity_of(ratings).tolist() == [-1, -1, 0, 0, 0, 1, 1]


def test_parts_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="differ in length"):
        RatedTexts("a", ("x",), np.zeros(2, dtype=np.float32), np.zeros(1, dtype=np.int64))
