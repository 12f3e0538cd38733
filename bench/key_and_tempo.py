"""How right the key and the tempo of own files are, on music whose truth is known.

    python -m bench key_and_tempo [--pieces N] [--midi FOLDER] [--key-by librosa|basic-pitch]
        [--soundfont FILE] [--seed N]

Pieces are made here (chords, bass, melody and drums by rule, in a random key, tempo and choice of
General MIDI instruments) and played by fluidsynth with a soundfont (Debian: fluidsynth and
fluid-soundfont-gm). `--midi` also plays the MIDI files of a folder that keep one tempo; of those
the tempo alone is known. Printed are the weighted key score of MIREX (1 the same, 0.5 a fifth up,
0.3 the relative, 0.2 the parallel key; mirex.org, Audio Key Detection), and the tempo's Accuracy 1
(within 4 %) and 2 (or two or three times, a half or a third of it; Gouyon et al., 2006), each with
its 95 % interval, and for the upper and lower half of the confidence.
"""

from __future__ import annotations

import argparse
import shutil
import struct
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from segue.metrics import mean_interval
from segue.music.features import AudioFeatures
from segued.providers.audio.analysis import analyse
from segued.providers.encoders.onnx import notes_heard

SOUNDFONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")
TICKS = 480
"""How many ticks make a beat."""
BARS = 24
SCALES = {1: (0, 2, 4, 5, 7, 9, 11), 0: (0, 2, 3, 5, 7, 8, 10)}
PROGRESSIONS = {
    1: ((0, 4, 5, 3), (0, 3, 4, 0), (1, 4, 0, 5), (0, 5, 3, 4), (0, 3, 0, 4)),
    0: ((0, 5, 2, 6), (0, 3, 4, 0), (0, 6, 5, 4), (0, 3, 6, 2), (0, 0, 3, 4)),
}
"""Chords by degrees of the scale, by mode: 1 major, 0 minor, whose fifth has a major third."""
INSTRUMENTS = {"chords": (0, 4, 16, 24, 25, 27, 30, 48, 50, 81, 89), "bass": (32, 33, 34, 38, 43),
               "melody": (0, 11, 21, 24, 40, 56, 65, 73, 80)}  # fmt: skip
KICK, SNARE, HAT = 36, 38, 42

Event = tuple[float, int, int, int, float]
"""A note: its start in beats, channel, pitch, loudness (0..127) and length in beats."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What is known of a piece; `key` −1 where it is not."""

    name: str
    midi: bytes
    tempo: float
    key: int = -1
    mode: int = 1


