"""Whether what a lyrics service found is the song that was asked for.

Lyrics of a wrong song are worse than none: they would teach a wrong mood. A song's remaster, live
take or remix shares its words, so versions are alike here, unlike in `segue.music.recordings`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from segue.music.recordings import normalised_artist, normalised_title
from segue.music.track import Track

_VERSION = re.compile(
    r"\b(?:live|acoustic|unplugged|remix(?:ed)?|mix|edit|version|demo|session|take|cover art|"
    r"remaster(?:ed)?|re-?record(?:ed|ing)|extended|stripped|sped up|slowed|reverb|"
    r"taylor s version|from|at|mtv|deluxe|bonus|single|album|radio|original|explicit|clean|"
    r"orchestral|piano|a ?cappella|instrumental)\b"
)
_ANOTHER_SONG = re.compile(
    r"\b(?:karaoke|tribute|translations?|tradu\w+|übersetzung\w*|romani\w+)\b"
)
_ASIDE = re.compile(r"\s*[(\[{][^)\]}]*[)\]}]|\s+[-–—]\s+.*$")
_STYLED = str.maketrans({"$": "s", "!": "i", "@": "a", "0": "o"})
_JOINED = re.compile(r",|&|\band\b|\bfeat\.?|\bft\.?|\bx\b", re.IGNORECASE)
_NOT_A_LETTER = re.compile(r"[\W_]+")

DURATION_TOLERANCE_SECONDS = 20.0
"""Beyond this, the same title by the same artist is taken for another song, unless a version."""


def searchable_title(title: str) -> str:
    """A title as a lyrics service knows it: without guests, versions and remasters.

    An aside that says nothing about a version, such as "(I Can't Get No)", stays.
    """
    kept = title
    for aside in _ASIDE.findall(title):
        words = aside.casefold().replace("'", " ")
        if _VERSION.search(words) or re.search(r"\b(?:feat|ft|with|featuring|prod)\b", words):
            kept = kept.replace(aside, "")
    kept = re.sub(r"\s+(?:feat|ft)\b\.?\s.*$", "", kept, flags=re.IGNORECASE)
    return " ".join(kept.split()) or title


def is_same_song(
    track: Track, title: str, artists: Sequence[str], duration_seconds: float | None = None
) -> bool:
    """Whether a found title by these artists is the track's song.

    Titles must be equal without guests, versions and spelling; one artist must be credited on
    both; and durations, where both are known and neither title names a version, must lie within
    `DURATION_TOLERANCE_SECONDS`.
    """
    found_line = " ".join([title, *artists]).casefold()
    asked_line = f"{track.title} {track.artist_line}".casefold()
    if _ANOTHER_SONG.search(found_line) and not _ANOTHER_SONG.search(asked_line):
        return False
    if not _titles_agree(track.title, title) or not _artists_agree(track, artists):
        return False
    if duration_seconds is None or duration_seconds <= 0 or track.duration_ms <= 0:
        return True
    if _is_version(track.title) or _is_version(title):
        return True
    return abs(duration_seconds - track.duration_ms / 1000) <= DURATION_TOLERANCE_SECONDS


def _titles_agree(first: str, second: str) -> bool:
    plain = {_letters(searchable_title(title)) for title in (first, second)}
    if len(plain) == 1:
        return True
    return normalised_title(first) == normalised_title(second)


def _artists_agree(track: Track, found: Sequence[str]) -> bool:
    answered = {name for line in found for name in [line, *_JOINED.split(line)] if name.strip()}
    return bool(_spellings(artist.name for artist in track.artists) & _spellings(answered))


def _spellings(names: Iterable[str]) -> frozenset[str]:
    """Each name twice: as it stands, and with styled letters read as plain ones."""
    return frozenset(
        _NOT_A_LETTER.sub("", normalised_artist(spelt))
        for name in names
        for spelt in (name, name.translate(_STYLED))
    ) - {""}


def _is_version(title: str) -> bool:
    return any(_VERSION.search(aside.casefold()) for aside in _ASIDE.findall(title))


def _letters(text: str) -> str:
    """For comparing spellings: folded as titles are, styled letters plain, letters only."""
    folded = normalised_title(text.translate(_STYLED))
    return _NOT_A_LETTER.sub("", folded) or text.casefold().strip()
