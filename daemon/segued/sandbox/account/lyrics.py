"""Words for songs: made of templates, one theme a song, the same for the same recording.

Bright songs lean to bright themes and dark ones to dark, and each genre has its own, so that
what a text is about and how it feels can be found in it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

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
