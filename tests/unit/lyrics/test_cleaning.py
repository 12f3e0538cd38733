"""What lyric pages carry around the words, on lines made up for the purpose."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.lyrics.cleaning import clean_lyrics


@pytest.mark.parametrize(
    "header",
    [
        "[Chorus]",
        "[Verse 2: Somebody]",
        "(Bridge)",
        "Chorus:",
        "Verse 1",
        "[Estribillo]",
        "【サビ】",
    ],
)
def test_a_section_header_is_taken_out(header: str) -> None:
    assert clean_lyrics(f"{header}\nthe harbour lights are low") == "the harbour lights are low"


@pytest.mark.parametrize(
    "sung", ["(ooh, carry me)", "We cross the bridge at night", "Chorus of crickets in the grass"]
)
def test_a_line_that_is_sung_stays(sung: str) -> None:
    assert clean_lyrics(f"one\n{sung}\ntwo") == f"one\n{sung}\ntwo"


@pytest.mark.parametrize(
    "credit", ["Lyrics by: A. Person", "Produced by: Somebody", "Music: Another", "作词 : 某人"]
)
def test_a_credit_is_taken_out(credit: str) -> None:
    assert clean_lyrics(f"{credit}\nslow train home") == "slow train home"


def test_the_contributors_line_is_taken_out() -> None:
    assert clean_lyrics("12 ContributorsSlow Train Lyrics\nslow train") == "slow train"


def test_the_advert_between_verses_is_taken_out() -> None:
    assert clean_lyrics("slow train\nYou might also like\nhome") == "slow train\n\nhome"


def test_the_embed_count_glued_to_the_last_line_is_taken_out() -> None:
    assert clean_lyrics("slow train\nhome again37Embed\n") == "slow train\nhome again"


def test_time_stamps_are_taken_out() -> None:
    synced = "[ti:Slow Train]\n[00:12.40]slow train\n[00:15.1]<00:15.30>home"
    assert clean_lyrics(synced) == "slow train\nhome"


def test_empty_lines_become_one() -> None:
    assert clean_lyrics("one\n\n\n\ntwo\n\n") == "one\n\ntwo"


def test_a_song_may_end_in_the_word_embed() -> None:
    assert clean_lyrics("let the roses embed") == "let the roses embed"


@given(st.text(max_size=400))
def test_any_text_comes_back_without_blank_runs_or_outer_space(text: str) -> None:
    cleaned = clean_lyrics(text)
    assert cleaned == cleaned.strip()
    assert "\n\n\n" not in cleaned
