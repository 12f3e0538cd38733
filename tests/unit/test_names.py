"""When two names are the same, and which was meant."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.names import did_you_mean, name_key, nearest


@given(st.text())
def test_the_form_of_unicode_makes_no_other_name(name: str) -> None:
    for form in ("NFC", "NFD"):
        assert name_key(unicodedata.normalize(form, name)) == name_key(name)


@given(st.text())
def test_a_key_is_its_own_key(name: str) -> None:
    assert name_key(name_key(name)) == name_key(name)


@pytest.mark.parametrize("other", ["STRASSE", " straße\n", "Strasse"])
def test_case_and_blanks_make_no_other_name(other: str) -> None:
    assert name_key(other) == name_key("Straße")


def test_the_nearest_choice_keeps_its_spelling() -> None:
    assert nearest("slow mornin", ["Gym", "Slow Mornings"]) == "Slow Mornings"
    assert did_you_mean("likd", ("liked", "plays")) == 'Did you mean "liked"?'


def test_nothing_near_is_no_choice() -> None:
    assert nearest("xyz", ["Gym", "Slow Mornings"]) is None
    assert did_you_mean("xyz", []) is None
