"""What is heard in an audio file: tempo, key, loudness and an estimate of energy, with librosa; and
a vector of its sound, by MusiCNN or by a CLAP model (contrastive language-audio pretraining), whose
texts lie in the same space.

librosa is imported when the first file is analysed; it comes with the extra `audio`.
torch and transformers are imported when the first file or text is encoded.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segue.errors import DataError, ServiceError, UsageError
from segue.lyrics.encoder import EncoderCard
from segue.music.features import AudioFeatures
from segue.music.measures import (
    energy_from_loudness,
    find_key,
    integrated_loudness,
    pulse_clarity,
    tempo_of_beats,
)
from segue.progress import Progress, silent
from segued.providers.audio import musicnn
from segued.providers.encoders.loading import EncoderChoice, damaged, located, revision_of
from segued.providers.encoders.onnx import Notes
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
            "your own files need librosa and mutagen; run: pip install 'segue[audio]', or take "
            '"audio" out of [features] sources and set [sound] enabled = false'
        )


def analyse(path: Path, notes: Notes | None = None) -> Found:
    """The features of an audio file; the key by the notes that are heard, where `notes` hears them.

    Danceability, valence, acousticness, instrumentalness, liveness and speechiness stay unknown:
    there is no open procedure that gives numbers on Spotify's scale. Raises DataError for a file
    that cannot be decoded, UsageError where the extra `audio` is missing.
    """
    samples, rate = _read(path)
    loudness = integrated_loudness(samples, rate)
    mono = _excerpt(samples.mean(axis=1), rate)
    if float(np.abs(mono).max(initial=0.0)) < _SILENCE:
        return Found(AudioFeatures(loudness=loudness, energy=0.0), ("energy",))
    tempo, clarity, weights = _beat_and_pitch(mono, rate, notes)
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
    mono: NDArray[np.float32], rate: int, notes: Notes | None = None
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
        if notes is not None:
            return tempo, clarity, notes(signal)
        harmonic = librosa.effects.harmonic(signal, margin=2.0)
        # Too much of one pitch class in a frame should not outweigh how long others sound.
        chroma = librosa.feature.chroma_cqt(y=harmonic, sr=_RATE, norm=2)
        power = librosa.feature.rms(y=harmonic, hop_length=512)[0]
    frames = min(chroma.shape[1], power.size)
    weights = (chroma[:, :frames] * np.sqrt(power[:frames])).sum(axis=1)
    return tempo, clarity, np.asarray(np.nan_to_num(weights), dtype=np.float64)


SEARCHED = "the sound of {}"
"""How a text is put before it is encoded, in the words that CLAP models are tested with."""

MOST_WINDOWS = 12
"""Of a longer file so many windows, spread evenly, make its vector."""
_POOLING = f"mean of {MOST_WINDOWS}"


@dataclass(frozen=True, slots=True)
class SoundEncoder:
    """What makes vectors of sound, and of words comparable with them: `dim` numbers of any length,
    of one window of `size` mono samples at `rate` a second, and of one text."""

    card: EncoderCard
    rate: int
    size: int
    of_window: Callable[[NDArray[np.float32]], NDArray[np.float64]]
    of_text: Callable[[str], NDArray[np.float64]]

    def of_file(self, path: Path) -> NDArray[np.float32]:
        """The vector of an audio file: (dim,) float32 of unit length.

        Raises DataError for a file that cannot be decoded or is silent throughout.
        """
        import librosa

        samples, rate = _read(path)
        mono = samples.mean(axis=1)
        if float(np.abs(mono).max()) < _SILENCE:
            raise DataError(f"{path}: is silent; there is no sound to encode")
        if rate != self.rate:
            mono = librosa.resample(mono, orig_sr=rate, target_sr=self.rate)
        return self.of_windows(windows_of(mono, self.size))

    def of_windows(self, windows: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        """The mean of the windows' vectors, (dim,) of unit length.

        Each is encoded alone: so much memory as one takes, however long the file is.
        """
        total = np.zeros(self.card.dim, dtype=np.float64)
        for window in windows:
            total += self.of_window(window)
        return _unit(total)

    def of_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The vectors of texts: (n, dim) float32 of unit length, comparable with those of sound.

        Raises UsageError for a text that the model has no word of.
        """
        rows = [_unit(self.of_text(text)) for text in texts]
        return np.stack(rows) if rows else np.zeros((0, self.card.dim), dtype=np.float32)


