"""Keys: names, the Camelot wheel, the circle of fifths."""

from __future__ import annotations

import numpy as np
import pytest

from segue.music.keys import (
    camelot,
    camelot_compatible,
    fifths_match,
    fifths_positions,
    key_change,
    key_match,
    key_name,
)

C, D_FLAT, D, E, F, F_SHARP, G, A, B = 0, 1, 2, 4, 5, 6, 7, 9, 11
MINOR, MAJOR = 0, 1


@pytest.mark.parametrize(
    ("key", "mode", "code", "name"),
    [
        (A, MINOR, "8A", "A minor"),
        (C, MAJOR, "8B", "C major"),
        (G, MAJOR, "9B", "G major"),
        (E, MINOR, "9A", "E minor"),
        (F, MAJOR, "7B", "F major"),
        (B, MAJOR, "1B", "B major"),
        (E, MAJOR, "12B", "E major"),
        (D_FLAT, MINOR, "12A", "C♯ minor"),
        (8, MINOR, "1A", "G♯ minor"),
        (-1, MINOR, "?", "unknown key"),
        (C, -1, "?", "unknown key"),
    ],
)
def test_a_key_has_its_camelot_code_and_its_name(key: int, mode: int, code: str, name: str) -> None:
    assert (camelot(key, mode), key_name(key, mode)) == (code, name)


def test_every_known_key_has_a_code_of_its_own() -> None:
    assert len({camelot(key, mode) for key in range(12) for mode in (0, 1)}) == 24


def test_a_minor_key_stands_with_its_relative_major_on_the_circle() -> None:
    assert fifths_positions([A, E, C], [MINOR, MINOR, MAJOR]).tolist() == [0, 1, 0]


def test_an_unknown_key_has_no_place_on_the_circle() -> None:
    assert fifths_positions([-1, 3, 12], [1, -1, 1]).tolist() == [-1, -1, -1]


def test_the_match_falls_from_one_to_minus_one_over_the_distance() -> None:
    expected = [1.0, 1.0, 0.6, 0.2, -0.2, -0.6, -1.0, -0.6, -0.2, 0.2, 0.6, 1.0]
    assert fifths_match(np.zeros(12), np.arange(12)) == pytest.approx(expected)


def test_the_tritone_is_the_worst_match() -> None:
    assert key_match(C, MAJOR, F_SHARP, MAJOR) == -1.0


def test_an_unknown_key_matches_neutrally() -> None:
    assert key_match(-1, MAJOR, C, MAJOR) == 0.0
    assert key_match(C, MAJOR, C, -1) == 0.0


def test_diagonal_neighbours_match_on_the_circle_but_not_on_the_wheel() -> None:
    assert key_match(C, MAJOR, E, MINOR) == 1.0
    assert not camelot_compatible(C, MAJOR, E, MINOR)


def test_four_of_the_24_keys_are_compatible_with_any_key() -> None:
    keys = np.arange(24) % 12
    modes = np.arange(24) // 12
    table = camelot_compatible(keys[:, None], modes[:, None], keys[None, :], modes[None, :])
    assert table.sum(axis=1).tolist() == [4] * 24
    assert (table == table.T).all()


def test_an_unknown_key_is_compatible_with_none() -> None:
    assert not camelot_compatible(-1, 1, -1, 1)


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        ((A, MINOR), (E, MINOR), "8A to 9A"),
        ((A, MINOR), (A, MINOR), "stays in 8A"),
        ((A, MINOR), (-1, 1), "8A to ?"),
        ((-1, 0), (3, -1), "both keys unknown"),
    ],
)
def test_a_key_change_reads_as_a_phrase(
    first: tuple[int, int], second: tuple[int, int], words: str
) -> None:
    assert key_change(*first, *second) == words
