"""Recordings: which tracks of a catalogue are the same one."""

from __future__ import annotations

import pytest

from segue.music.track import (
    Artist,
    Track,
    normalised_artist,
    normalised_title,
    same_recording,
    unique_recordings,
)


def track(
    id: str,  # noqa: A002 reads best here
    title: str = "Harbour Lights",
    artist: str = "Mira Vale",
    duration_ms: int = 200_000,
    isrc: str | None = None,
) -> Track:
    artists = tuple(Artist(name) for name in artist.split(" + "))
    return Track(id=id, title=title, artists=artists, duration_ms=duration_ms, isrc=isrc)


SAME = [
    ("Harbour Lights", "Harbour Lights - Remastered 2011"),
    ("Harbour Lights", "Harbour Lights (2011 Remaster)"),
    ("Harbour Lights", "Harbour Lights - 2009 Remastered Version"),
    ("Harbour Lights", "Harbour Lights (Remastered)"),
    ("Harbour Lights", "Harbour Lights - Digitally Remastered"),
    ("Harbour Lights", "Harbour Lights - Single Version"),
    ("Harbour Lights", "Harbour Lights (Album Version)"),
    ("Harbour Lights", "Harbour Lights - Original Mix"),
    ("Harbour Lights", "Harbour Lights - Radio Edit"),
    ("Harbour Lights", "Harbour Lights - Mono"),
    ("Harbour Lights", "Harbour Lights (Stereo Mix)"),
    ("Harbour Lights", "Harbour Lights (feat. Another Singer)"),
    ("Harbour Lights", "Harbour Lights feat. Another Singer"),
    ("Harbour Lights", "Harbour Lights ft. Another Singer"),
    ("Harbour Lights", "Harbour Lights (with Another Singer)"),
    ("Harbour Lights", "Harbour Lights (Bonus Track)"),
    ("Harbour Lights", "Harbour Lights (Deluxe Edition)"),
    ("Harbour Lights", 'Harbour Lights - From "The Long Night"'),
    ("Harbour Lights", "Harbour Lights (From the Motion Picture The Long Night)"),
    ("Harbour Lights", "HARBOUR LIGHTS"),
    ("Déjà Vu", "Deja Vu"),
    ("You & Me", "You and Me"),
    ("Don't Go", "Don’t Go"),
    ("Harbour Lights - Live", "Harbour Lights (Live)"),
    ("Harbour Lights - Live / Remastered", "Harbour Lights (Live)"),
    ("Harbour Lights - Live at the Pier - 2011 Remaster", "Harbour Lights (Live at the Pier)"),
    ("Harbour Lights (feat. X) [Kip Remix]", "Harbour Lights - Kip Remix"),
]

DIFFERENT = [
    ("Harbour Lights", "Harbour Lights - Live"),
    ("Harbour Lights", "Harbour Lights (Live at the Pier)"),
    ("Harbour Lights", "Harbour Lights - Kip Remix"),
    ("Harbour Lights - Kip Remix", "Harbour Lights - Rosa Remix"),
    ("Harbour Lights", "Harbour Lights (Acoustic)"),
    ("Harbour Lights", "Harbour Lights - Acoustic Version"),
    ("Harbour Lights", "Harbour Lights (Mira's Version)"),
    ("Harbour Lights", "Harbour Lights - Demo"),
    ("Harbour Lights", "Harbour Lights - Instrumental"),
    ("Harbour Lights", "Harbour Lights (Sped Up)"),
    ("Harbour Lights", "Harbour Lights (Remix) - Remastered"),
    ("Harbour Lights, Pt. 1", "Harbour Lights, Pt. 2"),
    ("Live and Let Go", "Let Go"),
    ("(I Can Hear) The Harbour", "The Harbour"),
    ("Feature Film", "Feature"),
    ("Left", "Leftovers"),
    ("???", "!!!"),
    ("が", "か"),
]


@pytest.mark.parametrize(("first", "second"), SAME)
def test_a_reissue_has_the_title_of_the_original(first: str, second: str) -> None:
    assert normalised_title(first) == normalised_title(second)


@pytest.mark.parametrize(("first", "second"), DIFFERENT)
def test_another_take_keeps_its_words(first: str, second: str) -> None:
    assert normalised_title(first) != normalised_title(second)


@pytest.mark.parametrize("title", ["(Remastered)", "", "- Live", "???", "(feat. X)"])
def test_a_title_of_nothing_but_extras_does_not_vanish(title: str) -> None:
    assert bool(normalised_title(title)) == bool(title)


def test_an_artist_is_compared_without_article_case_and_accents() -> None:
    assert normalised_artist("The Béatles") == normalised_artist("beatles")
    assert normalised_artist("The") == "the"


def test_one_isrc_is_one_recording_however_it_is_titled() -> None:
    first = track("a", "Harbour Lights", isrc="GBAAA2400001")
    second = track("b", "Lights of the Harbour", "Someone Else", 1, isrc="gb-aaa-24-00001")
    assert same_recording(first, second)


def test_a_reissue_with_an_isrc_of_its_own_is_the_same_recording() -> None:
    first = track("a", isrc="GBAAA7400001")
    assert same_recording(first, track("b", "Harbour Lights - Remastered", isrc="GBAAA1100009"))


@pytest.mark.parametrize(("apart", "same"), [(2_000, True), (2_500, True), (3_001, False)])
def test_durations_may_differ_by_a_fade(apart: int, same: bool) -> None:
    assert same_recording(track("a"), track("b", duration_ms=200_000 + apart)) is same


def test_an_unknown_duration_proves_nothing() -> None:
    assert not same_recording(track("a", duration_ms=0), track("b", duration_ms=0))


def test_a_cover_by_someone_else_is_another_recording() -> None:
    assert not same_recording(track("a"), track("b", artist="Other Band"))


def test_the_order_of_two_credited_artists_does_not_matter() -> None:
    assert same_recording(
        track("a", artist="Mira Vale + Kip"), track("b", artist="Kip + Mira Vale")
    )


def test_tracks_without_artists_are_not_taken_for_one_another() -> None:
    bare = Track(id="a", title="Intro", duration_ms=1000)
    assert not same_recording(bare, Track(id="b", title="Intro", duration_ms=1000))


def test_the_first_of_each_recording_is_kept() -> None:
    tracks = [
        track("a", isrc="GBAAA2400001"),
        track("b", "Harbour Lights - Live"),
        track("c", "Harbour Lights - Remastered"),
        track("d", "Unrelated", isrc="GBAAA2400001"),
        track("e", "Harbour Lights (Live)"),
        track("a"),
    ]
    assert unique_recordings(tracks) == {"c": "a", "d": "a", "e": "b"}
