"""Whether songs of one artist, album or genre sound alike to an encoder, on your own audio files.

    python -m bench alike --data FOLDER [--model NAME|FOLDER] [--halves] [--seed N]

Every tagged file is compared with all others: by what Segue estimates of own files (loudness, key,
tempo), by the mean and spread of twenty MFCCs (Logan and Salomon, ICME 2001), and by the vectors of
a CLAP model where `--model` names one. Printed is the R-precision of the files of the same artist,
album and genre, with the 95 % interval over files, beside chance.

`--halves` estimates key and tempo on the 40 seconds before and after the middle of each file, and
prints how often both agree where the confidence of the first is in the upper and the lower half: a
confidence is worth something where the upper half agrees more often.
"""

from __future__ import annotations

import argparse
import warnings
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from segue.errors import DataError
from segue.metrics import auc, mean_interval, r_precision
from segue.music.features import AudioFeatures, octaves, tempo_compatible
from segue.music.keys import fifths_positions
from segued.providers.audio.analysis import SoundEncoder, analyse, load_sound_encoder
from segued.providers.audio.files import audio_files
from segued.providers.encoders.loading import EncoderChoice

LABELS = ("artist", "album", "genre")
RATE, HALF_SECONDS = 22_050, 40
Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Heard:
    """One file: its tags by name, what is estimated of it, and its vectors by who made them."""

    tags: dict[str, str]
    features: AudioFeatures
    vectors: dict[str, Matrix]


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path)
    parser.add_argument("--model")
    parser.add_argument("--halves", action="store_true")
    parser.add_argument("--seed", type=int, default=7)
    return parser.parse_known_args(arguments)[0]


def heard(path: Path, encoder: SoundEncoder | None) -> Heard:
    """A file's tags and vectors. Raises DataError where it holds no sound."""
    import librosa
    import mutagen

    easy = mutagen.File(path, easy=True)
    tags = {name: str(easy[name][0]) for name in LABELS if easy is not None and easy.get(name)}
    tags.setdefault("album", path.parent.name)
    features = analyse(path).values
    samples, _ = librosa.load(path, sr=RATE, mono=True, duration=300)
    mfcc = librosa.feature.mfcc(y=samples, sr=RATE, n_mfcc=20)
    vectors = {"MFCC": np.concatenate([mfcc.mean(axis=1), mfcc.std(axis=1)])}
    if encoder is not None:
        vectors[encoder.card.name] = encoder.of_file(path).astype(np.float64)
    return Heard(tags, features, vectors)


def estimates(files: list[Heard]) -> Matrix:
    """What is estimated of own files, (n, 6) standardised; key and tempo as points on circles."""
    found = [each.features for each in files]
    key = fifths_positions(np.array([f.key for f in found]), np.array([f.mode for f in found]))
    beat = octaves(np.array([f.tempo for f in found]))
    columns = [np.array([f.loudness for f in found]), np.array([float(f.mode) for f in found])]
    for angle, known in ((2 * np.pi * key / 12, key >= 0), (2 * np.pi * beat, ~np.isnan(beat))):
        columns += [np.where(known, turn(angle), 0.0) for turn in (np.cos, np.sin)]
    return np.stack(columns, axis=1)


def precisions(vectors: Matrix, labels: list[str], *, cosine: bool) -> Matrix:
    """R-precision of the same label for every file with one that others share: (n_asked,)."""
    rows = vectors if cosine else (vectors - vectors.mean(axis=0)) / (vectors.std(axis=0) + 1e-9)
    near = rows @ rows.T if cosine else -np.linalg.norm(rows[:, None] - rows, axis=2)
    shared = {label for label, times in Counter(labels).items() if label and times > 1}
    values = []
    for row, label in enumerate(labels):
        if label in shared:
            others = np.array([i for i in range(len(labels)) if i != row])
            ranked = others[np.argsort(-near[row, others], kind="stable")]
            same = [i for i in others.tolist() if labels[i] == label]
            values.append(r_precision(ranked, same))
    return np.array(values)


def by_halves(path: Path) -> tuple[AudioFeatures, AudioFeatures] | None:
    """What is estimated of the 40 seconds before and after the middle; None of a shorter file."""
    import librosa

    from segue.music.measures import find_key
    from segued.providers.audio.analysis import _beat_and_pitch

    samples, _ = librosa.load(path, sr=RATE, mono=True, duration=300)
    middle, size = samples.size // 2, HALF_SECONDS * RATE
    if middle < size:
        return None
    found = []
    for part in (samples[middle - size : middle], samples[middle : middle + size]):
        tempo, clarity, weights = _beat_and_pitch(part, RATE)
        key = find_key(weights)
        features = AudioFeatures(key=key.key, mode=key.mode, tempo=tempo)
        found.append(replace(features, key_confidence=key.confidence, tempo_confidence=clarity))
    return found[0], found[1]


def agreement(pairs: list[tuple[AudioFeatures, AudioFeatures]], console: Console) -> None:
    """Print how often both halves agree, by the confidence of the first."""
    for name, known, same, sure in (
        ("key", lambda f: f.has_key, lambda a, b: (a.key, a.mode) == (b.key, b.mode),
         lambda f: f.key_confidence),
        ("tempo", lambda f: f.has_tempo, lambda a, b: bool(tempo_compatible(a.tempo, b.tempo)),
         lambda f: f.tempo_confidence),
    ):  # fmt: skip
        both = [(a, b) for a, b in pairs if known(a) and known(b)]
        if len(both) < 4:
            console.print(f"{name}: known in both halves of {len(both)} files, too few to tell")
            continue
        agrees = np.array([float(same(a, b)) for a, b in both])
        confidence = np.array([sure(a) for a, _ in both])
        upper = confidence >= np.median(confidence)
        console.print(
            f"{name}: both halves agree in {agrees.mean():.2f} of {len(both)} files; confidence in "
            f"the upper half {agrees[upper].mean():.2f}, in the lower {agrees[~upper].mean():.2f}, "
            f"AUC {auc(agrees, confidence):.2f}"
        )


def main() -> None:
    """Print both tables, or what is missing for them."""
    chosen, console = options(), Console()
    if chosen.data is None:
        console.print("name a folder of tagged audio files: --data FOLDER")
        return
    warnings.simplefilter("ignore")
    files, pairs = [], []
    encoder = load_sound_encoder(EncoderChoice(chosen.model, None)) if chosen.model else None
    for path in audio_files(chosen.data):
        try:
            files.append(heard(path, encoder))
            if chosen.halves and (found := by_halves(path)) is not None:
                pairs.append(found)
        except DataError as error:
            console.print(f"left out: {error}")
    drawn = Table("R-precision of", "by", "files", "value", "95 %", "chance")
    rng = np.random.default_rng(chosen.seed)
    ways = {"estimates": estimates(files)}
    ways |= {name: np.stack([f.vectors[name] for f in files]) for name in files[0].vectors}
    for label in LABELS:
        labels = [each.tags.get(label, "") for each in files]
        chance = precisions(rng.normal(size=(len(files), 64)), labels, cosine=True)
        for name, vectors in ways.items():
            values = precisions(vectors, labels, cosine=name == chosen.model)
            if values.size:
                low, high = mean_interval(values, rng=rng)
                drawn.add_row(f"the same {label}", name, str(values.size), f"{values.mean():.3f}",
                              f"{low:.3f} to {high:.3f}", f"{chance.mean():.3f}")  # fmt: skip
    console.print(drawn)
    if chosen.model is None:
        console.print("no encoder was named (--model): sound vectors were not measured")
    if chosen.halves:
        agreement(pairs, console)
