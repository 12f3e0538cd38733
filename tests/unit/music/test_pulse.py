"""Tempo from beats."""

from __future__ import annotations

import numpy as np
import pytest

from segue.music.measures import pulse_clarity, tempo_of_beats

RATE = 100.0


def onsets(n: int, *marks: tuple[np.ndarray, float]) -> np.ndarray:
    strength = np.full(n, 0.05, dtype=np.float32)
    for frames, height in marks:
        strength[frames] = height
    return strength


def beats(period: int, n: int = 3000, start: int = 10) -> np.ndarray:
    return np.arange(start, n, period)


def test_beats_half_a_second_apart_are_120() -> None:
    found = beats(50)
    assert tempo_of_beats(found, onsets(3000, (found, 1.0)), RATE) == pytest.approx(120)


def test_the_tempo_is_finer_than_a_frame() -> None:
    found = np.round(10 + 47.3 * np.arange(60)).astype(np.int64)
    tempo = tempo_of_beats(found, onsets(3000, (found, 1.0)), RATE)
    assert tempo == pytest.approx(6000 / 47.3, abs=0.05)


def test_a_beat_passed_over_does_not_slow_it() -> None:
    found = np.delete(beats(50), [7, 20, 33])
    assert tempo_of_beats(found, onsets(3000, (found, 1.0)), RATE) == pytest.approx(120)


def test_where_every_second_beat_is_none_it_is_half_as_fast() -> None:
    found = beats(40)
    strength = onsets(3000, (found[::2], 1.0), (found[1::2], 0.06))
    assert tempo_of_beats(found, strength, RATE) == pytest.approx(75)


def test_where_beats_were_missed_between_it_is_twice_as_fast() -> None:
    found = beats(80)
    strength = onsets(3000, (found, 1.0), (found[:-1] + 40, 0.9))
    assert tempo_of_beats(found, strength, RATE) == pytest.approx(150)


@pytest.mark.parametrize("n", [0, 1, 7])
def test_too_few_beats_tell_nothing(n: int) -> None:
    found = beats(50)[:n]
    assert tempo_of_beats(found, onsets(3000, (found, 1.0)), RATE) == 0


def test_beats_as_weak_as_anything_else_tell_nothing() -> None:
    noise = np.random.default_rng(0).uniform(0.8, 1.0, 3000).astype(np.float32)
    assert tempo_of_beats(beats(50), noise, RATE) == 0


def test_a_beat_outside_the_recording_is_refused() -> None:
    with pytest.raises(ValueError, match="outside"):
        tempo_of_beats(beats(50), onsets(100), RATE)


def test_a_beat_that_repeats_is_clear_and_one_at_random_is_not() -> None:
    rng = np.random.default_rng(1)
    regular = onsets(3000, (beats(50), 1.0))
    scattered = onsets(3000, (np.sort(rng.choice(3000, 60, replace=False)), 1.0))
    assert pulse_clarity(regular, 50.0) > 0.95
    assert pulse_clarity(scattered, 50.0) < 0.2


def test_a_clear_beat_between_two_frames_is_still_clear() -> None:
    found = np.round(10 + 47.5 * np.arange(60)).astype(np.int64)
    blurred = np.convolve(onsets(3000, (found, 1.0)), np.array([0.5, 1.0, 0.5]), "same")
    assert pulse_clarity(blurred.astype(np.float32), 47.5) > 0.6


@pytest.mark.parametrize("length", [0, 1, 40])
def test_silence_and_what_is_shorter_than_a_beat_have_no_clear_one(length: int) -> None:
    assert pulse_clarity(np.zeros(length, dtype=np.float32), 50.0) == 0.0
    assert pulse_clarity(np.ones(length, dtype=np.float32), 50.0) == 0.0
