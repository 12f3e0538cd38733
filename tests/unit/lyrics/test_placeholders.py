"""Notes in place of lyrics are told from lyrics."""

from __future__ import annotations

import pytest

from segue.lyrics.answers import placeholder


@pytest.mark.parametrize(
    "text",
    [
        "[au: instrumental]",
        "[au: instrumental]\n[00:00.00]",
        "Instrumental",
        "(Instrumental)",
        "[Instrumental]",
        "This song is an instrumental.",
        "This track is instrumental",
        "[00:00.00] Instrumental track",
        "♪ ♪ ♪",
        "[00:12.00]♪\n[00:30.00]♪",
        "纯音乐，请欣赏",
        "[00:00.00]作词 : 无\n[00:01.00]作曲 : 无\n[99:00.00]纯音乐，请欣赏",
        "[00:00.00]此歌曲为没有填词的纯音乐，请您欣赏",
    ],
)
def test_a_note_that_a_song_has_no_words_is_no_lyrics(text: str) -> None:
    assert placeholder(text) == "instrumental"


@pytest.mark.parametrize(
    "text",
    [
        "Lyrics for this song have yet to be released. Please check back once it is out.",
        "Lyrics not available",
        "Sorry, we don't have the lyrics for this song yet.",
        "No lyrics found.",
        "No lyrics available for this track",
        "暂无歌词",
        "[00:00.00]",
        "",
    ],
)
def test_a_note_that_lyrics_are_missing_is_no_lyrics(text: str) -> None:
    assert placeholder(text) == "missing"


@pytest.mark.parametrize(
    "text",
    [
        "[Verse 1]\nwalking home along the river\nIt is raining",
        "My instrumental heart beats on for you",
        "[Instrumental]\nlove is all there is",
        "The lyrics of this song are all I have\nand you are gone",
        "no no no\nno more\nno lyrics left in me but one",
        "La la la",
        "Yeah",
    ],
)
def test_words_that_are_sung_are_lyrics(text: str) -> None:
    assert placeholder(text) is None
