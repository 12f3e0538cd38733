"""Keys as people and programs write them: "F#m", "C♯/D♭ Major", "8A", "1m", "cis-Moll", "5"."""

from __future__ import annotations

import re
from functools import lru_cache

Key = tuple[int, int]
"""Pitch class 0..11 (0 = C) and mode (1 major, 0 minor), −1 where it is not said."""

UNKNOWN: Key = (-1, -1)

_NATURAL = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11, "h": 11}
_SOLFEGE = {"do": 0, "ut": 0, "re": 2, "ré": 2, "mi": 4, "fa": 5, "sol": 7, "la": 9, "si": 11}
_GERMAN = {"es": 3, "as": 8, "b": 10}
_SIGNS = (
    ("sharp", "#"), ("flat", "b"), ("♯", "#"), ("♭", "b"),
    ("diesis", "#"), ("dièse", "#"), ("diese", "#"), ("sostenido", "#"), ("sustenido", "#"),
    ("bemolle", "b"), ("bémol", "b"), ("bemol", "b"), ("kruis", "#"),
)  # fmt: skip
_MODES = {
    1: ("major", "maj", "dur", "majeur", "mayor", "maggiore", "maior", "majör", "ionian", "1"),
    0: ("minor", "min", "moll", "mineur", "menor", "minore", "minör", "mol", "aeolian", "0"),
}
_MODE_OF = {word: mode for mode, words in _MODES.items() for word in words}
_NUMBER = re.compile(r"(-?\d+)(?:\.0+)?")
_CAMELOT = re.compile(r"0?(1[0-2]|[1-9])\s*([ab])")
_OPEN_KEY = re.compile(r"0?(1[0-2]|[1-9])\s*([dm])")
_NOTE = re.compile(r"(do|ut|r[eé]|mi|fa|sol|la|si|[a-h])\s*([#b]?)\s*[-_ ]?\s*(.*)", re.DOTALL)
_SEVERAL = re.compile(r"\s*[(\[)\]|,;]\s*|\s+[-–]\s+")
_GERMAN_NOTE = re.compile(r"([a-h])(is|es|s)?\s*[-_ ]\s*(dur|moll)")


def mode_in(text: str) -> int:
    """The mode a word stands for: 1 major, 0 minor, −1 where it is neither."""
    word = text.strip().rstrip(".").casefold()
    number = _NUMBER.fullmatch(word)
    return _MODE_OF.get(number[1] if number else word, -1)


@lru_cache(maxsize=4096)
def key_in(text: str) -> Key:
    """The key a text names, `UNKNOWN` where it names none.

    Understood are pitch classes 0..11, note names with a mode or without, in English, German and
    solfège, the first of two enharmonic names, the Camelot wheel ("8A" is A minor, "8B" C major)
    and Open Key ("1m" is A minor, "1d" C major).
    """
    plain = " ".join(text.replace("\u00a0", " ").split())
    folded = plain.casefold()
    number = _NUMBER.fullmatch(folded)
    if number:
        pitch = int(number[1])
        return (pitch, -1) if 0 <= pitch <= 11 else UNKNOWN
    for wheel, hour_of_c in ((_CAMELOT, 8), (_OPEN_KEY, 1)):
        if found := wheel.fullmatch(folded):
            major = 7 * (int(found[1]) - hour_of_c) % 12
            return (major, 1) if found[2] in "bd" else ((major + 9) % 12, 0)
    parts = _SEVERAL.split(plain)
    if len(parts) > 1:
        return next((key for part in parts if (key := key_in(part)) != UNKNOWN), UNKNOWN)
    return _note(plain)


def _note(plain: str) -> Key:
    german = _GERMAN_NOTE.fullmatch(plain.casefold())
    if german:
        letter, ending, mode = german[1], german[2] or "", int(german[3] == "dur")
        pitch = _GERMAN.get(letter + ending, _NATURAL[letter])
        if letter + ending not in _GERMAN:
            pitch += {"is": 1, "es": -1, "s": -1, "": 0}[ending]
        return pitch % 12, mode
    # A capital M is major and a small one minor: the one place where case tells.
    major_sign = re.search(r"(?<=[A-G#b♯♭0-9 ])M$", plain) is not None
    folded = plain.casefold()
    for word, sign in _SIGNS:
        folded = folded.replace(f"-{word}", sign).replace(f" {word}", sign).replace(word, sign)
    first, _, rest = folded.partition("/")
    found = _NOTE.fullmatch(first.strip())
    if found is None:
        return UNKNOWN
    name, sign, after = found.groups()
    pitch = _SOLFEGE.get(name, _NATURAL.get(name, -1))
    if not sign and after.startswith("b") and after[1:2] in ("", " ", "m"):
        sign, after = "b", after[1:]
    pitch = (pitch + {"#": 1, "b": -1, "": 0}[sign]) % 12
    word = after.strip(" -_().").casefold()
    if not word and rest:
        second = _NOTE.fullmatch(rest.strip())
        word = second[3].strip(" -_().") if second else ""
    if word == "m":
        return pitch, int(major_sign)
    if not word:
        return pitch, -1
    mode = _MODE_OF.get(word, -1)
    return (pitch, mode) if mode >= 0 and not word.isdigit() else UNKNOWN
