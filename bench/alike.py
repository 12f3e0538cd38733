"""Whether songs of one artist, album or genre sound alike to an encoder, on your own audio files.

    python -m bench alike --data FOLDER [--model NAME|FOLDER]... [--most N] [--no-estimates]
        [--halves] [--seed N]

Every file is compared with all others: by what Segue estimates of own files (loudness, key, tempo),
by the mean and spread of twenty MFCCs (Logan and Salomon, ICME 2001), and by the vectors of each
`--model`, named as `[sound] model` is. Printed is how many files have one of the same artist,
album, genre or folder as their nearest (hit@1) or among the five nearest (hit@5), and R-precision,
with the 95 % interval over files, beside chance: 64 random numbers a file. A file of 20
seconds or less is left out; `--most` takes so many of a folder, spread evenly by name.
`--no-estimates` leaves out what takes the longest.

`--halves` estimates key and tempo on the 40 seconds before and after the middle of each file, and
prints how often both agree where the confidence of the first is in the upper and the lower half: a
confidence is worth something where the upper half agrees more often.
"""

from __future__ import annotations

import argparse
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
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

TAGS = ("artist", "album", "genre")
LABELS = (*TAGS, "folder")
MEASURES = ("hit@1", "hit@5", "R-precision")
SHORTEST_SECONDS = 20
RATE, HALF_SECONDS = 22_050, 40
Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Heard:
    """One file: its tags by name, what is estimated of it, and its vectors by who made them."""

    tags: dict[str, str]
    features: AudioFeatures | None
    vectors: dict[str, Matrix]


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path)
    parser.add_argument("--model", action="append", default=[])
    parser.add_argument("--most", type=int)
    parser.add_argument("--no-estimates", action="store_true")
    parser.add_argument("--halves", action="store_true")
    parser.add_argument("--seed", type=int, default=7)
    return parser.parse_known_args(arguments)[0]


def spread(paths: Iterable[Path], most: int | None) -> Iterator[Path]:
    """At most so many files of each folder, spread evenly by name."""
    for _, group in groupby(paths, key=lambda path: path.parent):
        found = list(group)
        if most is None or len(found) <= most:
            yield from found
        else:
            places = np.linspace(0, len(found) - 1, most).round().astype(int)
            yield from (found[place] for place in places)


def heard(path: Path, encoders: list[SoundEncoder], *, estimated: bool) -> Heard:
    """A file's tags and vectors. Raises DataError where it holds no sound."""
    import librosa
    import mutagen

    easy = mutagen.File(path, easy=True)
    if easy is None or easy.info.length <= SHORTEST_SECONDS:
        raise DataError(f"{path}: is no music of more than {SHORTEST_SECONDS} seconds")
    tags = {name: str(easy[name][0]) for name in TAGS if easy.get(name)}
    tags |= {"folder": path.parent.name}
    features = analyse(path).values if estimated else None
    samples, _ = librosa.load(path, sr=RATE, mono=True, duration=300)
    mfcc = librosa.feature.mfcc(y=samples, sr=RATE, n_mfcc=20)
    vectors = {"MFCC": np.concatenate([mfcc.mean(axis=1), mfcc.std(axis=1)])}
    vectors |= {each.card.name: each.of_file(path).astype(np.float64) for each in encoders}
    return Heard(tags, features, vectors)


def estimates(files: list[Heard]) -> Matrix:
    """What is estimated of own files, (n, 6) standardised; key and tempo as points on circles."""
    found = [each.features for each in files if each.features is not None]
    key = fifths_positions(np.array([f.key for f in found]), np.array([f.mode for f in found]))
    beat = octaves(np.array([f.tempo for f in found]))
    columns = [np.array([f.loudness for f in found]), np.array([float(f.mode) for f in found])]
    for angle, known in ((2 * np.pi * key / 12, key >= 0), (2 * np.pi * beat, ~np.isnan(beat))):
        columns += [np.where(known, turn(angle), 0.0) for turn in (np.cos, np.sin)]
    return np.stack(columns, axis=1)


def found_by(vectors: Matrix, labels: list[str], *, cosine: bool) -> Matrix:
    """The `MEASURES` of the same label for every file with one that others share: (n_asked, 3)."""
    rows = vectors if cosine else (vectors - vectors.mean(axis=0)) / (vectors.std(axis=0) + 1e-9)
    near = rows @ rows.T if cosine else -np.linalg.norm(rows[:, None] - rows, axis=2)
    shared = {label for label, times in Counter(labels).items() if label and times > 1}
    values = []
    for row, label in enumerate(labels):
        if label in shared:
            others = np.array([i for i in range(len(labels)) if i != row])
            ranked = others[np.argsort(-near[row, others], kind="stable")]
            same = [i for i in others.tolist() if labels[i] == label]
            hits = (float(np.isin(ranked[:k], same).any()) for k in (1, 5))
            values.append([*hits, r_precision(ranked, same)])
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
    encoders = [load_sound_encoder(EncoderChoice(name, None)) for name in chosen.model]
    for path in spread(audio_files(chosen.data), chosen.most):
        try:
            files.append(heard(path, encoders, estimated=not chosen.no_estimates))
            if chosen.halves and (found := by_halves(path)) is not None:
                pairs.append(found)
        except DataError as error:
            console.print(f"left out: {error}", markup=False)
    rng = np.random.default_rng(chosen.seed)
    ways = {} if chosen.no_estimates else {"estimates": estimates(files)}
    ways |= {name: np.stack([f.vectors[name] for f in files]) for name in files[0].vectors}
    ways["chance"] = rng.normal(size=(len(files), 64))
    drawn = Table("the same", "files", "by", *MEASURES)
    for label in LABELS:
        labels = [each.tags.get(label, "") for each in files]
        for name, vectors in ways.items():
            values = found_by(vectors, labels, cosine=name in chosen.model)
            if values.size:
                cells = (
                    f"{column.mean():.3f} ({low:.3f} to {high:.3f})"
                    for column in values.T
                    for low, high in [mean_interval(column, rng=rng)]
                )
                drawn.add_row(label, str(len(values)), name, *cells)
    console.print(drawn)
    if not chosen.model:
        console.print("no encoder was named (--model): sound vectors were not measured")
    if chosen.halves:
        agreement(pairs, console)
