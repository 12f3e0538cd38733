"""Musical keys: how people write them, the Camelot wheel and the circle of fifths.

A key is a pitch class 0..11 (0 = C) and a mode, 1 major or 0 minor; anything else is unknown.
Functions on arrays broadcast, so that a column against a row gives a whole matrix of pairs.
"""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

PITCH_NAMES: tuple[str, ...] = (
    "C", "D♭", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B",
)  # fmt: skip
MINOR_NAMES: tuple[str, ...] = (
    "C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "G♯", "A", "B♭", "B",
)  # fmt: skip

UNKNOWN_POSITION = -1


def is_known(key: int, mode: int) -> bool:
    """Whether pitch class and mode are both known."""
    return 0 <= key <= 11 and mode in (0, 1)


def fifths_positions(key: ArrayLike, mode: ArrayLike) -> NDArray[np.int64]:
    """Place keys on the circle of fifths: 0..11 with C major at 0, −1 where unknown.

    A minor key stands where its relative major does, three semitones up.
    """
    pitch, is_major = np.asarray(key), np.asarray(mode)
    known = (pitch >= 0) & (pitch <= 11) & ((is_major == 0) | (is_major == 1))
    major = np.where(is_major == 0, pitch + 3, pitch)
    return np.where(known, 7 * major % 12, UNKNOWN_POSITION).astype(np.int64)


def fifths_match(first: ArrayLike, second: ArrayLike) -> NDArray[np.float64]:
    """How well two positions on the circle of fifths go together: 1 best, −1 worst.

    K = 1 for a circular distance d of at most 1, else 1 − (d − 1) / 2.5; 0 where a position is
    unknown. It is generous to diagonal neighbours (8B to 9A), which Camelot calls incompatible.
    """
    a, b = np.asarray(first), np.asarray(second)
    apart = np.abs(a - b)
    distance = np.minimum(apart, 12 - apart)
    match = np.where(distance <= 1, 1.0, 1.0 - (distance - 1) / 2.5)
    return np.where((a < 0) | (b < 0), 0.0, match)


def key_match(key_a: int, mode_a: int, key_b: int, mode_b: int) -> float:
    """K of two keys, see `fifths_match`: 1 best, −1 worst, 0 where one is unknown."""
    first, second = fifths_positions(key_a, mode_a), fifths_positions(key_b, mode_b)
    return float(fifths_match(first, second))


def camelot_numbers(key: ArrayLike, mode: ArrayLike) -> NDArray[np.int64]:
    """The hours 1..12 on the Camelot wheel (C major and A minor are 8), 0 where unknown."""
    positions = fifths_positions(key, mode)
    return np.where(positions < 0, 0, (positions + 7) % 12 + 1).astype(np.int64)


def camelot(key: int, mode: int) -> str:
    """A key as disc jockeys write it, such as "8A" for A minor; "?" where unknown."""
    if not is_known(key, mode):
        return "?"
    return f"{int(camelot_numbers(key, mode))}{'B' if mode == 1 else 'A'}"


def key_name(key: int, mode: int) -> str:
    """A key as musicians write it, such as "A minor"; "unknown key" where unknown."""
    if not is_known(key, mode):
        return "unknown key"
    return f"{PITCH_NAMES[key]} major" if mode == 1 else f"{MINOR_NAMES[key]} minor"


def camelot_compatible(
    key_a: ArrayLike, mode_a: ArrayLike, key_b: ArrayLike, mode_b: ArrayLike
) -> NDArray[np.bool_]:
    """Whether two keys mix by the Camelot wheel; False where one is unknown.

    Compatible are the same key, one hour up or down with the same letter, and the relative major
    or minor: 4 of the 24 keys for any key.
    """
    first, second = camelot_numbers(key_a, mode_a), camelot_numbers(key_b, mode_b)
    apart = np.abs(first - second)
    distance = np.minimum(apart, 12 - apart)
    same_letter = np.asarray(mode_a) == np.asarray(mode_b)
    known = (first > 0) & (second > 0)
    return np.asarray(known & ((distance == 0) | (same_letter & (distance == 1))))


def key_change(key_a: int, mode_a: int, key_b: int, mode_b: int) -> str:
    """A passage between two keys in words, such as "8A to 9A", "stays in 8A" or "8A to ?"."""
    first, second = camelot(key_a, mode_a), camelot(key_b, mode_b)
    if first == second:
        return "both keys unknown" if first == "?" else f"stays in {first}"
    return f"{first} to {second}"


Key = tuple[int, int]
"""Pitch class 0..11 (0 = C) and mode (1 major, 0 minor), −1 where it is not given."""

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
    # A capital M is major and a small one minor: the one place where case matters.
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
