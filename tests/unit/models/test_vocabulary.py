from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.models.data import Vocabulary

IDS = st.lists(
    st.text(st.characters(exclude_characters="\n", codec="utf-8"), min_size=1), unique=True
)


@given(IDS)
def test_bytes_and_back_gives_the_same(ids):
    assert Vocabulary.from_array(Vocabulary(ids).to_array()) == Vocabulary(ids)


def test_unknown_ids_are_left_out_in_order():
    assert Vocabulary("abc").indices(["c", "x", "a"]).tolist() == [2, 0]


def test_an_id_cannot_stand_twice():
    with pytest.raises(ValueError, match="twice"):
        Vocabulary(["a", "a"])
