"""Which found songs are the one that was asked for: a table of hard pairs."""

from __future__ import annotations

import pytest

from segue.lyrics.cleaning import is_same_song, searchable_title
from segue.music.track import Artist, Track

SAME = [
    ("Crazy in Love (feat. JAY-Z)", "Beyoncé", 236, "Crazy In Love", "Beyonce", 236),
    ("Yesterday - Remastered 2009", "The Beatles", 125, "Yesterday", "Beatles", 127),
    ("Zombie - Live at the Apollo", "The Cranberries", 301, "Zombie", "The Cranberries", 307),
    ("Jóga", "Björk", 305, "Joga", "Bjork", None),
    ("So What", "P!nk", 215, "So What", "Pink", 215),
    ("I Write Sins", "Panic! At The Disco", 187, "I Write Sins", "Panic at the Disco", 187),
    ("TiK ToK", "Ke$ha", 199, "Tik Tok", "Kesha", 200),
    ("Thunderstruck", "AC/DC", 292, "Thunderstruck", "ACDC", 292),
    ("Mrs. Robinson", "Simon & Garfunkel", 244, "Mrs Robinson", "Simon and Garfunkel", 244),
    (
        "(I Can't Get No) Satisfaction",
        "The Rolling Stones",
        222,
        "(I Can’t Get No) Satisfaction",
        "Rolling Stones",
        223,
    ),
    ("Umbrella", "Rihanna, JAY-Z", 275, "Umbrella", "Rihanna feat. Jay-Z", 276),
    ("Blinding Lights - Remix", "The Weeknd", 260, "Blinding Lights", "The Weeknd", 200),
    ("Alors on danse - Radio Edit", "Stromae", 206, "Alors on danse", "Stromae", 207),
]

DIFFERENT = [
    ("Hurt", "Johnny Cash", 218, "Hurt", "Nine Inch Nails", 373),
    ("Hello", "Adele", 295, "Hello", "Lionel Richie", 249),
    ("Intro", "The xx", 127, "Intro", "The xx", 40),
    ("One", "Metallica", 447, "One More Time", "Metallica", 447),
    ("Prelude Pt. 1", "Somebody", 100, "Prelude Pt. 2", "Somebody", 100),
    ("Part 2", "Somebody", 100, "Part", "Somebody", 100),
    ("Rolling in the Deep", "Adele", 228, "Rolling in the Deep (Karaoke Version)", "Adele", 228),
    ("Alors on danse", "Stromae", 206, "Alors on danse (English Translation)", "Stromae", 206),
    ("Creep", "Radiohead", 238, "Creep", "Scala & Kolacny Brothers", 250),
    ("Love", "Lana Del Rey", 272, "Love Song", "Lana Del Rey", 272),
    ("Numb", "Linkin Park", 187, "Numb / Encore", "Jay-Z", 205),
]


def track(title: str, artists: str, seconds: float) -> Track:
    names = tuple(Artist(name) for name in artists.split(", "))
    return Track("x" * 22, title, names, duration_ms=int(seconds * 1000))


@pytest.mark.parametrize(("title", "artist", "seconds", "found", "by", "lasting"), SAME)
def test_the_same_song_in_another_spelling_or_version_is_taken(
    title: str, artist: str, seconds: float, found: str, by: str, lasting: float | None
) -> None:
    assert is_same_song(track(title, artist, seconds), found, [by], lasting)


@pytest.mark.parametrize(("title", "artist", "seconds", "found", "by", "lasting"), DIFFERENT)
def test_another_song_is_not_taken(
    title: str, artist: str, seconds: float, found: str, by: str, lasting: float | None
) -> None:
    assert not is_same_song(track(title, artist, seconds), found, [by], lasting)


@pytest.mark.parametrize(
    ("title", "searched"),
    [
        ("Crazy in Love (feat. JAY-Z)", "Crazy in Love"),
        ("Yesterday - Remastered 2009", "Yesterday"),
        ("(I Can't Get No) Satisfaction", "(I Can't Get No) Satisfaction"),
        ("Song ft. Somebody", "Song"),
        ("Live", "Live"),
    ],
)
def test_a_title_is_searched_without_guests_and_versions(title: str, searched: str) -> None:
    assert searchable_title(title) == searched
