"""Loudness after ITU-R BS.1770-4."""

from __future__ import annotations

import numpy as np
import pytest

from segue.music.measures import QUIETEST, energy_from_loudness, integrated_loudness


def sine(seconds: float, amplitude: float = 1.0, rate: int = 48_000) -> np.ndarray:
    t = np.arange(int(seconds * rate)) / rate
    return (amplitude * np.sin(2 * np.pi * 997 * t)).astype(np.float32)


def channels(*given: np.ndarray) -> np.ndarray:
    return np.stack(given, axis=1)


def test_a_full_sine_of_997_hz_in_one_of_two_channels_is_minus_3_01() -> None:
    # The standard's own calibration.
    wave = sine(5)
    assert integrated_loudness(channels(wave, wave * 0), 48_000) == pytest.approx(-3.01, abs=0.01)


@pytest.mark.parametrize("rate", [22_050, 44_100, 48_000, 96_000])
def test_the_sampling_rate_does_not_matter(rate: int) -> None:
    wave = sine(3, rate=rate)
    assert integrated_loudness(channels(wave, wave), rate) == pytest.approx(0.0, abs=0.1)


def test_a_tenth_of_the_amplitude_is_20_decibels_less() -> None:
    loud, soft = sine(3), sine(3, 0.1)
    difference = integrated_loudness(channels(loud, loud), 48_000) - integrated_loudness(
        channels(soft, soft), 48_000
    )
    assert difference == pytest.approx(20, abs=1e-3)


def test_one_channel_sounds_from_both_loudspeakers() -> None:
    wave = sine(3, 0.5)
    assert integrated_loudness(wave[:, None], 48_000) == pytest.approx(
        integrated_loudness(channels(wave, wave), 48_000)
    )


def test_silence_around_the_music_does_not_make_it_softer() -> None:
    wave = sine(4, 0.3)
    padded = np.concatenate([np.zeros(480_000, dtype=np.float32), wave])
    assert integrated_loudness(padded[:, None], 48_000) == pytest.approx(
        integrated_loudness(wave[:, None], 48_000), abs=0.3
    )


@pytest.mark.parametrize("n", [0, 10, 100_000])
def test_silence_is_as_quiet_as_it_gets(n: int) -> None:
    assert integrated_loudness(np.zeros((n, 2), dtype=np.float32), 48_000) == QUIETEST


def test_energy_rises_with_loudness_and_stays_between_0_and_1() -> None:
    energies = [energy_from_loudness(loudness) for loudness in (-60, -30, -12, -6, 0)]
    assert energies == sorted(energies)
    assert 0 < energies[0] < 0.01
    # 1 / (1 + exp(−(2.198 − 0.1938 · 6)))
    assert energies[3] == pytest.approx(0.7379, abs=1e-3)
    assert energies[4] < 1


def test_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        integrated_loudness(np.zeros(5, dtype=np.float32), 48_000)