def composed(number: int, rng: np.random.Generator) -> Piece:
    """A piece by rule."""
    key, mode = int(rng.integers(12)), int(rng.integers(2))
    tempo = round(float(np.exp(rng.uniform(np.log(60), np.log(180)))), 1)
    scale, chords = SCALES[mode], PROGRESSIONS[mode][int(rng.integers(5))]
    drums, strums, place = int(rng.integers(4)), int(rng.integers(3)), int(rng.integers(7))
    events: list[Event] = []

    def pitch(degree: int, octave: int) -> int:
        return 12 * (octave + degree // 7) + key + scale[degree % 7]

    for bar in range(BARS):
        start, root = 4.0 * bar, chords[bar % 4] if bar < BARS - 1 else 0
        triad = [pitch(root + third, 4) for third in (0, 2, 4)]
        if mode == 0 and root == 4:
            triad[1] += 1
        beats = ((0.0, 4.0),), ((0.0, 2.0), (2.0, 2.0)), tuple((b / 2, 0.45) for b in range(8))
        for beat, length in beats[strums]:
            events += [(start + beat, 0, note, 70, length) for note in triad]
        for beat in range(4):
            degree = root if beat != 3 or rng.random() < 0.6 else root + 4
            events.append((start + beat, 1, pitch(degree, 2), 90, 0.9))
        for half in range(0, 8, int(rng.choice([1, 2]))):
            if rng.random() < 0.25:
                continue
            place = int(np.clip(place + rng.integers(-2, 3), 0, 13))
            note = pitch(place, 5)
            if half == 0:  # on the first beat a note of the chord
                note = min((each + 12 * up for each in triad for up in (0, 1, 2)),
                           key=lambda each, near=note: abs(each - near))  # fmt: skip
            elif mode == 0 and root == 4 and scale[place % 7] == 10:
                note += 1
            events.append((start + half / 2, 2, note, 85, 0.45))
        events += [(start + beat, 9, what, loud, 0.2) for beat, what, loud in rhythm(drums)]
    programs = [int(rng.choice(INSTRUMENTS[part])) for part in INSTRUMENTS]
    return Piece(f"made {number}", midi_of(events, programs, tempo), tempo, key, mode)


def rhythm(kind: int) -> Iterator[tuple[float, int, int]]:
    """The drums of a bar: none, rock, rock in half time, or a kick on every beat."""
    if kind == 0:
        return
    yield from ((eighth / 2, HAT, 60) for eighth in range(8))
    yield from ((beat, KICK, 110) for beat in {1: (0.0, 2.0), 2: (0.0,), 3: (0, 1, 2, 3)}[kind])
    yield from ((beat, SNARE, 105) for beat in {1: (1.0, 3.0), 2: (2.0,), 3: (1, 3)}[kind])


def midi_of(events: list[Event], programs: list[int], tempo: float) -> bytes:
    """A MIDI file of one track."""

    def length_of(ticks: int) -> bytes:
        found = bytes([ticks & 127])
        while ticks := ticks >> 7:
            found = bytes([ticks & 127 | 128]) + found
        return found

    rows = [(0, bytes([0xC0 | channel, program])) for channel, program in enumerate(programs)]
    rows.append((0, b"\xff\x51\x03" + round(60e6 / tempo).to_bytes(3, "big")))
    for start, channel, note, loud, length in events:
        rows.append((round(TICKS * start), bytes([0x90 | channel, note, loud])))
        rows.append((round(TICKS * (start + length)), bytes([0x80 | channel, note, 0])))
    track, now = b"", 0
    for tick, message in sorted(rows, key=lambda row: (row[0], row[1][0] & 0xF0 == 0x90)):
        track, now = track + length_of(tick - now) + message, tick
    track += b"\0\xff\x2f\0"
    head = b"MThd" + struct.pack(">IHHH", 6, 0, 1, TICKS)
    return head + b"MTrk" + struct.pack(">I", len(track)) + track


def of_one_tempo(folder: Path) -> Iterator[Piece]:
    """The MIDI files of a folder that set their tempo once."""
    for path in sorted(folder.rglob("*.mid")):
        data = path.read_bytes()
        places = [i for i in range(len(data)) if data.startswith(b"\xff\x51\x03", i)]
        tempos = {60e6 / int.from_bytes(data[i + 3 : i + 6], "big") for i in places}
        if len(tempos) == 1:
            yield Piece(path.stem, data, tempos.pop())


def played(piece: Piece, soundfont: Path, folder: Path) -> Path:
    """The piece as a file. Raises CalledProcessError where fluidsynth fails."""
    midi, sound = folder / "piece.mid", folder / "piece.wav"
    midi.write_bytes(piece.midi)
    subprocess.run(
        ["fluidsynth", "-ni", "-q", "-g", "0.5", "-r", "44100", "-F", sound, soundfont, midi],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    return sound


def key_score(found: AudioFeatures, piece: Piece) -> float:
    """MIREX's weights; an unknown key counts nothing."""
    if not found.has_key:
        return 0.0
    up = (found.key - piece.key) % 12
    if found.mode == piece.mode:
        return {0: 1.0, 7: 0.5}.get(up, 0.0)
    return {0: 0.2, 9 if piece.mode else 3: 0.3}.get(up, 0.0)


def tempo_right(found: float, truth: float, factors: tuple[float, ...]) -> float:
    """1 where the tempo is within 4 % of the truth times one of the factors."""
    return float(any(abs(found / (truth * each) - 1) <= 0.04 for each in factors))


def row(drawn: Table, name: str, values: np.ndarray, sure: np.ndarray, seed: int) -> None:
    """The mean with its interval, and those of the surer and the less sure half."""
    low, high = mean_interval(values, rng=np.random.default_rng(seed))
    upper = sure > np.median(sure)
    halves = (f"{values[part].mean():.3f}" for part in (upper, ~upper))
    drawn.add_row(name, str(values.size), f"{values.mean():.3f} ({low:.3f} to {high:.3f})", *halves)


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pieces", type=int, default=48)
    parser.add_argument("--midi", type=Path)
    parser.add_argument("--key-by", choices=("librosa", "basic-pitch"), default="librosa")
    parser.add_argument("--soundfont", type=Path, default=SOUNDFONT)
    parser.add_argument("--seed", type=int, default=7)
    return parser.parse_known_args(arguments)[0]


def main() -> None:
    """Print the table, or what is missing for it."""
    chosen, console = options(), Console()
    if shutil.which("fluidsynth") is None or not chosen.soundfont.is_file():
        console.print(f"fluidsynth is needed, and a soundfont (--soundfont {chosen.soundfont})")
        return
    warnings.simplefilter("ignore")
    notes = notes_heard() if chosen.key_by == "basic-pitch" else None
    rng = np.random.default_rng(chosen.seed)
    pieces = [composed(number, rng) for number in range(chosen.pieces)]
    pieces += list(of_one_tempo(chosen.midi)) if chosen.midi else []
    with tempfile.TemporaryDirectory() as folder:
        sounds = (played(each, chosen.soundfont, Path(folder)) for each in pieces)
        found = [analyse(sound, notes).values for sound in sounds]
    drawn = Table("of", "files", "right", "of the surer half", "of the less sure")
    for name, made in (("made pieces", True), ("MIDI files", False)):
        both = [(f, p) for f, p in zip(found, pieces, strict=True) if (p.key >= 0) is made]
        if not both:
            continue
        sure = np.array([f.tempo_confidence for f, _ in both])
        if made:
            keys = np.array([key_score(f, p) for f, p in both])
            row(drawn, f"{name}: key", keys, np.array([f.key_confidence for f, _ in both]), 7)
        for accuracy, factors in ((1, (1.0,)), (2, (1.0, 2.0, 3.0, 1 / 2, 1 / 3))):
            right = np.array([tempo_right(f.tempo, p.tempo, factors) for f, p in both])
            row(drawn, f"{name}: tempo, Accuracy {accuracy}", right, sure, 7)
    console.print(drawn)
