"""Words for songs: made of templates, one theme a song, the same for the same recording.

Bright songs lean to bright themes and dark ones to dark, and each genre has its own, so that
what a text is about and how it feels can be found in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

import numpy as np

from segued.sandbox.account.catalogue import Catalogue, Track


@dataclass(frozen=True, slots=True)
class Theme:
    """What a song is about. `valence` 0..1 is how bright the songs are that take it."""

    name: str
    valence: float
    genres: tuple[str, ...]
    lines: tuple[str, ...]
    hooks: tuple[str, ...]
    nouns: tuple[str, ...]
    feelings: tuple[str, ...]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.strip().splitlines())


THEMES: tuple[Theme, ...] = (
    Theme(
        "new love",
        0.75,
        ("indie pop", "soul", "bossa nova", "synthpop", "latin pop"),
        _lines("""
            You laughed and the whole {noun} turned to look
            I wrote your name in the margin of a book
            Every {noun} on the way was {feeling} because of you
            My hands were {feeling} and I think you knew
            We shared one {noun} and walked the long way home
            I never liked this town when I walked it alone
        """),
        ("Stay a little longer, {title}", "I am falling, falling for {title}"),
        _words("street window summer kitchen morning coat dance kiss"),
        _words("golden warm tender happy dizzy lucky glad sweet"),
    ),
    Theme(
        "heartbreak",
        0.2,
        ("r&b", "country", "dream pop", "indie folk", "soul"),
        _lines("""
            Your {noun} is still {feeling} on my side of the bed
            I keep on hearing all the things we never said
            You left the {noun} and the light on in the hall
            I cried until there was nothing left at all
            Now every {noun} hurts and every night is {feeling}
            I lost you slowly, then I lost you all at once
        """),
        ("I can't forget you, {title}", "You broke it and you know it, {title}"),
        _words("letter shirt photograph promise goodbye door ring silence"),
        _words("empty bitter broken lonely hurting cold sorry worthless"),
    ),
    Theme(
        "the party",
        0.9,
        ("dance pop", "house", "funk", "latin pop", "trap"),
        _lines("""
            The {noun} is loud and the night is {feeling} tonight
            Put your hands up where the {noun} meets the light
            We came to celebrate, we came to move
            Nobody here has anything to prove
            Turn the {noun} up, I feel so {feeling} now
            We are going to dance until they throw us out
        """),
        ("Everybody now, {title}", "Turn it up, turn it up, {title}"),
        _words("bass floor music rhythm party weekend speaker crowd"),
        _words("alive wild electric free great wonderful fearless ready"),
    ),
    Theme(
        "the city at night",
        0.4,
        ("post-punk", "hip hop", "techno", "alternative rock", "synthpop"),
        _lines("""
            The last {noun} leaves at a quarter past one
            Neon on the {noun}, nothing to be done
            Strangers in the {noun} looking {feeling} and thin
            Somebody is locking what somebody got in
            I count the {noun} lights from the bridge to the square
            The city is {feeling} and it doesn't care
        """),
        ("Only the night knows, {title}", "Under the bridges, {title}"),
        _words("train taxi station corner window siren avenue tower"),
        _words("restless distant grey nervous awake anonymous tired strange"),
    ),
    Theme(
        "going home",
        0.6,
        ("country", "indie folk", "classic rock", "soul"),
        _lines("""
            There is a {noun} at the end of the county line
            My mother kept a {noun} that used to be mine
            The road is {feeling} and the radio is low
            I tell the {noun} all the places I will go
            The old {noun} knows me by the sound of my feet
            Bread on the table, {feeling} dust on the street
        """),
        ("Take me home, {title}", "The road goes back to {title}"),
        _words("river porch orchard kitchen field church hill harbour"),
        _words("familiar quiet patient kind safe grateful gentle slow"),
    ),
    Theme(
        "anger",
        0.15,
        ("metal", "hip hop", "alternative rock", "post-punk", "trap"),
        _lines("""
            You built a {noun} out of everyone you used
            You sold the {noun} and you told us we would lose
            I hate the {noun} and the liars on the hill
            They wanted us {feeling}, they wanted us still
            Burn down the {noun}, I am done with being {feeling}
            You will remember what you did to me
        """),
        ("No more, no more, {title}", "Tear it down, {title}"),
        _words("wall machine throne prison lie war system cage"),
        _words("furious violent sick ugly cruel afraid hateful silent"),
    ),
    Theme(
        "the sea and the weather",
        0.5,
        ("shoegaze", "dream pop", "ambient", "indie folk", "modern classical"),
        _lines("""
            The {noun} comes in and takes the shape of the shore
            I have been {feeling} like this once before
            Slow as the {noun} that carries the moon
            It will be winter and it will be soon
            Everything {feeling} returns to the {noun}
            Hold out your hand and let it go through
        """),
        ("Wave after wave, {title}", "All that is water, {title}"),
        _words("tide harbour rain cloud ocean river wind snow"),
        _words("weightless pale endless still silver drifting soft blue"),
    ),
    Theme(
        "getting through",
        0.65,
        ("hip hop", "soul", "r&b", "classic rock", "indie pop", "drum and bass"),
        _lines("""
            They told me that the {noun} was not for me
            I worked the {noun} until my hands were free
            I have been {feeling} and I got up again
            Every {noun} I carried made me stronger then
            I thank the {noun}, I thank the ones who stayed
            I am {feeling} now and not afraid
        """),
        ("We will rise up, {title}", "I am still standing, {title}"),
        _words("mountain morning fire hope struggle street work prayer"),
        _words("strong proud hopeful brave better blessed patient winning"),
    ),
)

SUNG_BELOW = 0.5
"""Instrumentalness from which on a track has no words."""


def share_of(key: str, what: str) -> float:
    """A number 0..1 that a key always gives: what stands in for chance."""
    digest = blake2b(f"{what}:{key}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def is_instrumental(track: Track) -> bool:
    """Whether nobody sings on a track."""
    return track.features.instrumentalness >= SUNG_BELOW


def theme_of(track: Track) -> Theme:
    """What a track is about: its genre's themes and those as bright as it is come first."""
    rng = _generator(track)
    weights = np.array(
        [
            (3.0 if track.genre in theme.genres else 0.5)
            * np.exp(-(((theme.valence - track.features.valence) / 0.22) ** 2) / 2)
            + 1e-6
            for theme in THEMES
        ]
    )
    return THEMES[int(rng.choice(len(THEMES), p=weights / weights.sum()))]


