from __future__ import annotations

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segued.inventory.identity import LONGEST, mark_in, marked, unmarked


def test_the_mark_stands_at_the_end() -> None:
    assert marked("Calm", "slow-sunday") == "Calm · segue:slow-sunday"


def test_an_empty_text_is_the_mark_alone() -> None:
    assert marked("", "a") == "segue:a"


def test_marking_twice_leaves_one_mark() -> None:
    assert marked(marked("Calm", "a"), "b") == "Calm · segue:b"


@pytest.mark.parametrize("text", ["", "no mark", "segue:", "xsegue:a", "segue:A", "a segue: b"])
def test_other_texts_have_no_mark(text: str) -> None:
    assert mark_in(text) is None


def test_a_mark_is_found_in_a_description_escaped_as_html() -> None:
    assert mark_in(html.escape("Tom & Jerry's · segue:tom", quote=True)) == "tom"


def test_a_text_too_long_is_cut_and_keeps_its_mark() -> None:
    found = marked("x" * 400, "a-long-id")
    assert len(found) == LONGEST
    assert mark_in(found) == "a-long-id"


@given(st.text(st.characters(codec="utf-8"), max_size=60), st.from_regex(r"[a-z0-9][a-z0-9-]{0,9}", fullmatch=True))  # fmt: skip  # noqa: E501
def test_any_text_gets_its_mark_and_loses_it_again(text: str, recipe_id: str) -> None:
    found = marked(text, recipe_id)
    assert mark_in(found) == recipe_id
    assert unmarked(found) == unmarked(text)
