"""Notes in place of lyrics are recognised."""

from __future__ import annotations

import pytest

from segue.lyrics.notes import placeholder, shared_by_songs
from segue.music.track import Artist, Track


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
        "Pure music, please enjoy",
        "纯音乐 请您欣赏\nPure music, please enjoy",
        "純音樂，請欣賞",
        "この曲はインストゥルメンタルです",
        "이 곡은 연주곡입니다",
        "순수 음악, 감상하세요",
        "Чистая музыка, пожалуйста, наслаждайтесь",
        "موسيقى فقط",
        "Música instrumental",
        "Reine Musik, bitte genießen",
        "Nhạc không lời",
        "यह एक वाद्य संगीत है",
        "Instrumental\nInstrumental\nInstrumental",
        "[Instrumental Intro]\n[Instrumental]",
        "\N{MULTIPLE MUSICAL NOTES}",
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
        "Yet to be released",
        "Snippet lyrics will be updated upon release",
        "Unfortunately, we are not authorized to show these lyrics.",
        "Letra no disponible",
        "歌詞未提供",
        "가사가 없습니다",
        "N/A",
        "12 34\n56",
        "- - -\n***",
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
        "Music, music\nall night long",
        "n a n a n a na",
        "None of this matters",
        "Please enjoy the silence",
        "No words\nNo singing now",
    ],
)
def test_words_that_are_sung_are_lyrics(text: str) -> None:
    assert placeholder(text) is None


def test_versions_and_covers_share_words_and_other_songs_do_not() -> None:
    titles = {"a": "Hallelujah", "b": "Hallelujah - Live", "c": "Roads", "d": "Machine Gun"}
    tracks = {
        i: Track(id=i, title=title, artists=(Artist(f"Artist {i}", f"artist{i}"),))
        for i, title in titles.items()
    }
    texts = {"a": "hal", "b": "hal", "c": "note", "d": "note", "gone": "note"}
    assert shared_by_songs(texts, tracks) == [["c", "d"]]
