"""Made-up words: names, the genres they are made for, and the lyrics of songs."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segued.sandbox.account.catalogue import Catalogue, Track

_DATA = tomllib.loads(Path(__file__).with_name("names.toml").read_text(encoding="utf-8"))
_WORDS = {kind: tuple(text.split()) for kind, text in _DATA["words"].items()}


class Namer:
    """Makes names, no artist name and no title of one artist twice. Seeded by its generator."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._artists: set[str] = set()
        self._titles: set[tuple[str, str]] = set()

    def artist(self) -> str:
        """The name of an artist nobody else has."""
        for _ in range(200):
            name = self._artist()
            if name.casefold() not in self._artists:
                break
        else:
            name = f"{self._artist()} {self._word('last')}"
        self._artists.add(name.casefold())
        return name

    def title(self, artist_id: str) -> str:
        """A title that this artist has not used."""
        title = self._title()
        while (artist_id, title) in self._titles:
            title = f"{self._title()} {self._pick(('I', 'II', 'III', 'Again', 'at Night'))}"
        self._titles.add((artist_id, title))
        return title

    def album(self) -> str:
        """A name for an album."""
        kind = int(self._rng.integers(5))
        noun, other = self._word("nouns").title(), self._word("nouns").title()
        adjective = self._word("adjectives").title()
        if kind == 0:
            return f"{adjective} {_plural(noun)}"
        if kind == 1:
            return f"The {noun} and the {other}"
        if kind == 2:
            return f"{self._word('beside')} {self._word('places')}"
        if kind == 3:
            return f"{noun} Music"
        return f"{adjective} {noun}"

    def playlist(self, mood: str, genre: str) -> str:
        """A name for a playlist of a mood (calm, bright, dark or loud) and genre."""
        name = self._pick(_DATA["playlists"][mood])
        if self._rng.random() < 0.4:
            name = f"{name} ({genre})"
        while ("playlist", name) in self._titles:
            name = f"{self._word('adjectives').title()} {self._word('nouns').title()} {genre}"
        self._titles.add(("playlist", name))
        return name

    def _artist(self) -> str:
        kind = int(self._rng.integers(8))
        adjective, noun = self._word("adjectives").title(), self._word("nouns").title()
        if kind <= 2:
            return f"{self._word('first')} {self._word('last')}"
        if kind == 3:
            return f"The {adjective} {_plural(noun)}"
        if kind == 4:
            return f"{adjective} {noun}"
        if kind == 5:
            return f"{self._word('places')} {self._word('people')}"
        if kind == 6:
            return f"{self._word('first')} & the {_plural(noun)}"
        return f"{noun} {self._word('people')}"

    def _title(self) -> str:
        kind = int(self._rng.integers(10))
        noun, other = self._word("nouns"), self._word("nouns")
        adjective, verb = self._word("adjectives"), self._word("verbs")
        forms = (
            f"{adjective} {noun}",
            f"{adjective} {noun}",
            f"{noun} {other}",
            f"{verb} to the {noun}",
            f"the {noun} song",
            f"when the {_plural(noun)} {verb}",
            f"{self._word('places')} in {adjective} light",
            f"don't {verb} yet",
            f"how we {verb}",
            f"{noun}, {noun}",
        )
        return _title_case(forms[kind])

    def _word(self, kind: str) -> str:
        return self._pick(_WORDS[kind])

    def _pick(self, words: Sequence[str]) -> str:
        return words[int(self._rng.integers(len(words)))]


def _title_case(text: str) -> str:
    small = {"the", "to", "in", "and", "of", "at"}
    words = text.split()
    return " ".join(
        word if place and word in small else word[0].upper() + word[1:]
        for place, word in enumerate(words)
    )


def _plural(noun: str) -> str:
    """More than one of it: walls, valleys, cities, wolves, compasses."""
    if noun.casefold() == "wolf":
        return noun[:-1] + "ves"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "x", "ch", "sh")) else "s")


@dataclass(frozen=True, slots=True)
class Genre:
    """How tracks of one genre sound: centres 0..1, loudness in dB, tempo in beats a minute."""

    name: str
    energy: float
    loudness: float
    acousticness: float
    danceability: float
    valence: float
    tempo: float
    tempo_spread: float
    instrumentalness: float
    speechiness: float
    liveness: float
    major: float
    duration_seconds: float
    explicit: float
    first_year: int


_FIELDS = tuple(field.name for field in fields(Genre))[1:-1]


def _genre(line: str) -> Genre:
    name, *numbers = line.split()
    named = zip(_FIELDS, map(float, numbers[:-1]), strict=True)
    return Genre(name=name.replace("_", " "), first_year=int(numbers[-1]), **dict(named))


GENRES: tuple[Genre, ...] = tuple(_genre(line) for line in _DATA["genres"]["table"].splitlines())
"""The genres, in the order in which smaller sandboxes take them."""

LATENT = ("energy", "loudness", "acousticness", "danceability", "valence", "liveness")
CORRELATION: NDArray[np.float64] = np.array(
    [
        [1.00, 0.70, -0.55, 0.05, 0.25, 0.15],
        [0.70, 1.00, -0.40, 0.10, 0.20, 0.08],
        [-0.55, -0.40, 1.00, -0.15, -0.10, -0.08],
        [0.05, 0.10, -0.15, 1.00, 0.40, -0.12],
        [0.25, 0.20, -0.10, 0.40, 1.00, 0.02],
        [0.15, 0.08, -0.08, -0.12, 0.02, 1.00],
    ]
)
"""How the features of `LATENT` go together within one genre."""

MAJOR_KEYS = np.array([0.13, 0.09, 0.12, 0.04, 0.08, 0.07, 0.06, 0.14, 0.07, 0.10, 0.05, 0.05])
MINOR_KEYS = np.array([0.06, 0.10, 0.06, 0.04, 0.10, 0.07, 0.09, 0.07, 0.05, 0.11, 0.09, 0.16])
"""How often each pitch class is the tonic, C first."""


def logit(share: NDArray[np.float64]) -> NDArray[np.float64]:
    """ln(p / (1 − p)), with p kept off 0 and 1."""
    kept = np.clip(share, 0.003, 0.997)
    return np.asarray(np.log(kept / (1 - kept)), dtype=np.float64)


def sigmoid(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The inverse of `logit`."""
    return np.asarray(1 / (1 + np.exp(-values)), dtype=np.float64)


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


def _theme(given: Mapping[str, Any]) -> Theme:
    lists = {key: tuple(value) for key, value in given.items() if isinstance(value, list)}
    return Theme(**{**given, **lists})


THEMES: tuple[Theme, ...] = tuple(
    map(_theme, tomllib.loads(Path(__file__).with_name("themes.toml").read_text("utf-8"))["theme"])
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
