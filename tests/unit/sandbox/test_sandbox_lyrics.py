"""Generated words: repeatable, with a hook, and about what the song sounds like."""

from __future__ import annotations

import numpy as np

from segued.sandbox.account.generator import generate_catalogue
from segued.sandbox.account.words import is_instrumental, lyrics_of, share_of, theme_of

CATALOGUE = generate_catalogue(seed=7, tracks=600, artists=80, genres=24)
SUNG = [track for track in CATALOGUE.tracks.values() if not is_instrumental(track)]


def test_a_song_always_has_the_same_words():
    assert lyrics_of(SUNG[0]) == lyrics_of(SUNG[0])


def test_a_recording_has_the_same_words_on_both_its_albums():
    by_isrc = {}
    for track in SUNG:
        by_isrc.setdefault(track.isrc, []).append(track)
    pairs = [pair for pair in by_isrc.values() if len(pair) == 2]
    assert pairs
    assert all(lyrics_of(track) == lyrics_of(other) for track, other in pairs)


def test_a_song_has_verses_and_a_chorus_that_comes_back_with_its_title():
    for track in SUNG[:50]:
        sections = lyrics_of(track)
        choruses = [lines for name, lines in sections if name == "Chorus"]
        assert len(choruses) >= 2
        assert len(set(choruses)) == 1
        assert any(track.title in line for line in choruses[0])
        assert not any("{" in line for _, lines in sections for line in lines)


def test_an_instrumental_has_no_words():
    instrumental = next(track for track in CATALOGUE.tracks.values() if is_instrumental(track))
    assert lyrics_of(instrumental) == ()


def test_bright_songs_have_bright_themes():
    valence = [track.features.valence for track in SUNG]
    themes = [theme_of(track).valence for track in SUNG]
    assert np.corrcoef(valence, themes)[0, 1] > 0.4


def test_what_stands_in_for_chance_is_even():
    shares = [share_of(str(number), "test") for number in range(2000)]
    assert abs(np.mean(shares) - 0.5) < 0.03
    assert 0 <= min(shares) < 0.01 < 0.99 < max(shares) < 1
