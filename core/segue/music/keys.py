"""Musical keys: names, the Camelot wheel and the circle of fifths.

A key is a pitch class 0..11 (0 = C) and a mode, 1 major or 0 minor; anything else is unknown.
Functions on arrays broadcast, so that a column against a row gives a whole matrix of pairs.
"""

from __future__ import annotations

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