def windows_of(signal: NDArray[np.float32], size: int) -> list[NDArray[np.float32]]:
    """Windows of `size` samples side by side, at most `MOST_WINDOWS` spread evenly over (n,).

    What is left over at the end is dropped; a signal shorter than one window is the only one.
    """
    count = max(1, signal.size // size)
    chosen: Sequence[int] = range(count)
    if count > MOST_WINDOWS:
        chosen = [round(i * (count - 1) / (MOST_WINDOWS - 1)) for i in range(MOST_WINDOWS)]
    return [signal[place * size : (place + 1) * size] for place in chosen]


def load_sound_encoder(choice: EncoderChoice, progress: Progress = silent) -> SoundEncoder:
    """Load MusiCNN from its package, or a CLAP model by its name on the hub or from a folder.

    Raises UsageError where what it needs is not installed or it is no model of sound,
    UnavailableError when the hub cannot be reached, ServiceError for a model that cannot be read.
    """
    require_librosa()
    return (_musicnn if choice.name in musicnn.FOLDERS else _clap)(choice, progress)


def _musicnn(choice: EncoderChoice, _: Progress) -> SoundEncoder:
    net = musicnn.load_musicnn(choice.name, choice.device)
    seconds = round(musicnn.WINDOW / musicnn.RATE)
    card = EncoderCard(choice.name, net.revision, musicnn.DIM, seconds, 0, _POOLING)
    return SoundEncoder(card, musicnn.RATE, musicnn.WINDOW, net.vector, net.direction)


def _clap(choice: EncoderChoice, progress: Progress) -> SoundEncoder:
    folder, source, revision = located(choice, progress)
    import torch
    from transformers import AutoConfig, AutoTokenizer, ClapFeatureExtractor, ClapModel
    from transformers.utils import logging as transformers_logging

    transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]  # untyped there
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # untyped there
    here: dict[str, Any] = {"revision": revision, "local_files_only": True}
    try:
        kind = AutoConfig.from_pretrained(source, **here).model_type
        if kind != "clap":
            raise UsageError(
                f"{choice.name} is a {kind} model and knows no sound; [sound] model takes "
                '"musicnn" or a CLAP model, like "laion/clap-htsat-unfused"'
            )
        extractor = ClapFeatureExtractor.from_pretrained(source, **here)
        tokenizer = AutoTokenizer.from_pretrained(source, **here)
        loaded: Any = ClapModel.from_pretrained(source, **here)
    except (OSError, ValueError) as error:
        raise damaged(choice.name, folder, error) from error
    model, rate = loaded.to(choice.device).eval(), int(extractor.sampling_rate)

    def of_window(window: NDArray[np.float32]) -> NDArray[np.float64]:
        prepared = extractor(window, sampling_rate=rate, return_tensors="pt").to(choice.device)
        with torch.inference_mode():
            return _row(model.get_audio_features(**prepared))

    def of_text(text: str) -> NDArray[np.float64]:
        asked = tokenizer(SEARCHED.format(text), truncation=True, return_tensors="pt")
        with torch.inference_mode():
            return _row(model.get_text_features(**asked.to(choice.device)))

    card = EncoderCard(
        name=choice.name,
        revision=revision_of(loaded, folder, revision),
        dim=int(loaded.config.projection_dim),
        window=int(extractor.max_length_s),
        overlap=0,
        pooling=_POOLING,
    )
    return SoundEncoder(card, rate, card.window * rate, of_window, of_text)


def _row(answer: Any) -> NDArray[np.float64]:
    """The one vector in an answer: older transformers give a tensor, newer ones an output."""
    tensor = getattr(answer, "pooler_output", answer)
    row: NDArray[np.float64] = tensor[0].double().cpu().numpy()
    return row


def _unit(vector: NDArray[np.float64]) -> NDArray[np.float32]:
    length = float(np.linalg.norm(vector))
    if not length > 0:  # NaN too
        raise ServiceError("the sound encoder answered without a vector; check [sound] model")
    return np.asarray(vector / length, dtype=np.float32)
