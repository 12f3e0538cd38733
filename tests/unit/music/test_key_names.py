from __future__ import annotations

import pytest

from segue.music.keys import MINOR_NAMES, PITCH_NAMES, UNKNOWN, camelot, key_in, key_name, mode_in

ALL = [(key, mode) for key in range(12) for mode in (0, 1)]
GERMAN = {
    "C-Dur": (0, 1), "c-Moll": (0, 0), "Cis-Dur": (1, 1), "cis-Moll": (1, 0), "Des-Dur": (1, 1),
    "Es-Dur": (3, 1), "es-Moll": (3, 0), "Fis-Moll": (6, 0), "As-Dur": (8, 1), "gis-Moll": (8, 0),
    "B-Dur": (10, 1), "b-Moll": (10, 0), "H-Dur": (11, 1), "h-Moll": (11, 0),
}  # fmt: skip


@pytest.mark.parametrize(("key", "mode"), ALL)
def test_every_key_is_read_back_in_every_notation(key: int, mode: int) -> None:
    wheel = camelot(key, mode)
    hour = (int(wheel[:-1]) - 8) % 12 + 1
    note = (PITCH_NAMES if mode else MINOR_NAMES)[key]
    ascii_note = note.replace("♯", "#").replace("♭", "b")
    spelt = note.replace("♯", " sharp").replace("♭", " flat")
    short, long = ("M", "major") if mode else ("m", "minor")
    written = [
        key_name(key, mode), wheel, wheel.lower(), wheel.zfill(3),
        f"{hour}{'d' if mode else 'm'}", f"{hour}{'D' if mode else 'M'}",
        f"{ascii_note}{short}", f"{ascii_note} {long}", f"{ascii_note.upper()} {long.upper()}",
        f"{ascii_note}{long[:3]}", f"{spelt} {long}", f"{spelt.replace(' ', '-')} {long}",
        f"{note}/{note} {long.title()}", f"{ascii_note}{short} ({wheel})",
        f"{wheel} - {note} {long}",
    ]  # fmt: skip
    assert {text: key_in(text) for text in written} == dict.fromkeys(written, (key, mode))


@pytest.mark.parametrize(("name", "key"), GERMAN.items())
def test_german_names_have_b_and_h(name: str, key: tuple[int, int]) -> None:
    assert key_in(name) == key


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Do majeur", (0, 1)), ("la mineur", (9, 0)), ("Sol mayor", (7, 1)),
        ("Fa# menor", (6, 0)), ("si bémol mineur", (10, 0)), ("Re", (2, -1)),
    ],
)  # fmt: skip
def test_solfege_is_read(name: str, key: tuple[int, int]) -> None:
    assert key_in(name) == key


@pytest.mark.parametrize("text", ["", "banana", "13A", "0A", "12", "-1", "H2", "Bold", "A to B"])
def test_what_is_no_key_is_unknown(text: str) -> None:
    assert key_in(text) == UNKNOWN


def test_modes_are_words_or_numbers() -> None:
    assert [mode_in(word) for word in ("Major", "minor", "1", "0.0", "Dur", "?", "2")] == [
        1, 0, 1, 0, 1, -1, -1,
    ]  # fmt: skip
