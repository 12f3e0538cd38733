"""Analysing an audio file: tempo, key, loudness and an estimate of energy, with librosa.

librosa is imported when the first file is analysed; it comes with the extra `audio`.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from segue.errors import DataError, UsageError
from segue.music.features import AudioFeatures
from segue.music.measures import (
    energy_from_loudness,
    find_key,
    integrated_loudness,
    pulse_clarity,
    tempo_of_beats,
)
from segued.providers.features.source import Found

ESTIMATED = ("energy", "key", "mode", "tempo")
"""Loudness is measured by a standard; these are estimates, energy from loudness alone."""

_RATE = 22_050
_HOP = 256
_LONGEST_SECONDS = 20 * 60
"""Of a longer file the beginning is analysed: it is bounded in memory and time."""
_SILENCE = 1e-4
_EXCERPT_SECONDS = 120
"""Tempo and key are taken from the middle: intros and endings are often free or silent."""


def require_librosa() -> None:
    """Raise UsageError where the extra `audio` is missing. Imports nothing heavy."""
    from importlib.util import find_spec

    if find_spec("librosa") is None or find_spec("mutagen") is None:
        raise UsageError(
            "the feature source audio needs librosa and mutagen; run: pip install 'segue[audio]', "
            'or take "audio" out of [features] sources'
        )


def analyse(path: Path) -> Found:
    """The features of an audio file.

    Danceability, valence, acousticness, instrumentalness, liveness and speechiness stay unknown:
    there is no open procedure that gives numbers on Spotify's scale. Raises DataError for a file
    that cannot be decoded, UsageError where the extra `audio` is missing.
    """
    samples, rate = _read(path)
    loudness = integrated_loudness(samples, rate)
    mono = _excerpt(samples.mean(axis=1), rate)
    if float(np.abs(mono).max(initial=0.0)) < _SILENCE:
        return Found(AudioFeatures(loudness=loudness, energy=0.0), ("energy",))
    tempo, clarity, weights = _beat_and_pitch(mono, rate)
    found = find_key(weights)
    values = AudioFeatures(
        loudness=loudness,
        energy=energy_from_loudness(loudness),
        key=found.key,
        mode=found.mode,
        tempo=round(tempo, 2),
        key_confidence=round(found.confidence, 3) if found.key >= 0 else 1.0,
        tempo_confidence=round(clarity, 3) if tempo else 1.0,
    )
    unknown = {*(("key", "mode") if not values.has_key else ()), *(() if tempo else ("tempo",))}
    return Found(values, tuple(name for name in ESTIMATED if name not in unknown))


def _read(path: Path) -> tuple[NDArray[np.float32], int]:
    """All channels of a file at its own rate: (n, channels) float32."""
    require_librosa()
    import librosa
    import soundfile

    try:
        with warnings.catch_warnings():
            # It announces a slower decoder for formats that its first one lacks.
            warnings.simplefilter("ignore")
            loaded, rate = librosa.load(
                path, sr=None, mono=False, duration=_LONGEST_SECONDS, dtype=np.float32
            )
    except (OSError, EOFError, ValueError, soundfile.SoundFileError, _no_backend()) as error:
        reason = str(error) or type(error).__name__
        raise DataError(
            f"{path}: cannot be decoded as audio ({reason}); check the file, or install ffmpeg "
            "for formats beyond FLAC, MP3, Ogg and WAV"
        ) from error
    samples = np.atleast_2d(loaded).T
    if samples.shape[0] == 0 or not np.isfinite(samples).all():
        raise DataError(f"{path}: holds no sound that can be analysed; check the file")
    return samples, int(rate)


def _no_backend() -> type[Exception]:
    from audioread import NoBackendError

    found: type[Exception] = NoBackendError
    return found


def _excerpt(mono: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    size = _EXCERPT_SECONDS * rate
    start = max(0, (mono.size - size) // 2)
    return mono[start : start + size]


def _beat_and_pitch(
    mono: NDArray[np.float32], rate: int
) -> tuple[float, float, NDArray[np.float64]]:
    """Tempo in beats a minute (0 unknown), how clear its beat is (0..1), and the weights of the
    twelve pitch classes."""
    import librosa

    signal = librosa.resample(mono, orig_sr=rate, target_sr=_RATE) if rate != _RATE else mono
    with warnings.catch_warnings():
        # A very short file makes it warn about its windows; the result is unknown, not wrong.
        warnings.simplefilter("ignore")
        onsets = librosa.onset.onset_strength(y=signal, sr=_RATE, hop_length=_HOP)
        _, beats = librosa.beat.beat_track(
            onset_envelope=onsets, sr=_RATE, hop_length=_HOP, trim=False
        )
        tempo = tempo_of_beats(np.asarray(beats, dtype=np.int64), onsets, _RATE / _HOP)
        clarity = pulse_clarity(onsets, 60 * _RATE / _HOP / tempo) if tempo else 0.0
        harmonic = librosa.effects.harmonic(signal, margin=2.0)
        # Too much of one pitch class in a frame should not outweigh how long others sound.
        chroma = librosa.feature.chroma_cqt(y=harmonic, sr=_RATE, norm=2)
        power = librosa.feature.rms(y=harmonic, hop_length=512)[0]
    frames = min(chroma.shape[1], power.size)
    weights = (chroma[:, :frames] * np.sqrt(power[:frames])).sum(axis=1)
    return tempo, clarity, np.asarray(np.nan_to_num(weights), dtype=np.float64)
