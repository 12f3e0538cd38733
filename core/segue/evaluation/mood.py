"""How well the mood of whole lyrics is recognised: valence and arousal, by the labels of people.

Labels are the quadrants of Russell's circumplex (1980): Q1 happy, Q2 angry, Q3 sad, Q4 relaxed;
valence is high in Q1 and Q4, arousal in Q1 and Q2. Two layouts are read: MERGE (Louro et al., 2024:
a folder with a metadata table of `Song` or `Lyric_Song` and `Quadrant`, and a text file for each
song) and MoodyLyrics4Q (Çano and Morisio, 2017: a table of `artist`, `title` and `mood`, to which a
column `lyrics` must be added, since the set is published without). Methods that are fitted are
measured on artists they were not fitted on.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from segue.errors import DataError
from segue.evaluation.sentiment import Encode, macro_recall, vader
from segue.evaluation.tables import OURS, Row, Table
from segue.lyrics.cleaning import clean_lyrics
from segue.lyrics.notes import placeholder
from segue.lyrics.sentiment import SentimentHead
from segue.metrics import macro_f1, statistic_interval
from segue.progress import Fitting

QUADRANTS: Mapping[str, int] = {
    "q1": 1, "happy": 1, "q2": 2, "angry": 2, "q3": 3, "sad": 3, "q4": 4, "relaxed": 4,
}  # fmt: skip
AUDIO = ("valence", "energy", "tempo", "loudness", "danceability", "acousticness")
"""Columns of audio features that are used where a table has them for every song."""

FOLDS = 5
RESAMPLES = 300
_LABEL = ("quadrant", "mood")
_NAME = ("song", "lyric_song", "lyrics_song", "id", "index")
_TEXT = ("lyrics", "lyric", "text")


@dataclass(frozen=True, slots=True)
class LabelledLyrics:
    """Whole lyrics with their quadrant (n,) of 1 to 4, the artist or None, and `audio` (n, k) where
    features of all are known, named by `columns`. `left_out` counts songs without lyrics."""

    texts: tuple[str, ...]
    quadrant: NDArray[np.int64]
    artists: tuple[str, ...]
    audio: NDArray[np.float64] | None
    left_out: int
    columns: tuple[str, ...] = ()

    @property
    def valence(self) -> NDArray[np.int64]:
        """1 where it is high, 0 where it is low."""
        return np.isin(self.quadrant, (1, 4)).astype(np.int64)

    @property
    def arousal(self) -> NDArray[np.int64]:
        """1 where it is high, 0 where it is low."""
        return np.isin(self.quadrant, (1, 2)).astype(np.int64)


def read_labelled(path: Path) -> LabelledLyrics:
    """Read a table, or a folder in the layout of MERGE. Raises DataError saying what it lacks."""
    if not path.is_dir():
        return _labelled(path, _table(path), {})
    texts = {file.stem.casefold(): file for file in path.rglob("*.txt")}
    tables = [file for file in sorted(path.rglob("*.csv")) if _has_labels(file)]
    tables = [file for file in tables if "metadata" in file.name] or tables
    if not tables:
        raise DataError(f"{path}: no table in it has a column Quadrant or mood")
    return _labelled(tables[0], _table(tables[0]), texts)


def _has_labels(path: Path) -> bool:
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        head = file.readline().casefold()
    return any(name in head for name in _LABEL)


def _table(path: Path) -> list[dict[str, str]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read as a table in UTF-8: {error}") from error
    first = text.split("\n", 1)[0]
    mark = max(",;\t", key=first.count)
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=mark)
    return [{(k or "").strip().casefold(): v or "" for k, v in row.items()} for row in rows]


def _labelled(
    path: Path, rows: Sequence[Mapping[str, str]], files: Mapping[str, Path]
) -> LabelledLyrics:
    columns = set(rows[0]) if rows else set()
    label = next((name for name in _LABEL if name in columns), None)
    if label is None:
        raise DataError(f"{path}: has no column Quadrant or mood, of Q1 to Q4 or happy, angry, …")
    text = next((name for name in _TEXT if name in columns), None)
    names = [name for name in _NAME if name in columns]
    if text is None and not files:
        raise DataError(
            f"{path}: has no lyrics, which MoodyLyrics4Q is published without: add a column "
            "`lyrics`, or give a folder with a text file for each song"
        )
    found, quadrants, artists, audio, left_out = [], [], [], [], 0
    for line, row in enumerate(rows, start=2):
        said = row[label].strip().casefold()
        if said not in QUADRANTS:
            raise DataError(f"{path}: line {line}: {row[label]!r} is no quadrant")
        words = row[text] if text is not None else _words(row, names, files)
        if placeholder(words) is not None:
            left_out += 1
            continue
        found.append(clean_lyrics(words))
        quadrants.append(QUADRANTS[said])
        artists.append((row.get("artist") or f"line {line}").strip().casefold())
        audio.append([_number(row.get(name)) for name in AUDIO])
    if len(set(quadrants)) < 4 or len(found) < 8 * FOLDS:
        raise DataError(f"{path}: {len(found)} songs with lyrics are too few to measure on")
    matrix = np.array(audio, dtype=np.float64)
    known = np.atleast_1d(np.isfinite(matrix).all(axis=0))
    return LabelledLyrics(
        tuple(found),
        np.array(quadrants),
        tuple(artists),
        matrix[:, known] if known.any() else None,
        left_out,
        tuple(name for name, all_known in zip(AUDIO, known.tolist(), strict=True) if all_known),
    )


def _words(row: Mapping[str, str], names: Sequence[str], files: Mapping[str, Path]) -> str:
    for name in names:
        file = files.get(row[name].strip().casefold())
        if file is not None:
            return file.read_text(encoding="utf-8", errors="replace")
    return ""


def _number(cell: str | None) -> float:
    try:
        return float(cell) if cell else float("nan")
    except ValueError:
        return float("nan")


_Answer = tuple[NDArray[np.int64], NDArray[np.int64] | None]
"""Valence and arousal, 1 high and 0 low, (n,) each; None where a method tells no arousal."""


def evaluate_mood(
    songs: LabelledLyrics, head: SentimentHead, encode: Encode, how: Fitting, *, data: str
) -> Table:
    """A row a method: macro F1 of the quadrants, macro recall of valence and of arousal.

    "as shipped" is the head without any label of this set, which tells no arousal; so does VADER.
    The others are logistic regressions fitted on the other folds. Intervals are 95 % bootstrap
    percentiles over songs.
    """
    how.progress(f"encoding {len(songs.texts)} lyrics", 0, None)
    vectors = encode(songs.texts)
    valence, classes = head.predict(vectors, songs.texts)
    words = np.column_stack([vectors * np.sqrt(vectors.shape[1]), classes, valence])
    lexicon = vader(songs.texts)
    inputs: dict[str, NDArray[np.float64]] = {OURS: words.astype(np.float64)}
    if lexicon is not None:
        inputs["vader, fitted"] = lexicon.valence[:, None]
    if songs.audio is not None:
        inputs["audio"] = songs.audio
        inputs[f"{OURS}, with audio"] = np.column_stack([words, songs.audio])
    answers: dict[str, _Answer] = {
        name: (
            _fitted(matrix, songs.valence, songs, how.seed),
            _fitted(matrix, songs.arousal, songs, how.seed),
        )
        for name, matrix in inputs.items()
    }
    answers["as shipped"] = ((valence > np.median(valence)).astype(np.int64), None)
    if songs.audio is not None and (joined := _with_audio(valence, songs)) is not None:
        answers["as shipped, with audio"] = joined
    if lexicon is not None:
        high = lexicon.valence > np.median(lexicon.valence)
        answers["vader"] = (high.astype(np.int64), None)
    rows = [_row(name, answer, songs, how.seed) for name, answer in answers.items()]
    notes = [
        f"{FOLDS} folds; the songs of an artist are in one of them.",
        "Without labels of this set (as shipped, vader) high is above the median of the songs.",
        "With audio that is of the sum of both valences on one scale, and of the energy.",
        *([f"{songs.left_out} songs have no lyrics and are left out."] if songs.left_out else []),
        *([] if lexicon is not None else ["vader is not here: it comes with `segue[evaluate]`."]),
    ]
    return Table(
        protocol="mood: quadrants of valence and arousal of whole lyrics",
        data=data,
        n=len(songs.texts),
        rows=tuple(rows),
        notes=tuple(notes),
    )


def _with_audio(valence: NDArray[np.float32], songs: LabelledLyrics) -> _Answer | None:
    """Without labels: the head's valence and that of the sound count alike, energy is arousal.

    None where either is unknown of a song.
    """
    if songs.audio is None or not {"valence", "energy"} <= set(songs.columns):
        return None
    bright, energy = (songs.audio[:, songs.columns.index(name)] for name in ("valence", "energy"))
    both = _standard(valence.astype(np.float64)) + _standard(bright)
    high = (values > np.median(values) for values in (both, energy))
    first, second = (each.astype(np.int64) for each in high)
    return first, second


def _standard(values: NDArray[np.float64]) -> NDArray[np.float64]:
    out: NDArray[np.float64] = (values - values.mean()) / max(float(values.std()), 1e-9)
    return out


def _fitted(
    matrix: NDArray[np.float64], target: NDArray[np.int64], songs: LabelledLyrics, seed: int
) -> NDArray[np.int64]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    fold = np.array([_fold(artist, seed) for artist in songs.artists])
    out = np.zeros(target.size, dtype=np.int64)
    for each in range(FOLDS):
        test = fold == each
        if not test.any():
            continue
        model = make_pipeline(
            StandardScaler(), LogisticRegression(C=0.02, class_weight="balanced", max_iter=500)
        )
        out[test] = model.fit(matrix[~test], target[~test]).predict(matrix[test])
    return out


def _fold(artist: str, seed: int) -> int:
    digest = hashlib.blake2b(f"{seed} {artist}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % FOLDS


def _row(
    name: str,
    answer: _Answer,
    songs: LabelledLyrics,
    seed: int,
) -> Row:
    valence, arousal = answer
    measures: dict[str, Callable[[NDArray[np.int64]], float]] = {}
    if arousal is not None:
        known = arousal
        quadrant = np.where(known == 1, np.where(valence == 1, 1, 2), np.where(valence == 1, 4, 3))
        measures["macro_f1"] = lambda rows: macro_f1(songs.quadrant[rows], quadrant[rows])
        measures["arousal_recall"] = lambda rows: macro_recall(songs.arousal[rows], known[rows])
    measures["valence_recall"] = lambda rows: macro_recall(songs.valence[rows], valence[rows])
    n = len(songs.texts)
    every = np.arange(n)
    return Row(
        name,
        {key: measure(every) for key, measure in measures.items()},
        {
            key: statistic_interval(
                measure, n, rng=np.random.default_rng(seed), resamples=RESAMPLES
            )
            for key, measure in measures.items()
        },
        size=n,
    )