def lyrics_of(track: Track) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The words of a track as sections, each a name and its lines; () for an instrumental."""
    if is_instrumental(track):
        return ()
    theme, rng = theme_of(track), _generator(track, "words")
    hook = theme.hooks[int(rng.integers(len(theme.hooks)))].format(title=track.title)
    chorus = (hook, _line(theme, rng), hook, _line(theme, rng))
    sections: list[tuple[str, tuple[str, ...]]] = []
    for number in range(1, int(rng.integers(2, 4)) + 1):
        order = rng.permutation(len(theme.lines))[:4].tolist()
        verse = tuple(_line(theme, rng, place) for place in order)
        sections += [(f"Verse {number}", verse), ("Chorus", chorus)]
    return tuple(sections)


def _line(theme: Theme, rng: np.random.Generator, place: int | None = None) -> str:
    chosen = int(rng.integers(len(theme.lines))) if place is None else place
    noun = theme.nouns[int(rng.integers(len(theme.nouns)))]
    feeling = theme.feelings[int(rng.integers(len(theme.feelings)))]
    return theme.lines[chosen].format(noun=noun, feeling=feeling)


def _generator(track: Track, what: str = "theme") -> np.random.Generator:
    digest = blake2b(f"{what}:{track.isrc}:{track.title}".encode(), digest_size=8).digest()
    return np.random.default_rng(int.from_bytes(digest, "big"))


_SHARES = {"lrclib": (0.82, 0.5), "genius": (0.74, 0.1)}
"""Of each service: the share of sung tracks it has, and of instrumentals."""


def folded(text: str) -> str:
    """A name as it is compared: lower case, letters and digits only."""
    return " ".join(re.findall(r"\w+", text.casefold()))


@lru_cache(maxsize=8)
def songbook(catalogue: Catalogue, service: str) -> Mapping[tuple[str, str], Track]:
    """The tracks a service has, by folded title and first artist; one a recording."""
    sung, instrumental = _SHARES[service]
    found: dict[tuple[str, str], Track] = {}
    for track in catalogue.tracks.values():
        share = instrumental if is_instrumental(track) else sung
        if share_of(track.isrc, service) < share:
            artist = catalogue.artists[track.artist_ids[0]].name
            found.setdefault((folded(track.title), folded(artist)), track)
    return found


def song_number(track: Track) -> int:
    """The number under which a service keeps a song."""
    return 1_000 + int(share_of(track.isrc, "number") * 9_000_000)
